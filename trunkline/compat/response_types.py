"""The types of responses of calls through `litellm`: pydantic models, as in litellm.

Frameworks copy them with `model_copy`, check `isinstance(response, BaseModel)`, and store them in
caches that only load classes of litellm's modules. A field that the provider did not send is
absent, except those that litellm always sets.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Literal, Required, TypedDict, cast
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, field_validator, model_validator

__all__ = [
    "ChatCompletionAssistantMessage",
    "ChatCompletionDeltaToolCall",
    "ChatCompletionMessageToolCall",
    "ChatCompletionSystemMessage",
    "ChatCompletionToolCallFunctionChunk",
    "ChatCompletionToolMessage",
    "ChatCompletionUserMessage",
    "Choices",
    "CompletionTokensDetailsWrapper",
    "Delta",
    "Function",
    "FunctionCall",
    "Message",
    "ModelResponse",
    "ModelResponseBase",
    "ModelResponseStream",
    "OpenAIMessageContent",
    "OpenAIObject",
    "PromptTokensDetailsWrapper",
    "StreamingChoices",
    "Usage",
]


class OpenAIObject(BaseModel):
    """A model that also works like a dictionary; undeclared fields are kept."""

    model_config = ConfigDict(extra="allow", protected_namespaces=())

    def __getitem__(self, key: str) -> Any:
        try:
            return getattr(self, key)
        except AttributeError:
            raise KeyError(key) from None

    def __setitem__(self, key: str, value: Any) -> None:
        setattr(self, key, value)

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and hasattr(self, key)

    def get(self, key: str, default: Any = None) -> Any:
        """Return the value of `key`, or `default` if it is absent."""
        return getattr(self, key, default)

    def keys(self) -> list[str]:
        """Return the names of the fields that are present."""
        return [*type(self).model_fields, *(self.model_extra or {})]

    def items(self) -> list[tuple[str, Any]]:
        """Return the names and values of the fields that are present."""
        return [(name, getattr(self, name)) for name in self.keys()]

    def to_dict(self) -> dict[str, Any]:
        """Return the fields that were set, as the models of OpenAI's SDK do."""
        return self.model_dump(exclude_unset=True)

    def to_json(self) -> str:
        """Return the same as JSON text."""
        return self.model_dump_json(exclude_unset=True)


class Function(OpenAIObject):
    """Name and arguments of a function call; `arguments` is JSON text."""

    arguments: str = ""
    name: str | None = None

    @field_validator("arguments", mode="before")
    @classmethod
    def _text(cls, value: object) -> object:
        return "" if value is None else value


class FunctionCall(Function):
    """A function call in the format that preceded tool calls."""


def _new_call_id() -> str:
    return f"call_{uuid4().hex}"


class ChatCompletionMessageToolCall(OpenAIObject):
    """A tool call that the model requests; without an id it gets a new one."""

    function: Function = Field(default_factory=Function)
    id: str | None = Field(default_factory=_new_call_id)
    type: str = "function"


class ChatCompletionDeltaToolCall(OpenAIObject):
    """A chunk of a tool call; chunks with the same `index` belong together.

    Only the first chunk of a call has an id. CrewAI builds complete calls with this class and omits
    their id, so a missing id gets a new value.
    """

    id: str | None = Field(default_factory=_new_call_id)
    function: Function = Field(default_factory=Function)
    type: str | None = "function"
    index: int = 0


class Message(OpenAIObject):
    """The message of a response; it can be appended to `messages` as it is."""

    content: str | None = None
    role: str = "assistant"
    tool_calls: list[ChatCompletionMessageToolCall] | None = None
    function_call: FunctionCall | None = None


class Delta(OpenAIObject):
    """The changes of one chunk to a message."""

    content: str | None = None
    role: str | None = None
    function_call: FunctionCall | None = None
    tool_calls: list[ChatCompletionDeltaToolCall] | None = None
    audio: dict[str, Any] | None = None


