"""The public names beside those of names.py, which most programs do without."""

from __future__ import annotations

from . import exceptions, utils
from .adapters.support import get_supported_openai_params
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
from .chunks import stream_chunk_builder
from .costs import completion_cost, cost_per_token
from .environment import get_llm_provider, get_valid_models, validate_environment
from .middlewares.budget import Budget, dollars_of, tokens_of
from .middlewares.litellm_callbacks import CustomLogger
from .middlewares.redis_state import RedisState
from .middlewares.redis_store import RedisStore
from .middlewares.shared_limit import SharedLimit
from .middlewares.sqlite_store import SQLiteStore
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
from .retried import acompletion_with_retries, completion_with_retries
from .router import Router
from .tokens import atoken_counter, token_counter

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
