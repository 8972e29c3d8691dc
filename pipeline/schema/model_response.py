"""OpenAI's chat completion objects, as they stand on the wire.

https://platform.openai.com/docs/api-reference/chat/object and .../chat/streaming, and beyond
them the fields that providers and litellm agree on: `reasoning_content`, `thinking_blocks`,
`images`, `provider_specific_fields`. An OpenAI-compatible body decodes straight into these.
"""

from __future__ import annotations

from typing import Any, ClassVar

from msgspec import field

from .call_info import CallInfo, Parse, request_id
from .charges import charged_cost
from .hybrid import GIVEN, Hybrid, Path, place, read_parts
from .litellm_names import hidden_params


class Function(Hybrid):
    """Name and arguments of a function call; `arguments` is JSON text."""

    name: str | None = None
    arguments: str = ""


class ToolCall(Hybrid):
    """A call that the model wants made."""

    id: str | None = None
    type: str = "function"
    function: Function = field(default_factory=Function)
    index: int | None = None
    extra_content: dict[str, Any] | None = None
    provider_specific_fields: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        if type(self.function) is GIVEN:
            read_parts(self, function=Function)


class DeltaFunction(Hybrid):
    """A piece of a function call."""

    name: str | None = None
    arguments: str | None = None


class DeltaToolCall(Hybrid):
    """A piece of a tool call; pieces with the same `index` belong together."""

    index: int | None = None
    id: str | None = None
    type: str | None = None
    function: DeltaFunction | None = None
    extra_content: dict[str, Any] | None = None
    provider_specific_fields: dict[str, Any] | None = None


class ThinkingBlock(Hybrid):
    """One block of reasoning as the provider wants it back, with its signature.

    `type` is "thinking" or "redacted_thinking" (then `data` holds it). In a stream, pieces with
    the same `index` belong together.
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


class Message(Hybrid):
    """An answer's message; it can be appended to `messages` as it is."""

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
    path_: Path = place("choices", 0, "message")

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
    def parsed(self) -> Any:
        """The object that the text stands for, where `response_format` was a class; else None.

        None also where the model refused, or called tools instead of answering.

        Raises:
            JSONSchemaValidationError: the text does not fit the class, or was cut off.
        """
        state = vars(self)
        if "_parsed" not in state and "_parse" in state:
            parse, finish_reason = state["_parse"]
            state["_parsed"] = parse(self, finish_reason)
        return state.get("_parsed")


class Delta(Hybrid):
    """What one chunk adds to a message."""

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
    path_: Path = place("choices", 0, "delta")


class TopLogprob(Hybrid):
    """One of the likeliest tokens at a position."""

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
    """Log probabilities of the tokens of an answer."""

    content: list[TokenLogprob] | None = None
    refusal: list[TokenLogprob] | None = None


class Choice(Hybrid):
    """One answer of a response."""

    always: ClassVar[frozenset[str]] = frozenset({"finish_reason"})

    index: int = 0
    message: Message = field(default_factory=Message)
    finish_reason: str | None = None
    logprobs: ChoiceLogprobs | None = None
    provider_specific_fields: dict[str, Any] | None = None
    path_: Path = place("choices", 0)

    def __post_init__(self) -> None:
        if type(self.message) is GIVEN or type(self.logprobs) is GIVEN:
            read_parts(self, message=Message, logprobs=ChoiceLogprobs)


class StreamingChoice(Hybrid):
    """What one chunk adds to an answer."""

    always: ClassVar[frozenset[str]] = frozenset({"finish_reason"})

    index: int = 0
    delta: Delta = field(default_factory=Delta)
    finish_reason: str | None = None
    logprobs: ChoiceLogprobs | None = None
    provider_specific_fields: dict[str, Any] | None = None
    path_: Path = place("choices", 0)


class PromptTokensDetails(Hybrid):
    """Parts of `prompt_tokens`."""

    cached_tokens: int | None = None
    cache_creation_tokens: int | None = None
    audio_tokens: int | None = None
    text_tokens: int | None = None
    image_tokens: int | None = None
    video_tokens: int | None = None


class CompletionTokensDetails(Hybrid):
    """Parts of `completion_tokens`."""

    reasoning_tokens: int | None = None
    audio_tokens: int | None = None
    text_tokens: int | None = None
    image_tokens: int | None = None
    accepted_prediction_tokens: int | None = None
    rejected_prediction_tokens: int | None = None


class Usage(Hybrid):
    """Tokens of a call.

    `prompt_tokens` includes cache reads and writes, `completion_tokens` includes reasoning.
    `native` is the provider's own usage object where it is another than OpenAI's.
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
    path_: Path = place("usage")

    def __post_init__(self) -> None:
        if (
            type(self.prompt_tokens_details) is GIVEN
            or type(self.completion_tokens_details) is GIVEN
        ):
            read_parts(
                self,
                prompt_tokens_details=PromptTokensDetails,
                completion_tokens_details=CompletionTokensDetails,
            )

    @property
    def cache_read_input_tokens(self) -> int | None:
        """Tokens of the prompt that came from the provider's cache."""
        details = self.prompt_tokens_details
        return details.cached_tokens if details is not None else None

    @property
    def cache_creation_input_tokens(self) -> int | None:
        """Tokens of the prompt that went into the provider's cache."""
        details = self.prompt_tokens_details
        return details.cache_creation_tokens if details is not None else None


