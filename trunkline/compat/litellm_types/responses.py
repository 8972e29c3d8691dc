"""The Responses API's types of the `litellm` namespace: pydantic models, as litellm's own are.

The items of a response are those of the openai package where it is installed and knows them, since
frameworks ask for these classes. All others are objects with the fields that were sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Annotated, Any, cast

from pydantic import (
    BaseModel,
    BeforeValidator,
    Field,
    PlainSerializer,
    PrivateAttr,
    TypeAdapter,
    ValidationError,
)

from .objects import OpenAIObject

__all__ = [
    "BaseLiteLLMOpenAIResponseObject",
    "ContentPartAddedEvent",
    "ContentPartDoneEvent",
    "FunctionCallArgumentsDeltaEvent",
    "FunctionCallArgumentsDoneEvent",
    "GenericEvent",
    "GenericResponseOutputItem",
    "InputTokensDetails",
    "OutputFunctionToolCall",
    "OutputItemAddedEvent",
    "OutputItemDoneEvent",
    "OutputText",
    "OutputTextDeltaEvent",
    "OutputTextDoneEvent",
    "OutputTokensDetails",
    "ReasoningSummaryTextDeltaEvent",
    "RefusalDeltaEvent",
    "ResponseAPIUsage",
    "ResponseCompletedEvent",
    "ResponseCreatedEvent",
    "ResponseFailedEvent",
    "ResponseInProgressEvent",
    "ResponseIncompleteEvent",
    "ResponsesAPIResponse",
    "ResponsesAPIStreamEvents",
]


class BaseLiteLLMOpenAIResponseObject(OpenAIObject):
    """An object of the Responses API; fields that are not declared are kept."""


class OutputText(BaseLiteLLMOpenAIResponseObject):
    """Text of a message."""

    type: str | None = "output_text"
    text: str | None = None
    annotations: list[Any] | None = None


class GenericResponseOutputItem(BaseLiteLLMOpenAIResponseObject):
    """A message of the model."""

    type: str = "message"
    id: str = ""
    status: str = "completed"
    role: str = "assistant"
    content: list[OutputText] = Field(default_factory=list[OutputText])


class OutputFunctionToolCall(BaseLiteLLMOpenAIResponseObject):
    """A call of a function; `arguments` is JSON text."""

    type: str | None = "function_call"
    id: str | None = None
    call_id: str | None = None
    name: str | None = None
    arguments: str | None = None
    status: str | None = None


_GENERIC: Mapping[object, type[BaseLiteLLMOpenAIResponseObject]] = {
    "function_call": OutputFunctionToolCall,
    "message": GenericResponseOutputItem,
}


@cache
def _openai_types() -> ModuleType | None:
    """Return the openai package's types, None if it is not installed; it is slow to load."""
    try:
        return import_module("openai.types.responses")
    except ImportError:
        return None


@cache
def _openai_items() -> TypeAdapter[Any] | None:
    """Return the reader of items as the openai package's types."""
    types = _openai_types()
    items: Any = getattr(types, "ResponseOutputItem", None)
    return None if items is None else TypeAdapter(items)


def _read_item(item: object) -> object:
    """Return an item as an object; what is one already stays."""
    if not isinstance(item, Mapping):
        return item
    fields = cast("Mapping[str, Any]", item)
    adapter = _openai_items()
    if adapter is not None:
        try:
            return adapter.validate_python(fields)
        except ValidationError:
            pass
    kind = _GENERIC.get(fields.get("type"), BaseLiteLLMOpenAIResponseObject)
    try:
        return kind.model_validate(fields)
    except ValidationError:
        return BaseLiteLLMOpenAIResponseObject.model_validate(fields)


def _read_items(items: object) -> object:
    if isinstance(items, list):
        return [_read_item(item) for item in cast("Sequence[object]", items)]
    return items


def _write_item(item: object) -> object:
    """Return an item with the fields that were sent: it goes back to the provider like this."""
    if isinstance(item, BaseModel):
        return item.model_dump(exclude_unset=True, by_alias=True)
    return item


def _write_items(items: Sequence[object]) -> list[object]:
    return [_write_item(item) for item in items]


