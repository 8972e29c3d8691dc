"""What people import from `litellm.utils`, as far as it is here."""

from __future__ import annotations

from .adapters.support import get_supported_openai_params
from .aliases import (
    ChatCompletionDeltaToolCall,
    ChatCompletionMessageToolCall,
    Choices,
    CompletionTokensDetailsWrapper,
    CustomStreamWrapper,
    FunctionCall,
    PromptTokensDetailsWrapper,
    StreamingChoices,
)
from .capabilities import (
    supports_function_calling,
    supports_parallel_function_calling,
    supports_response_schema,
    supports_tool_choice,
    supports_web_search,
)
from .environment import get_llm_provider, validate_environment
from .model_facts import (
    get_max_tokens,
    get_model_info,
    register_model,
    supports_audio_input,
    supports_audio_output,
    supports_pdf_input,
    supports_prompt_caching,
    supports_reasoning,
    supports_vision,
)
from .pipeline.errors import UnsupportedParamsError
from .pipeline.schema import (
    Delta,
    Function,
    Message,
    ModelResponse,
    ModelResponseStream,
    Usage,
)
from .tokens import token_counter

__all__ = [
    "ChatCompletionDeltaToolCall",
    "ChatCompletionMessageToolCall",
    "Choices",
    "CompletionTokensDetailsWrapper",
    "CustomStreamWrapper",
    "Delta",
    "Function",
    "FunctionCall",
    "Message",
    "ModelResponse",
    "ModelResponseStream",
    "PromptTokensDetailsWrapper",
    "StreamingChoices",
    "UnsupportedParamsError",
    "Usage",
    "get_llm_provider",
    "get_max_tokens",
    "get_model_info",
    "get_supported_openai_params",
    "register_model",
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
    "validate_environment",
]
