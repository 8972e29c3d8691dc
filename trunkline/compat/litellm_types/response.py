"""The types of responses of calls through `litellm`: pydantic models, as in litellm.

Frameworks copy them with `model_copy`, check `isinstance(response, BaseModel)`, and store them in
caches that only load classes of litellm's modules. A field that the provider did not send is
absent, except those that litellm always sets.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Annotated, Any, cast
from uuid import uuid4

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    PrivateAttr,
    field_validator,
    model_validator,
)

from ...adapters.decode.finish_reasons import COMMON_REASONS
from .objects import JSONObject, OpenAIObject, PositionalObject

__all__ = [
    "ChatCompletionDeltaToolCall",
    "ChatCompletionMessageToolCall",
    "ChatCompletionTokenLogprob",
    "ChoiceLogprobs",
    "Choices",
    "CompletionTokensDetailsWrapper",
    "Delta",
    "Function",
    "FunctionCall",
    "Message",
    "ModelResponse",
    "ModelResponseBase",
    "ModelResponseStream",
    "PromptTokensDetailsWrapper",
    "StreamingChoices",
    "TopLogprob",
    "Usage",
]


def openai_reason(reason: str | None) -> str | None:
    """Return OpenAI's finish reason for one of any provider; an unknown one is "stop"."""
    return None if reason is None else COMMON_REASONS.get(reason.lower(), "stop")


_FinishReason = Annotated[str | None, AfterValidator(openai_reason)]


class Function(PositionalObject):
    """Name and arguments of a function call; `arguments` is JSON text."""

    positional = ("arguments", "name")

    arguments: str = ""
    name: str | None = None

    @field_validator("arguments", mode="before")
    @classmethod
    def _text(cls, value: object) -> object:
        if isinstance(value, dict):
            return json.dumps(value)
        return "" if value is None else value


class FunctionCall(Function):
    """A function call in the format that preceded tool calls."""


def _new_call_id() -> str:
    return f"call_{uuid4().hex}"


class ChatCompletionMessageToolCall(PositionalObject):
    """A tool call that the model requests; without an id it gets a new one."""

    positional = ("function", "id", "type")

    function: Function = Field(default_factory=Function)
    id: str | None = Field(default_factory=_new_call_id)
    type: str = "function"

    @field_validator("id", mode="before")
    @classmethod
    def _has_id(cls, value: object) -> object:
        return value or _new_call_id()

    @field_validator("type", mode="before")
    @classmethod
    def _has_type(cls, value: object) -> object:
        return value or "function"


class ChatCompletionDeltaToolCall(OpenAIObject):
    """A chunk of a tool call; chunks with the same `index` belong together.

    Only the first chunk of a call has an id. CrewAI builds complete calls with this class and omits
    their id, so a missing id gets a new value.
    """

    id: str | None = Field(default_factory=_new_call_id)
    function: Function = Field(default_factory=Function)
    type: str | None = "function"
    index: int = 0


def _piece(value: object) -> object:
    """Return a chunk of a tool call; without an id it stays without one."""
    if not isinstance(value, Mapping):
        return value
    return {"id": None, **cast("Mapping[str, Any]", value)}


class Message(JSONObject, PositionalObject):
    """The message of a response; it can be appended to `messages` as it is."""

    positional = (
        "content",
        "role",
        "function_call",
        "tool_calls",
        "audio",
        "images",
        "provider_specific_fields",
        "reasoning_content",
        "thinking_blocks",
    )

    content: str | None = None
    role: str = "assistant"
    tool_calls: list[ChatCompletionMessageToolCall] | None = None
    function_call: FunctionCall | None = None
    provider_specific_fields: dict[str, Any] | None = None


class Delta(PositionalObject):
    """The changes of one chunk to a message."""

    positional = ("content", "role", "function_call", "tool_calls", "audio")

    content: str | None = None
    role: str | None = None
    function_call: FunctionCall | None = None
    tool_calls: list[ChatCompletionDeltaToolCall] | None = None
    audio: dict[str, Any] | None = None
    provider_specific_fields: dict[str, Any] | None = None

    @field_validator("tool_calls", mode="before")
    @classmethod
    def _only_first_has_id(cls, calls: object) -> object:
        if not isinstance(calls, list):
            return calls
        return [_piece(piece) for piece in cast("list[object]", calls)]


