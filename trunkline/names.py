"""The public names of trunkline, imported from where they live."""

from __future__ import annotations

from .adapters.provider import ModelRule, Provider
from .adapters.support import get_supported_openai_params
from .adapters.table import list_providers, register_provider
from .chain import Client, default_middlewares
from .default import acompletion, completion, describe
from .middlewares.ambient import metadata
from .middlewares.budget import Budget
from .middlewares.cache import Cache, Store
from .middlewares.callbacks import AttemptCallbacks, Callbacks
from .middlewares.deadline import Deadline
from .middlewares.fallback import Fallback
from .middlewares.limit import Limit, api_key_of
from .middlewares.listeners import Callback
from .middlewares.litellm_callbacks import CustomLogger
from .middlewares.memory_store import MemoryStore
from .middlewares.metadata import Metadata
from .middlewares.params import Params
from .middlewares.record import CallRecord
from .middlewares.redis_state import RedisState
from .middlewares.redis_store import RedisStore
from .middlewares.retry import Retry
from .middlewares.route import Route
from .middlewares.route_state import MemoryState
from .middlewares.sqlite_store import SQLiteStore
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
from .pipeline.port import Secret, Timeouts
from .pipeline.request import Handler, Middleware, Reply, Request, replace
from .pipeline.schema import (
    Choice,
    Delta,
    Message,
    ModelResponse,
    ModelResponseStream,
    StreamingChoice,
    ToolCall,
    Usage,
)
from .pipeline.stream import Outcome, Stream, observe
from .router import Router
from .settings import Settings

__all__ = [
    "APIConnectionError",
    "APIError",
    "APIResponseValidationError",
    "AttemptCallbacks",
    "AttemptEvents",
    "AuthenticationError",
    "BadGatewayError",
    "BadRequestError",
    "Budget",
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
    "CustomLogger",
    "Deadline",
    "Delta",
    "Fallback",
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
    "RedisState",
    "RedisStore",
    "Reply",
    "Request",
    "Retry",
    "Route",
    "Router",
    "SQLiteStore",
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
    "acompletion",
    "after",
    "api_key_of",
    "before",
    "completion",
    "default_middlewares",
    "describe",
    "fold_chunks",
    "get_supported_openai_params",
    "list_providers",
    "metadata",
    "observe",
    "register_provider",
    "replace",
]
