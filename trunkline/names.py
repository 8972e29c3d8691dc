"""The public names that calls and chains are made of, imported from where they live."""

from __future__ import annotations

from .adapters.provider import ModelRule, Provider
from .adapters.table import list_providers, register_provider
from .chain import Client, default_middlewares
from .default import (
    abatch_completion,
    acompletion,
    batch_as_completed,
    batch_completion,
    completion,
    describe,
)
from .middlewares.ambient import metadata
from .middlewares.cache import Cache, Store
from .middlewares.callbacks import AttemptCallbacks, Callbacks
from .middlewares.cost import Cost
from .middlewares.deadline import Deadline
from .middlewares.fallback import Fallback
from .middlewares.limit import Limit, api_key_of
from .middlewares.listeners import Callback
from .middlewares.memory_store import MemoryStore
from .middlewares.metadata import Metadata
from .middlewares.params import Params
from .middlewares.record import CallRecord
from .middlewares.retry import Retry
from .middlewares.route import Route
from .middlewares.route_state import MemoryState
from .middlewares.tracing import AttemptEvents, Tracing
from .pipeline.chain import after, before
from .pipeline.errors import (
    APIConnectionError,
    APIError,
    APIResponseValidationError,
    AuthenticationError,
    BadGatewayError,
    BadRequestError,
    BudgetExceededError,
    ConflictError,
    ContentPolicyViolationError,
    ContextWindowExceededError,
    InternalServerError,
    JSONSchemaValidationError,
    LimitExceededError,
    MissingExtraError,
    NotFoundError,
    PaymentRequiredError,
    PermissionDeniedError,
    RateLimitError,
    ServiceUnavailableError,
    StreamInterruptedError,
    SuspendedError,
    Timeout,
    UnprocessableEntityError,
    UnsupportedParamsError,
)
from .pipeline.fold import fold_chunks
from .pipeline.outcome import Outcome
from .pipeline.port import Secret, Timeouts
from .pipeline.request import Adapter, Endpoint, Handler, Middleware, Reply, Request, replace
from .pipeline.schema import (
    Choice,
    Delta,
    Function,
    Message,
    ModelResponse,
    ModelResponseStream,
    StreamingChoice,
    ToolCall,
    Usage,
)
from .pipeline.stream import Stream, observe
from .settings import Settings

__all__ = [
    "APIConnectionError",
    "APIError",
    "APIResponseValidationError",
    "Adapter",
    "AttemptCallbacks",
    "AttemptEvents",
    "AuthenticationError",
    "BadGatewayError",
    "BadRequestError",
    "BudgetExceededError",
    "Cache",
    "CallRecord",
    "Callback",
    "Callbacks",
    "Choice",
    "Client",
    "ConflictError",
    "ContentPolicyViolationError",
    "ContextWindowExceededError",
    "Cost",
    "Deadline",
    "Delta",
    "Endpoint",
    "Fallback",
    "Function",
    "Handler",
    "InternalServerError",
    "JSONSchemaValidationError",
    "Limit",
    "LimitExceededError",
    "MemoryState",
    "MemoryStore",
    "Message",
    "Metadata",
    "Middleware",
    "MissingExtraError",
    "ModelResponse",
    "ModelResponseStream",
    "ModelRule",
    "NotFoundError",
    "Outcome",
    "Params",
    "PaymentRequiredError",
    "PermissionDeniedError",
    "Provider",
    "RateLimitError",
    "Reply",
    "Request",
    "Retry",
    "Route",
    "Secret",
    "ServiceUnavailableError",
    "Settings",
    "Store",
    "Stream",
    "StreamInterruptedError",
    "StreamingChoice",
    "SuspendedError",
    "Timeout",
    "Timeouts",
    "ToolCall",
    "Tracing",
    "UnprocessableEntityError",
    "UnsupportedParamsError",
    "Usage",
    "abatch_completion",
    "acompletion",
    "after",
    "api_key_of",
    "batch_as_completed",
    "batch_completion",
    "before",
    "completion",
    "default_middlewares",
    "describe",
    "fold_chunks",
    "list_providers",
    "metadata",
    "observe",
    "register_provider",
    "replace",
]