class TopLogprob(OpenAIObject):
    """A token that was likely too."""

    token: str
    bytes: list[int] | None = None
    logprob: float


class ChatCompletionTokenLogprob(OpenAIObject):
    """The log probability of one token."""

    token: str
    bytes: list[int] | None = None
    logprob: float
    top_logprobs: list[TopLogprob] = Field(default_factory=list[TopLogprob])


class ChoiceLogprobs(OpenAIObject):
    """The log probabilities of a choice's tokens."""

    content: list[ChatCompletionTokenLogprob] | None = None
    refusal: list[ChatCompletionTokenLogprob] | None = None


class Choices(PositionalObject):
    """One choice of a response."""

    positional = ("finish_reason", "index", "message", "logprobs")

    finish_reason: _FinishReason = "stop"
    index: int = 0
    message: Message = Field(default_factory=Message)

    # As undeclared fields, because a choice without them has no such attributes.
    @model_validator(mode="before")
    @classmethod
    def _read_others(cls, given: Any) -> Any:
        if not isinstance(given, Mapping):
            return given
        fields = dict(cast("Mapping[str, Any]", given))
        logprobs: object = fields.get("logprobs")
        if logprobs is None:
            fields.pop("logprobs", None)
        elif isinstance(logprobs, Mapping):
            fields["logprobs"] = ChoiceLogprobs.model_validate(logprobs)
        native = fields.get("finish_reason")
        if isinstance(native, str) and native != openai_reason(native):
            own: Mapping[str, Any] = fields.get("provider_specific_fields") or {}
            fields["provider_specific_fields"] = {"native_finish_reason": native, **own}
        return fields

    @field_validator("finish_reason", mode="before")
    @classmethod
    def _has_ended(cls, value: object) -> object:
        return value or "stop"


class StreamingChoices(PositionalObject):
    """The changes of one chunk to a choice."""

    positional = ("finish_reason", "index", "delta", "logprobs")

    finish_reason: _FinishReason = None
    index: int = 0
    delta: Delta = Field(default_factory=Delta)
    logprobs: Any = None

    @field_validator("delta", mode="before")
    @classmethod
    def _is_delta(cls, value: object) -> object:
        return Delta() if value is None else value


def _choice(value: object) -> object:
    """Return a choice as an object: of a chunk, if it has a `delta`."""
    if not isinstance(value, Mapping):
        return value
    fields = cast("Mapping[str, Any]", value)
    kind = StreamingChoices if "delta" in fields and "message" not in fields else Choices
    return kind.model_validate(fields)


def _empty_choices() -> list[Choices | StreamingChoices]:
    return [Choices()]


_AnyChoice = Annotated[Choices | StreamingChoices, BeforeValidator(_choice)]


class PromptTokensDetailsWrapper(OpenAIObject):
    """A breakdown of `prompt_tokens`."""

    cached_tokens: int | None = None
    audio_tokens: int | None = None
    image_tokens: int | None = None
    text_tokens: int | None = None
    video_tokens: int | None = None


class CompletionTokensDetailsWrapper(OpenAIObject):
    """A breakdown of `completion_tokens`."""

    reasoning_tokens: int | None = None
    audio_tokens: int | None = None
    accepted_prediction_tokens: int | None = None
    rejected_prediction_tokens: int | None = None
    image_tokens: int | None = None
    text_tokens: int | None = None
    video_tokens: int | None = None


