"""The public names beside those of names.py, which most programs do without."""

from __future__ import annotations

from . import exceptions, utils
from .adapters.supported_params import get_supported_openai_params
from .clients.router import Router
from .clients.with_retries import acompletion_with_retries, completion_with_retries
from .litellm_names.aliases import (
    ChatCompletionDeltaToolCall,
    ChatCompletionMessageToolCall,
    Choices,
    CustomStreamWrapper,
    InvalidRequestError,
    OpenAIError,
    RouterRateLimitError,
    StreamingChoices,
)
from .litellm_names.chunks import stream_chunk_builder
from .middlewares.budget import Budget, dollars_of, tokens_of
from .middlewares.listening.litellm_loggers import CustomLogger
from .middlewares.routing.redis_state import RedisState
from .middlewares.shared_limit import SharedLimit
from .middlewares.stores.redis_store import RedisStore
from .middlewares.stores.sqlite import SQLiteStore
from .models.capabilities import (
    supports_function_calling,
    supports_parallel_function_calling,
    supports_response_schema,
    supports_tool_choice,
    supports_web_search,
)
from .models.costs import completion_cost, cost_per_token
from .models.environment import get_llm_provider, get_valid_models, validate_environment
from .models.facts import (
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
from .models.tokens import atoken_counter, token_counter

__all__ = [
    "Budget",
    "ChatCompletionDeltaToolCall",
    "ChatCompletionMessageToolCall",
    "Choices",
    "CustomLogger",
    "CustomStreamWrapper",
    "InvalidRequestError",
    "OpenAIError",
    "RedisState",
    "RedisStore",
    "Router",
    "RouterRateLimitError",
    "SQLiteStore",
    "SharedLimit",
    "StreamingChoices",
    "acompletion_with_retries",
    "atoken_counter",
    "completion_cost",
    "completion_with_retries",
    "cost_per_token",
    "dollars_of",
    "exceptions",
    "get_llm_provider",
    "get_max_tokens",
    "get_model_info",
    "get_supported_openai_params",
    "get_valid_models",
    "model_cost",
    "register_model",
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
    "tokens_of",
    "utils",
    "validate_environment",
]