class _Answer(Hybrid):
    """What a response and a chunk have in common."""

    id: str = ""
    created: int = 0
    model: str = ""
    object: str = ""
    system_fingerprint: str | None = None
    service_tier: str | None = None
    usage: Usage | None = None
    citations: list[Any] | None = None
    provider_specific_fields: dict[str, Any] | None = None

    @property
    def call(self) -> CallInfo:
        """How the call went: provider, headers, attempts, times."""
        info: CallInfo | None = vars(self).get("_call")
        if info is None:
            info = vars(self)["_call"] = CallInfo(model=self.model)
        return info

    @call.setter
    def call(self, info: CallInfo) -> None:
        vars(self)["_call"] = info

    @property
    def model_extra(self) -> dict[str, Any]:
        """What the provider sent beyond the declared fields, and `usage`, as in litellm's."""
        extra = self._sent()
        return extra if self.usage is None else {**extra, "usage": self.usage}

    # Private names that users of litellm and of the OpenAI SDK read all the same.

    @property
    def _hidden_params(self) -> dict[str, Any]:
        state = vars(self)
        if "_hidden" not in state:
            cost = self.cost if isinstance(self, ModelResponse) else None
            state["_hidden"] = hidden_params(self.call, cost)
        hidden: dict[str, Any] = state["_hidden"]
        return hidden

    @_hidden_params.setter
    def _hidden_params(self, value: dict[str, Any]) -> None:
        vars(self)["_hidden"] = value

    @property
    def _response_headers(self) -> dict[str, str]:
        return dict(self.call.headers)

    @property
    def _response_ms(self) -> float | None:
        return self.call.response_ms

    @property
    def _request_id(self) -> str | None:
        return request_id(self.call.headers)


class ModelResponse(_Answer):
    """A whole answer."""

    always: ClassVar[frozenset[str]] = frozenset({"id", "choices", "created", "model", "object"})

    object: str = "chat.completion"
    choices: list[Choice] = field(default_factory=list[Choice])

    def __post_init__(self) -> None:
        if type(self.usage) is GIVEN or GIVEN in map(type, self.choices):
            read_parts(self, choices=Choice, usage=Usage)

    @property
    def parsed(self) -> Any:
        """The first answer as an object; see `Message.parsed`."""
        return self.choices[0].message.parsed if self.choices else None

    @property
    def cost(self) -> float | None:
        """US dollars that this answer cost, None where that is not known.

        Somebody has said so, as a cache does, or the provider tells, or it is worked out now.
        """
        call = self.call
        if call.cost is not None:
            return call.cost
        told = charged_cost(self.usage, call.headers)
        return call.price(self) if told is None and call.price is not None else told

    @cost.setter
    def cost(self, dollars: float | None) -> None:
        self.call.cost = dollars

    @property
    def attempts(self) -> int:
        """HTTP requests that this answer took."""
        return self.call.attempts

    @property
    def response_ms(self) -> float | None:
        """Milliseconds from the call to its answer."""
        return self.call.response_ms

    @property
    def request_id(self) -> str | None:
        """The provider's id of the request, from the response headers."""
        return request_id(self.call.headers)

    @property
    def dropped_params(self) -> list[str]:
        """Parameters that were left out because provider or model has no such thing."""
        return self.call.dropped_params

    def _repr_html_(self) -> str:
        """Draw the call for a notebook."""
        from ..views.call_view import view_response  # noqa: PLC0415
        from ..views.html_page import draw_call  # noqa: PLC0415  # few calls are drawn

        return draw_call(view_response(self))


class ModelResponseStream(_Answer):
    """One chunk of a streamed answer."""

    always: ClassVar[frozenset[str]] = frozenset({"id", "choices", "created", "model", "object"})

    object: str = "chat.completion.chunk"
    choices: list[StreamingChoice] = field(default_factory=list[StreamingChoice])


def expect_class(response: ModelResponse, parse: Parse) -> None:
    """Have the answers' `parsed` give what `parse` makes of them, when it is first read."""
    for choice in response.choices:
        vars(choice.message)["_parse"] = (parse, choice.finish_reason)


def link(answer: ModelResponse | ModelResponseStream, body: bytes) -> None:
    """Tell an answer and its parts which body they came from, so that extra fields are found."""
    raw = answer.raw_ = (body,)
    if answer.usage is not None:
        answer.usage.raw_ = raw
    for choice in answer.choices:
        part = choice.delta if type(choice) is StreamingChoice else choice.message
        choice.raw_ = part.raw_ = raw
        if choice.index:
            choice.path_ = ("choices", choice.index)
            part.path_ = (*choice.path_, part.path_[-1])
