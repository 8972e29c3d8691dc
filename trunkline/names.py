"""The public names of trunkline, imported from where they live."""

from __future__ import annotations

from . import exceptions, utils
from .adapters.provider import ModelRule, Provider
from .adapters.support import get_supported_openai_params
from .adapters.table import list_providers, register_provider
from .aliases import (
    ChatCompletionDeltaToolCall,
    ChatCompletionMessageToolCall,
    Choices,
    CustomStreamWrapper,
    InvalidRequestError,
    OpenAIError,
    RouterRateLimitError,
    StreamingChoices,
)
from .capabilities import (
    supports_function_calling,
    supports_parallel_function_calling,
    supports_response_schema,
    supports_tool_choice,
    supports_web_search,
)
from .chain import Client, default_middlewares
from .chunks import stream_chunk_builder
from .costs import completion_cost, cost_per_token
from .default import (
    abatch_completion,
    acompletion,
    batch_as_completed,
    batch_completion,
    completion,
    describe,
)
from .environment import get_llm_provider, validate_environment
from .middlewares.ambient import metadata
from .middlewares.budget import Budget
from .middlewares.cache import Cache, Store
from .middlewares.callbacks import AttemptCallbacks, Callbacks
from .middlewares.cost import Cost
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
from .middlewares.shared_limit import SharedLimit
from .middlewares.sqlite_store import SQLiteStore
from .middlewares.tracing import AttemptEvents, Tracing
from .model_facts import (
    get_max_tokens,
    get_model_info,
    model_cost,
    register_model,
    supports_audio_input,
    supports_audio_output,
    supports_pdf_input,
    supports_prompt_caching,
    supports_reasoning,
    supports_vision,
)
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
from .pipeline.outcome import Outcome
from .pipeline.port import Secret, Timeouts
from .pipeline.request import Handler, Middleware, Reply, Request, replace
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
from .retried import acompletion_with_retries, completion_with_retries
from .router import Router
from .settings import Settings
from .tokens import atoken_counter, token_counter

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
    "ChatCompletionDeltaToolCall",
    "ChatCompletionMessageToolCall",
    "Choice",
    "Choices",
    "Client",
    "ConflictError",
    "ContentPolicyViolationError",
    "ContextWindowExceededError",
    "Cost",
    "CustomLogger",
    "CustomStreamWrapper",
    "Deadline",
    "Delta",
    "Fallback",
    "Function",
    "Handler",
    "InternalServerError",
    "InvalidRequestError",
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
    "OpenAIError",
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
    "RouterRateLimitError",
    "SQLiteStore",
    "Secret",
    "ServiceUnavailableError",
    "Settings",
    "SharedLimit",
    "Store",
    "Stream",
    "StreamInterruptedError",
    "StreamingChoice",
    "StreamingChoices",
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
    "acompletion_with_retries",
    "after",
    "api_key_of",
    "atoken_counter",
    "batch_as_completed",
    "batch_completion",
    "before",
    "completion",
    "completion_cost",
    "completion_with_retries",
    "cost_per_token",
    "default_middlewares",
    "describe",
    "exceptions",
    "fold_chunks",
    "get_llm_provider",
    "get_max_tokens",
    "get_model_info",
    "get_supported_openai_params",
    "list_providers",
    "metadata",
    "model_cost",
    "observe",
    "register_model",
    "register_provider",
    "replace",
    "stream_chunk_builder",
    "supports_audio_input",
    "supports_audio_output",
    "supports_function_calling",
    "supports_parallel_function_calling",
    "supports_pdf_input",
    "supports_prompt_caching",
    "supports_reasoning",
    "supports_response_schema",
    "supports_tool_choice",
    "supports_vision",
    "supports_web_search",
    "token_counter",
    "utils",
    "validate_environment",
]