_Item = Annotated[Any, BeforeValidator(_read_item), PlainSerializer(_write_item)]
_Items = Annotated[list[Any], BeforeValidator(_read_items), PlainSerializer(_write_items)]


class InputTokensDetails(BaseLiteLLMOpenAIResponseObject):
    """Parts of `input_tokens`."""

    cached_tokens: int | None = None
    audio_tokens: int | None = None
    text_tokens: int | None = None


class OutputTokensDetails(BaseLiteLLMOpenAIResponseObject):
    """Parts of `output_tokens`."""

    reasoning_tokens: int | None = None
    text_tokens: int | None = None


class ResponseAPIUsage(BaseLiteLLMOpenAIResponseObject):
    """Tokens of a response."""

    input_tokens: int = 0
    output_tokens: int = 0
    total_tokens: int = 0
    input_tokens_details: InputTokensDetails | None = None
    output_tokens_details: OutputTokensDetails | None = None


class ResponsesAPIResponse(BaseLiteLLMOpenAIResponseObject):
    """A response."""

    id: str
    created_at: float
    output: _Items = Field(default_factory=list[Any])
    object: str | None = "response"
    status: str | None = None
    model: str | None = None
    usage: ResponseAPIUsage | None = None
    error: dict[str, Any] | None = None
    incomplete_details: Any = None
    instructions: Any = None
    metadata: dict[str, Any] | None = None
    parallel_tool_calls: bool | None = None
    temperature: float | None = None
    tool_choice: Any = None
    tools: list[Any] | None = None
    top_p: float | None = None
    max_output_tokens: int | None = None
    previous_response_id: str | None = None
    reasoning: dict[str, Any] | None = None
    text: Any = None
    truncation: str | None = None
    user: str | None = None
    store: bool | None = None
    _hidden_params: dict[str, Any] = PrivateAttr(default_factory=dict[str, Any])
    _response_headers: dict[str, str] | None = PrivateAttr(default=None)

    @property
    def output_text(self) -> str:
        """All text of the response."""
        return "".join(
            part.text
            for item in self.output
            if getattr(item, "type", None) == "message"
            for part in item.content
            if part.type == "output_text"
        )


class ResponsesAPIStreamEvents(StrEnum):
    """The types of events."""

    RESPONSE_CREATED = "response.created"
    RESPONSE_IN_PROGRESS = "response.in_progress"
    RESPONSE_COMPLETED = "response.completed"
    RESPONSE_FAILED = "response.failed"
    RESPONSE_INCOMPLETE = "response.incomplete"
    OUTPUT_ITEM_ADDED = "response.output_item.added"
    OUTPUT_ITEM_DONE = "response.output_item.done"
    CONTENT_PART_ADDED = "response.content_part.added"
    CONTENT_PART_DONE = "response.content_part.done"
    OUTPUT_TEXT_DELTA = "response.output_text.delta"
    OUTPUT_TEXT_ANNOTATION_ADDED = "response.output_text.annotation.added"
    OUTPUT_TEXT_DONE = "response.output_text.done"
    REFUSAL_DELTA = "response.refusal.delta"
    REFUSAL_DONE = "response.refusal.done"
    RESPONSE_PART_ADDED = "response.reasoning_summary_part.added"
    REASONING_SUMMARY_TEXT_DELTA = "response.reasoning_summary_text.delta"
    REASONING_SUMMARY_TEXT_DONE = "response.reasoning_summary_text.done"
    FUNCTION_CALL_ARGUMENTS_DELTA = "response.function_call_arguments.delta"
    FUNCTION_CALL_ARGUMENTS_DONE = "response.function_call_arguments.done"
    ERROR = "error"


class GenericEvent(BaseLiteLLMOpenAIResponseObject):
    """An event of a streamed response that has no class of its own."""

    type: str = ""


class _ResponseEvent(GenericEvent):
    response: ResponsesAPIResponse


class ResponseCreatedEvent(_ResponseEvent):
    """A response begins."""


class ResponseInProgressEvent(_ResponseEvent):
    """A response is being made."""


