"""OpenAI's chat completion objects, as they stand on the wire.

https://platform.openai.com/docs/api-reference/chat/object and .../chat/streaming, and beyond
them the fields that providers and litellm agree on: `reasoning_content`, `thinking_blocks`,
`images`, `provider_specific_fields`. An OpenAI-compatible body decodes straight into these.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar
from uuid import uuid4

from msgspec import Struct, field

from .hybrid import Hybrid


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


class StreamingChoice(Hybrid):
    """What one chunk adds to an answer."""

    always: ClassVar[frozenset[str]] = frozenset({"finish_reason"})

    index: int = 0
    delta: Delta = field(default_factory=Delta)
    finish_reason: str | None = None
    logprobs: ChoiceLogprobs | None = None
    provider_specific_fields: dict[str, Any] | None = None


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

    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0
    prompt_tokens_details: PromptTokensDetails | None = None
    completion_tokens_details: CompletionTokensDetails | None = None
    native: dict[str, Any] | None = None


class Attempt(Struct, frozen=True, kw_only=True):
    """One try of a call that did not give the answer."""

    model: str
    error: str
    status_code: int | None = None
    seconds: float = 0.0


#: Makes an object of a message's text, told its finish reason.
Parse = Callable[[Message, str | None], Any]


class CallId(Struct):
    """The id of a call, 32 hex digits; made when somebody first asks, since most never do."""

    value: str = ""

    def __str__(self) -> str:
        if not self.value:
            self.value = uuid4().hex
        return self.value


class CallInfo(Struct, kw_only=True):
    """What is known of a call beside its answer; middlewares add to it.

    Attributes:
        provider: prefix of the provider that answered.
        model: model name as it was sent.
        headers: response headers, names in lower case.
        response_ms: milliseconds from the call to its answer, of a stream to its end.
        attempts: HTTP requests that were made, fallbacks included.
        tried: the attempts that failed, oldest first.
        fallback: the model that answered in the place of the one that was asked, if one did.
        dropped_params: parameters that were left out because the provider has no such thing.
        cache_hit: whether the answer came from a cache.
        metadata: what the caller attached to the call.
        identity: the call's id, unmade until `call_id` is read.
        first_content_at: moment (of `time.perf_counter`) of a stream's first content.
        cost: price of the call in US dollars, None where it is not known.
        parse: makes an object of the class that was given as `response_format`.
    """

    provider: str = ""
    model: str = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    response_ms: float | None = None
    attempts: int = 1
    tried: list[Attempt] = field(default_factory=list[Attempt])
    fallback: str | None = None
    dropped_params: list[str] = field(default_factory=list[str])
    cache_hit: bool = False
    metadata: Mapping[str, Any] = field(default_factory=dict[str, Any])
    identity: CallId = field(default_factory=CallId)
    first_content_at: float | None = None
    cost: float | None = None
    parse: Parse | None = None

    @property
    def call_id(self) -> str:
        """The call's id: the same in callbacks, spans and the response."""
        return str(self.identity)


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


class ModelResponse(_Answer):
    """A whole answer."""

    always: ClassVar[frozenset[str]] = frozenset({"id", "choices", "created", "model", "object"})

    object: str = "chat.completion"
    choices: list[Choice] = field(default_factory=list[Choice])

    @property
    def parsed(self) -> Any:
        """The first answer as an object; see `Message.parsed`."""
        return self.choices[0].message.parsed if self.choices else None

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


class ModelResponseStream(_Answer):
    """One chunk of a streamed answer."""

    always: ClassVar[frozenset[str]] = frozenset({"id", "choices", "created", "model", "object"})

    object: str = "chat.completion.chunk"
    choices: list[StreamingChoice] = field(default_factory=list[StreamingChoice])


_REQUEST_ID_HEADERS = (
    "x-request-id",
    "request-id",
    "x-amzn-requestid",
    "apim-request-id",
    "cf-ray",
)


def request_id(headers: Mapping[str, str]) -> str | None:
    """Return the provider's id of a request from its response headers."""
    for name in _REQUEST_ID_HEADERS:
        value = headers.get(name)
        if value:
            return value
    return None


def expect_class(response: ModelResponse, parse: Parse) -> None:
    """Have the answers' `parsed` give what `parse` makes of them, when it is first read."""
    for choice in response.choices:
        vars(choice.message)["_parse"] = (parse, choice.finish_reason)


def link(answer: ModelResponse | ModelResponseStream, body: bytes) -> None:
    """Tell an answer and its parts which body they came from, so that extra fields are found."""
    raw = (body,)
    answer.raw_ = raw
    usage = answer.usage
    if usage is not None:
        usage.raw_ = raw
        usage.path_ = ("usage",)
    for choice in answer.choices:
        index = choice.index
        choice.raw_ = raw
        choice.path_ = ("choices", index)
        if isinstance(choice, Choice):
            part: Message | Delta = choice.message
            part.path_ = ("choices", index, "message")
        else:
            part = choice.delta
            part.path_ = ("choices", index, "delta")
        part.raw_ = raw
