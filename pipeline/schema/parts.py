"""The parts of responses and chunks: choices, messages, tool calls, usage."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Generic

from msgspec import field

from .hybrid import GIVEN, BodyPath, Hybrid, place, read_parts

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    # The class that was given as `response_format`; a bare ModelResponse has any.
    ParsedT_co = TypeVar("ParsedT_co", covariant=True, default=Any)
else:
    from typing import TypeVar

    ParsedT_co = TypeVar("ParsedT_co", covariant=True)


class Function(Hybrid):
    """Name and arguments of a function call; `arguments` is JSON text."""

    name: str | None = None
    arguments: str = ""


class CustomTool(Hybrid):
    """Name and input of a call of a custom tool; `input` is free text."""

    name: str | None = None
    input: str = ""


class ToolCall(Hybrid):
    """A tool call that the model requests: of a function or a custom tool (type "custom")."""

    id: str | None = None
    type: str = "function"
    function: Function = field(default_factory=Function)
    custom: CustomTool | None = None
    index: int | None = None
    extra_content: dict[str, Any] | None = None
    provider_specific_fields: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        if self.function.__class__ is GIVEN or self.custom.__class__ is GIVEN:
            read_parts(self, function=Function, custom=CustomTool)

    def _items(self) -> Iterator[tuple[str, Any]]:
        # A custom call has no function; only its type does, so that readers need not check.
        return (
            (name, value)
            for name, value in super()._items()
            if name != "function" or self.custom is None
        )


class DeltaFunction(Hybrid):
    """A chunk of a function call."""

    name: str | None = None
    arguments: str | None = None


class DeltaCustomTool(Hybrid):
    """A piece of a call of a custom tool."""

    name: str | None = None
    input: str | None = None


class DeltaToolCall(Hybrid):
    """A chunk of a tool call; chunks with the same `index` belong together."""

    index: int | None = None
    id: str | None = None
    type: str | None = None
    function: DeltaFunction | None = None
    custom: DeltaCustomTool | None = None
    extra_content: dict[str, Any] | None = None
    provider_specific_fields: dict[str, Any] | None = None


class ThinkingBlock(Hybrid):
    """A block of reasoning with its signature, in the form that the provider expects back.

    `type` is "thinking", or "redacted_thinking" with the content in `data`. In a stream, chunks
    with the same `index` belong together.
    """

    type: str = "thinking"
    thinking: str | None = None
    signature: str | None = None
    data: str | None = None
    index: int | None = None


class Audio(Hybrid):
    """Audio output, base64 in `data`."""

    id: str | None = None
    data: str | None = None
    transcript: str | None = None
    expires_at: int | None = None


class Message(Hybrid, Generic[ParsedT_co]):
    """The message of a response; it can be appended to `messages` as it is."""

    always: ClassVar[frozenset[str]] = frozenset({"role", "content"})

    role: str = "assistant"
    content: str | None = None
    refusal: str | None = None
    tool_calls: list[ToolCall] | None = None
    function_call: Function | None = None
    audio: Audio | None = None
    images: list[dict[str, Any]] | None = None
    annotations: list[dict[str, Any]] | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    reasoning_details: list[dict[str, Any]] | None = None
    thinking_blocks: list[ThinkingBlock] | None = None
    extra_content: dict[str, Any] | None = None
    provider_specific_fields: dict[str, Any] | None = None
    path_: BodyPath = place("choices", 0, "message")

    def __post_init__(self) -> None:
        if self.tool_calls or self.thinking_blocks or self.function_call or self.audio:
            read_parts(
                self,
                tool_calls=ToolCall,
                function_call=Function,
                audio=Audio,
                thinking_blocks=ThinkingBlock,
            )

    @property
    def parsed(self) -> ParsedT_co | None:
        """The object in the text if `response_format` was a class, else None.

        It is also None if the model refused, or called tools instead of responding.

        Raises:
            JSONSchemaValidationError: the text does not match the class, or was cut off.
        """
        state = vars(self)
        if "_parsed" not in state and "_parse" in state:
            parse, finish_reason = state["_parse"]
            state["_parsed"] = parse(self, finish_reason)
        found: ParsedT_co | None = state.get("_parsed")
        return found


class Delta(Hybrid):
    """The changes of one chunk to a message."""

    role: str | None = None
    content: str | None = None
    refusal: str | None = None
    tool_calls: list[DeltaToolCall] | None = None
    function_call: DeltaFunction | None = None
    audio: Audio | None = None
    images: list[dict[str, Any]] | None = None
    annotations: list[dict[str, Any]] | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    reasoning_details: list[dict[str, Any]] | None = None
    thinking_blocks: list[ThinkingBlock] | None = None
    extra_content: dict[str, Any] | None = None
    provider_specific_fields: dict[str, Any] | None = None
    path_: BodyPath = place("choices", 0, "delta")


class TopLogprob(Hybrid):
    """One of the most likely tokens at a position."""

    token: str = ""
    logprob: float = 0.0
    bytes: list[int] | None = None


class TokenLogprob(Hybrid):
    """A token with its log probability."""

    token: str = ""
    logprob: float = 0.0
    bytes: list[int] | None = None
    top_logprobs: list[TopLogprob] | None = None


class ChoiceLogprobs(Hybrid):
    """Log probabilities of the tokens of a choice."""

    content: list[TokenLogprob] | None = None
    refusal: list[TokenLogprob] | None = None


class Choice(Hybrid, Generic[ParsedT_co]):
    """One choice of a response."""

    always: ClassVar[frozenset[str]] = frozenset({"finish_reason"})

    index: int = 0
    # The decoder knows no parameters of types.
    if TYPE_CHECKING:
        message: Message[ParsedT_co] = field(default_factory=Message[ParsedT_co])
    else:
        message: Message = field(default_factory=Message)
    finish_reason: str | None = None
    logprobs: ChoiceLogprobs | None = None
    provider_specific_fields: dict[str, Any] | None = None
    path_: BodyPath = place("choices", 0)

    def __post_init__(self) -> None:
        if self.message.__class__ is GIVEN or self.logprobs.__class__ is GIVEN:
            read_parts(self, message=Message, logprobs=ChoiceLogprobs)


class StreamingChoice(Hybrid):
    """The changes of one chunk to a choice."""

    always: ClassVar[frozenset[str]] = frozenset({"finish_reason"})

    index: int = 0
    delta: Delta = field(default_factory=Delta)
    finish_reason: str | None = None
    logprobs: ChoiceLogprobs | None = None
    provider_specific_fields: dict[str, Any] | None = None
    path_: BodyPath = place("choices", 0)


class PromptTokensDetails(Hybrid):
    """A breakdown of `prompt_tokens`.

    `cache_creation_tokens` are the tokens that were written to the provider's cache, whichever name
    the provider uses; `cache_write_tokens` is OpenAI's name.
    """

    cached_tokens: int | None = None
    cache_creation_tokens: int | None = None
    cache_write_tokens: int | None = None
    audio_tokens: int | None = None
    text_tokens: int | None = None
    image_tokens: int | None = None
    video_tokens: int | None = None
    path_: BodyPath = place("usage", "prompt_tokens_details")


class CompletionTokensDetails(Hybrid):
    """A breakdown of `completion_tokens`."""

    reasoning_tokens: int | None = None
    audio_tokens: int | None = None
    text_tokens: int | None = None
    image_tokens: int | None = None
    video_tokens: int | None = None
    accepted_prediction_tokens: int | None = None
    rejected_prediction_tokens: int | None = None
    path_: BodyPath = place("usage", "completion_tokens_details")


class Usage(Hybrid):
    """The token counts of a call.

    `prompt_tokens` includes cache reads and writes, `completion_tokens` includes reasoning.
    `native` is the provider's own usage object if it differs from OpenAI's; its fields can be read
    by their names here too.
    """

    derived: ClassVar[frozenset[str]] = frozenset(
        {"cache_creation_input_tokens", "cache_read_input_tokens"}
    )

    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0
    prompt_tokens_details: PromptTokensDetails | None = None
    completion_tokens_details: CompletionTokensDetails | None = None
    native: dict[str, Any] | None = None
    path_: BodyPath = place("usage")

    def __post_init__(self) -> None:
        if (
            self.prompt_tokens_details.__class__ is GIVEN
            or self.completion_tokens_details.__class__ is GIVEN
        ):
            read_parts(
                self,
                prompt_tokens_details=PromptTokensDetails,
                completion_tokens_details=CompletionTokensDetails,
            )

    def _sent(self) -> dict[str, Any]:
        sent = super()._sent()
        if not self.native:
            return sent
        own = {
            name: value
            for name, value in self.native.items()
            if value is not None and name not in self.__struct_fields__
        }
        return {**own, **sent}

    @property
    def cache_read_input_tokens(self) -> int | None:
        """Tokens of the prompt that were read from the provider's cache."""
        details = self.prompt_tokens_details
        return details.cached_tokens if details is not None else None

    @property
    def cache_creation_input_tokens(self) -> int | None:
        """Tokens of the prompt that were written to the provider's cache."""
        details = self.prompt_tokens_details
        return details.cache_creation_tokens if details is not None else None
