"""The remaining public names: helpers for models and costs, litellm's names, optional layers."""
# ruff: noqa: I001, PLC0414  # `import X as X` re-exports X for type checkers

from . import exceptions as exceptions, utils as utils
from .adapters.supported_params import get_supported_openai_params as get_supported_openai_params
from .clients.responses.conversations import StoredResponse as StoredResponse
from .clients.default import (
    acancel_response as acancel_response,
    aretrieve_response as aretrieve_response,
    astored_response as astored_response,
    cancel_response as cancel_response,
    retrieve_response as retrieve_response,
    stored_response as stored_response,
)
from .clients.responses.stream import ResponseStream as ResponseStream
from .clients.router import Router as Router
from .clients.with_retries import (
    acompletion_with_retries as acompletion_with_retries,
    completion_with_retries as completion_with_retries,
)
from .litellm_names.aliases import (
    ChatCompletionDeltaToolCall as ChatCompletionDeltaToolCall,
    ChatCompletionMessageToolCall as ChatCompletionMessageToolCall,
    Choices as Choices,
    CompletionTokensDetailsWrapper as CompletionTokensDetailsWrapper,
    CustomStreamWrapper as CustomStreamWrapper,
    FunctionCall as FunctionCall,
    InvalidRequestError as InvalidRequestError,
    OpenAIError as OpenAIError,
    PromptTokensDetailsWrapper as PromptTokensDetailsWrapper,
    RouterRateLimitError as RouterRateLimitError,
    StreamingChoices as StreamingChoices,
)
from .litellm_names.chunks import stream_chunk_builder as stream_chunk_builder
from .middlewares.budget import Budget as Budget, dollars_of as dollars_of, tokens_of as tokens_of
from .middlewares.conversation.prompt_caching import (
    CacheUse as CacheUse,
    PromptCaching as PromptCaching,
)
from .middlewares.conversation.summarization import Summarization as Summarization
from .middlewares.conversation.trim import Trim as Trim
from .middlewares.conversation.continuation import Continuation as Continuation
from .middlewares.conversation.reask import Reask as Reask
from .middlewares.listening.litellm_loggers import CustomLogger as CustomLogger
from .middlewares.recording.log_entries import LogEntry as LogEntry
from .middlewares.recording.prompt_log import PromptLog as PromptLog
from .middlewares.recording.replay import Replay as Replay
from .middlewares.resilience.circuit_breaker import CircuitBreaker as CircuitBreaker
from .middlewares.resilience.load_shedder import LoadShedder as LoadShedder
from .middlewares.routing.redis_state import RedisState as RedisState
from .middlewares.semantic.memory_vectors import MemoryVectors as MemoryVectors
from .middlewares.semantic.redis_vectors import RedisVectors as RedisVectors
from .middlewares.semantic.semantic_cache import SemanticCache as SemanticCache
from .middlewares.semantic.sqlite_vectors import SQLiteVectors as SQLiteVectors
from .middlewares.semantic.vector_store import (
    VectorMatch as VectorMatch,
    VectorStore as VectorStore,
)
from .middlewares.shared_limit import SharedLimit as SharedLimit
from .middlewares.stores.redis_store import RedisStore as RedisStore
from .middlewares.stores.sqlite import SQLiteStore as SQLiteStore
from .middlewares.resilience.hedge import Hedge as Hedge
from .middlewares.safety.guardrail import Guardrail as Guardrail
from .middlewares.safety.redaction import Redaction as Redaction
from .middlewares.tools.mcp_tools import MCPTools as MCPTools
from .middlewares.tools.tool_loop import ToolLoop as ToolLoop
from .models.capabilities import (
    supports_function_calling as supports_function_calling,
    supports_parallel_function_calling as supports_parallel_function_calling,
    supports_response_schema as supports_response_schema,
    supports_tool_choice as supports_tool_choice,
    supports_web_search as supports_web_search,
)
from .models.costs import completion_cost as completion_cost, cost_per_token as cost_per_token
from .models.environment import (
    get_llm_provider as get_llm_provider,
    get_valid_models as get_valid_models,
    validate_environment as validate_environment,
)
from .models.facts import (
    get_max_tokens as get_max_tokens,
    get_model_info as get_model_info,
    model_cost as model_cost,
    register_model as register_model,
    supports_audio_input as supports_audio_input,
    supports_audio_output as supports_audio_output,
    supports_pdf_input as supports_pdf_input,
    supports_prompt_caching as supports_prompt_caching,
    supports_reasoning as supports_reasoning,
    supports_vision as supports_vision,
)
from .models.tokens import atoken_counter as atoken_counter, token_counter as token_counter
from .pipeline.call.prompt_size import PromptSizes as _PromptSizes, measure_with as _measure_with
from .pipeline.call.replayed import stream_of as stream_of
from .pipeline.call.sending import before_send as before_send
from .pipeline.port import HTTPRequest as HTTPRequest
from .pipeline.stream.events import (
    DoneEvent as DoneEvent,
    ReasoningEvent as ReasoningEvent,
    StreamEvent as StreamEvent,
    TextEvent as TextEvent,
    ToolCallEvent as ToolCallEvent,
    UsageEvent as UsageEvent,
)
from .pipeline.stream.text import map_text as map_text
from .pipeline.schema.responses import (
    Response as Response,
    ResponseItem as ResponseItem,
    ResponseStreamEvent as ResponseStreamEvent,
)


def _load_sizes() -> _PromptSizes:
    from .models.prompt_size import provider_sizes  # noqa: PLC0415  # loaded only to measure prompts

    return provider_sizes()


_measure_with(_load_sizes)