class ResponseCompletedEvent(_ResponseEvent):
    """A response is whole."""


class ResponseFailedEvent(_ResponseEvent):
    """A response failed."""


class ResponseIncompleteEvent(_ResponseEvent):
    """A response ended early."""


class _ItemEvent(GenericEvent):
    item: _Item = None
    output_index: int | None = None


class OutputItemAddedEvent(_ItemEvent):
    """An item begins."""


class OutputItemDoneEvent(_ItemEvent):
    """An item is whole."""


class _DeltaEvent(GenericEvent):
    delta: str
    item_id: str | None = None
    output_index: int | None = None


class OutputTextDeltaEvent(_DeltaEvent):
    """A piece of text."""

    content_index: int | None = None


class RefusalDeltaEvent(_DeltaEvent):
    """A piece of a refusal."""

    content_index: int | None = None


class ReasoningSummaryTextDeltaEvent(_DeltaEvent):
    """A piece of a summary of reasoning."""


class FunctionCallArgumentsDeltaEvent(_DeltaEvent):
    """A piece of a function call's arguments."""


class _DoneEvent(GenericEvent):
    item_id: str | None = None
    output_index: int | None = None


class FunctionCallArgumentsDoneEvent(_DoneEvent):
    """The arguments of a function call are whole."""

    arguments: str = ""


class OutputTextDoneEvent(_DoneEvent):
    """A text is whole."""

    text: str = ""
    content_index: int | None = None


class _PartEvent(_DoneEvent):
    part: Any = None
    content_index: int | None = None


class ContentPartAddedEvent(_PartEvent):
    """A part of a message begins."""


class ContentPartDoneEvent(_PartEvent):
    """A part of a message is whole."""


def openai_type(name: str) -> Any:
    """Return a type that is the openai package's own, or ours where it is not installed."""
    types = _openai_types()
    if types is None:
        return {"ResponseFunctionToolCall": OutputFunctionToolCall}.get(name, list[Any])
    return getattr(types, name)


#: The names of `openai_type`.
OPENAI_NAMES = ("ResponseFunctionToolCall", "ResponseInputParam")
#: The class of each type of event; those of all others are `GenericEvent`.
EVENTS: Mapping[str, type[GenericEvent]] = {
    ResponsesAPIStreamEvents.RESPONSE_CREATED: ResponseCreatedEvent,
    ResponsesAPIStreamEvents.RESPONSE_IN_PROGRESS: ResponseInProgressEvent,
    ResponsesAPIStreamEvents.RESPONSE_COMPLETED: ResponseCompletedEvent,
    ResponsesAPIStreamEvents.RESPONSE_FAILED: ResponseFailedEvent,
    ResponsesAPIStreamEvents.RESPONSE_INCOMPLETE: ResponseIncompleteEvent,
    ResponsesAPIStreamEvents.OUTPUT_ITEM_ADDED: OutputItemAddedEvent,
    ResponsesAPIStreamEvents.OUTPUT_ITEM_DONE: OutputItemDoneEvent,
    ResponsesAPIStreamEvents.OUTPUT_TEXT_DELTA: OutputTextDeltaEvent,
    ResponsesAPIStreamEvents.REFUSAL_DELTA: RefusalDeltaEvent,
    ResponsesAPIStreamEvents.REASONING_SUMMARY_TEXT_DELTA: ReasoningSummaryTextDeltaEvent,
    ResponsesAPIStreamEvents.FUNCTION_CALL_ARGUMENTS_DELTA: FunctionCallArgumentsDeltaEvent,
    ResponsesAPIStreamEvents.FUNCTION_CALL_ARGUMENTS_DONE: FunctionCallArgumentsDoneEvent,
    ResponsesAPIStreamEvents.OUTPUT_TEXT_DONE: OutputTextDoneEvent,
    ResponsesAPIStreamEvents.CONTENT_PART_ADDED: ContentPartAddedEvent,
    ResponsesAPIStreamEvents.CONTENT_PART_DONE: ContentPartDoneEvent,
}

# Only now: pydantic reads annotations in the module of the class.
for _name in __all__:
    globals()[_name].__module__ = "litellm.types.llms.openai"
