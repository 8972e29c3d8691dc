"""The names that programs import from `litellm.utils`."""
# ruff: noqa: I001, PLC0414  # `import X as X` re-exports X for type checkers

from .adapters.supported_params import get_supported_openai_params as get_supported_openai_params
from .exceptions import (
    APIConnectionError as APIConnectionError,
    APIError as APIError,
    AuthenticationError as AuthenticationError,
    BadRequestError as BadRequestError,
    BudgetExceededError as BudgetExceededError,
    ContentPolicyViolationError as ContentPolicyViolationError,
    ContextWindowExceededError as ContextWindowExceededError,
    NotFoundError as NotFoundError,
    OpenAIError as OpenAIError,
    PermissionDeniedError as PermissionDeniedError,
    RateLimitError as RateLimitError,
    ServiceUnavailableError as ServiceUnavailableError,
    Timeout as Timeout,
    UnprocessableEntityError as UnprocessableEntityError,
    UnsupportedParamsError as UnsupportedParamsError,
)
from .litellm_names.aliases import (
    ChatCompletionDeltaToolCall as ChatCompletionDeltaToolCall,
    ChatCompletionMessageToolCall as ChatCompletionMessageToolCall,
    Choices as Choices,
    CompletionTokensDetailsWrapper as CompletionTokensDetailsWrapper,
    CustomStreamWrapper as CustomStreamWrapper,
    FunctionCall as FunctionCall,
    PromptTokensDetailsWrapper as PromptTokensDetailsWrapper,
    StreamingChoices as StreamingChoices,
)
from .models.capabilities import (
    supports_function_calling as supports_function_calling,
    supports_parallel_function_calling as supports_parallel_function_calling,
    supports_response_schema as supports_response_schema,
    supports_tool_choice as supports_tool_choice,
    supports_web_search as supports_web_search,
)
from .models.environment import (
    get_llm_provider as get_llm_provider,
    get_valid_models as get_valid_models,
    validate_environment as validate_environment,
)
from .models.facts import (
    get_max_tokens as get_max_tokens,
    get_model_info as get_model_info,
    register_model as register_model,
    supports_audio_input as supports_audio_input,
    supports_audio_output as supports_audio_output,
    supports_pdf_input as supports_pdf_input,
    supports_prompt_caching as supports_prompt_caching,
    supports_reasoning as supports_reasoning,
    supports_vision as supports_vision,
)
from .models.tokens import token_counter as token_counter
from .pipeline.schema.model_response import (
    ModelResponse as ModelResponse,
    ModelResponseStream as ModelResponseStream,
)
from .pipeline.schema.parts import (
    Delta as Delta,
    Function as Function,
    Message as Message,
    Usage as Usage,
)
