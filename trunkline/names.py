"""The public names that calls and chains are made of, imported from where they live."""

from __future__ import annotations

from .adapters.provider.row import ModelRule, Provider
from .adapters.table.table import list_providers, register_provider
from .clients.client import Client, default_middlewares
from .clients.default import (
    abatch_completion,
    acompletion,
    batch_as_completed,
    batch_completion,
    completion,
    describe,
)
from .clients.settings import Settings
from .middlewares.cache import Cache
from .middlewares.callbacks import AttemptCallbacks, Callbacks
from .middlewares.cost import Cost
from .middlewares.deadline import Deadline
from .middlewares.fallback import Fallback
from .middlewares.limit import Limit, api_key_of
from .middlewares.listening.listeners import Callback
from .middlewares.listening.record import CallRecord
from .middlewares.metadata import Metadata
from .middlewares.metadata_context import metadata
from .middlewares.params import Params
from .middlewares.retry import Retry
from .middlewares.route import Route
from .middlewares.routing.state import MemoryState
from .middlewares.stores.memory import MemoryStore
from .middlewares.stores.store import Store
from .middlewares.tracing import AttemptEvents, Tracing
from .pipeline.call.chain import after, before
from .pipeline.call.request import Adapter, Endpoint, Handler, Middleware, Reply, Request, replace
from .pipeline.drawing import draw_with as _draw_with
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
from .pipeline.schema.model_response import ModelResponse, ModelResponseStream
from .pipeline.schema.parts import (
    Choice,
    Delta,
    Function,
    Message,
    StreamingChoice,
    ToolCall,
    Usage,
)
from .pipeline.secret import Secret
from .pipeline.stream.fold import fold_chunks
from .pipeline.stream.outcome import Outcome
from .pipeline.stream.stream import Stream, observe
from .pipeline.timeouts import Timeouts


def _draw(thing: object) -> str:
    from .notebook import draw  # noqa: PLC0415  # few objects are drawn

    return draw(thing)


_draw_with(_draw)

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
