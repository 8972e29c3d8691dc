"""litellm's names of trunkline's classes."""

from __future__ import annotations

from ..pipeline.errors import APIError, BadRequestError, LimitExceededError
from ..pipeline.schema.parts import (
    Choice,
    CompletionTokensDetails,
    DeltaToolCall,
    Function,
    PromptTokensDetails,
    StreamingChoice,
    ToolCall,
)
from ..pipeline.stream.stream import Stream

Choices = Choice
StreamingChoices = StreamingChoice
ChatCompletionMessageToolCall = ToolCall
ChatCompletionDeltaToolCall = DeltaToolCall
FunctionCall = Function
CustomStreamWrapper = Stream
PromptTokensDetailsWrapper = PromptTokensDetails
CompletionTokensDetailsWrapper = CompletionTokensDetails

OpenAIError = APIError
InvalidRequestError = BadRequestError
RouterRateLimitError = LimitExceededError