class Choices(OpenAIObject):
    """One choice of a response."""

    finish_reason: str | None = "stop"
    index: int = 0
    message: Message = Field(default_factory=Message)


class StreamingChoices(OpenAIObject):
    """The changes of one chunk to a choice."""

    finish_reason: str | None = None
    index: int = 0
    delta: Delta = Field(default_factory=Delta)
    logprobs: Any = None


class PromptTokensDetailsWrapper(OpenAIObject):
    """A breakdown of `prompt_tokens`."""

    cached_tokens: int | None = None
    audio_tokens: int | None = None


class CompletionTokensDetailsWrapper(OpenAIObject):
    """A breakdown of `completion_tokens`."""

    reasoning_tokens: int | None = None
    audio_tokens: int | None = None


class Usage(OpenAIObject):
    """The token counts of a call."""

    completion_tokens: int = 0
    prompt_tokens: int = 0
    total_tokens: int = 0
    completion_tokens_details: CompletionTokensDetailsWrapper | None = None
    prompt_tokens_details: PromptTokensDetailsWrapper | None = None


class ModelResponseBase(OpenAIObject):
    """The common fields of responses and chunks."""

    id: str = Field(default_factory=lambda: f"chatcmpl-{uuid4()}")
    created: int = Field(default_factory=lambda: int(time.time()))
    model: str | None = None
    object: str = ""
    system_fingerprint: str | None = None
    _hidden_params: dict[str, Any] = PrivateAttr(default_factory=dict[str, Any])
    _response_headers: dict[str, str] | None = PrivateAttr(default=None)

    # Frameworks look for usage in the undeclared fields. `object` is a field here, hence Any.
    @model_validator(mode="before")
    @classmethod
    def _read_usage(cls, given: Any) -> Any:
        if isinstance(given, Mapping):
            fields = cast("Mapping[str, Any]", given)
            if isinstance(fields.get("usage"), Mapping):
                return {**fields, "usage": Usage.model_validate(fields["usage"])}
        return cast("Any", given)


class ModelResponse(ModelResponseBase):
    """A complete response."""

    object: str = "chat.completion"
    choices: list[Choices] = Field(default_factory=list[Choices])


class ModelResponseStream(ModelResponseBase):
    """One chunk of a streamed response; only one chunk has a `usage` that is not None."""

    object: str = "chat.completion.chunk"
    choices: list[StreamingChoices] = Field(default_factory=list[StreamingChoices])

    @model_validator(mode="before")
    @classmethod
    def _has_usage(cls, given: Any) -> Any:
        if isinstance(given, Mapping):
            return {"usage": None, **cast("Mapping[str, Any]", given)}
        return given


class ChatCompletionSystemMessage(TypedDict, total=False):
    """A system message in a request."""

    role: Required[Literal["system"]]
    content: Required[Any]
    name: str


class ChatCompletionUserMessage(TypedDict, total=False):
    """A user's message in a request."""

    role: Required[Literal["user"]]
    content: Required[Any]


class ChatCompletionAssistantMessage(TypedDict, total=False):
    """An assistant's message in a request."""

    role: Required[Literal["assistant"]]
    content: Any
    name: str | None
    tool_calls: Any
    function_call: Any
    reasoning_content: str | None
    thinking_blocks: Any


class ChatCompletionToolMessage(TypedDict):
    """A tool's result in a request."""

    role: Literal["tool"]
    content: Any
    tool_call_id: str


class ChatCompletionToolCallFunctionChunk(TypedDict, total=False):
    """Name and arguments of a function call in a request."""

    name: str | None
    arguments: str
    provider_specific_fields: dict[str, Any] | None


#: The type of a message's content, for annotations.
OpenAIMessageContent = str | list[Any]

# At the end, because pydantic resolves annotations in the module of the class.
for _name in __all__:
    _type: object = globals()[_name]
    if isinstance(_type, type):
        _type.__module__ = "litellm.types.utils"