class Usage(PositionalObject):
    """The token counts of a call."""

    positional = (
        "prompt_tokens",
        "completion_tokens",
        "total_tokens",
        "reasoning_tokens",
        "prompt_tokens_details",
        "completion_tokens_details",
        "server_tool_use",
        "cost",
    )

    completion_tokens: int = 0
    prompt_tokens: int = 0
    total_tokens: int = 0
    completion_tokens_details: CompletionTokensDetailsWrapper | None = None
    prompt_tokens_details: PromptTokensDetailsWrapper | None = None

    @field_validator("prompt_tokens", "completion_tokens", "total_tokens", mode="before")
    @classmethod
    def _count(cls, value: object) -> object:
        return 0 if value is None else value

    @model_validator(mode="before")
    @classmethod
    def _fill_details(cls, given: Any) -> Any:
        """Copy counts that litellm also takes by themselves into the details."""
        if not isinstance(given, Mapping):
            return given
        fields = dict(cast("Mapping[str, Any]", given))
        reasoning = fields.pop("reasoning_tokens", None)
        # litellm leaves out 0 of these, and not of the others.
        _add(fields, "completion_tokens_details", "reasoning_tokens", reasoning or None)
        cached = fields.get("cache_read_input_tokens")
        hits = fields.get("prompt_cache_hit_tokens")
        _add(fields, "prompt_tokens_details", "cached_tokens", hits if cached is None else cached)
        written = fields.get("cache_creation_input_tokens")
        _add(fields, "prompt_tokens_details", "cache_creation_tokens", written)
        return fields


def _add(fields: dict[str, Any], details: str, name: str, count: object) -> None:
    """Set a count in one of the details, unless it has the count."""
    if count is None:
        return
    found: Any = fields.get(details) or {}
    counts: dict[str, Any] = found.model_dump() if isinstance(found, BaseModel) else dict(found)
    if counts.get(name) is None:
        fields[details] = {**counts, name: count}


# Fields that get a value of their own where None is given.
_FILLED = frozenset({"id", "choices", "created", "object"})


class ModelResponseBase(JSONObject, PositionalObject):
    """The common fields of responses and chunks."""

    id: str = Field(default_factory=lambda: f"chatcmpl-{uuid4()}")
    created: int = Field(default_factory=lambda: int(time.time()))
    model: str | None = None
    object: str = ""
    system_fingerprint: str | None = None
    _hidden_params: dict[str, Any] = PrivateAttr(default_factory=dict[str, Any])
    _response_headers: dict[str, str] | None = PrivateAttr(default=None)

    @property
    def _response_ms(self) -> float | None:
        return self._hidden_params.get("_response_ms")

    # Frameworks look for usage in the undeclared fields. `object` is a field here, hence Any.
    @model_validator(mode="before")
    @classmethod
    def _read_usage(cls, given: Any) -> Any:
        if not isinstance(given, Mapping):
            return given
        fields = {
            name: value
            for name, value in cast("Mapping[str, Any]", given).items()
            if value is not None or name not in _FILLED
        }
        if isinstance(fields.get("usage"), Mapping):
            fields["usage"] = Usage.model_validate(fields["usage"])
        return fields


class ModelResponse(ModelResponseBase):
    """A complete response; without `choices` it has an empty one.

    `stream` and `stream_options` are accepted and ignored.
    """

    positional = ("id", "choices", "created", "model", "object", "system_fingerprint", "usage")

    object: str = "chat.completion"
    choices: list[_AnyChoice] = Field(default_factory=_empty_choices)

    def __init__(
        self,
        /,
        *values: Any,
        stream: Any = None,  # noqa: ARG002  # callers of litellm pass it
        stream_options: Any = None,  # noqa: ARG002  # the same
        hidden_params: dict[str, Any] | None = None,
        _response_headers: dict[str, str] | None = None,
        **fields: Any,
    ) -> None:
        super().__init__(*values, **fields)
        self._hidden_params = dict(hidden_params or {})
        self._response_headers = _response_headers


class ModelResponseStream(ModelResponseBase):
    """One chunk of a streamed response; only one chunk has a `usage` that is not None."""

    object: str = "chat.completion.chunk"
    positional = ("choices", "id", "created")

    choices: list[StreamingChoices] = Field(default_factory=lambda: [StreamingChoices()])

    @model_validator(mode="before")
    @classmethod
    def _has_usage(cls, given: Any) -> Any:
        if isinstance(given, Mapping):
            return {"usage": None, **cast("Mapping[str, Any]", given)}
        return given


# At the end, because pydantic resolves annotations in the module of the class.
for _name in __all__:
    _type: object = globals()[_name]
    if isinstance(_type, type):
        _type.__module__ = "litellm.types.utils"
