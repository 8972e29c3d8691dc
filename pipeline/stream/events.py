"""The events of a stream, for programs that show what a model does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import msgspec
from msgspec import Struct

from ..json_values import as_object
from ..schema.model_response import ModelResponse, ModelResponseStream
from ..schema.parts import DeltaToolCall, StreamingChoice, ToolCall, Usage
from .open_calls import OpenCalls


class TextEvent(Struct, frozen=True, kw_only=True):
    """A piece of the text of a choice."""

    text: str
    choice: int = 0
    type: Literal["text"] = "text"


class ReasoningEvent(Struct, frozen=True, kw_only=True):
    """A piece of the reasoning of a choice."""

    text: str
    choice: int = 0
    type: Literal["reasoning"] = "reasoning"


class ToolCallEvent(Struct, frozen=True, kw_only=True):
    """A complete tool call.

    Attributes:
        name: the function's name.
        arguments: its arguments; None if they are not a JSON object, or the tool is a custom one.
        call: the call with its id, and with the arguments as text.
        choice: the index of the choice.
    """

    name: str
    arguments: dict[str, Any] | None
    call: ToolCall
    choice: int = 0
    type: Literal["tool_call"] = "tool_call"

    @property
    def id(self) -> str | None:
        """The call's id, which its result refers to."""
        return self.call.id


class UsageEvent(Struct, frozen=True, kw_only=True):
    """The token counts of the response."""

    usage: Usage
    type: Literal["usage"] = "usage"


class DoneEvent(Struct, frozen=True, kw_only=True):
    """The end of a complete response."""

    response: ModelResponse
    type: Literal["done"] = "done"


StreamEvent = TextEvent | ReasoningEvent | ToolCallEvent | UsageEvent | DoneEvent


class EventReader:
    """Turns chunks into events."""

    def __init__(self) -> None:
        self._calls: dict[int, _Calls] = {}

    def read(self, chunk: ModelResponseStream) -> Iterator[StreamEvent]:
        """Yield the events of a chunk."""
        for choice in chunk.choices:
            yield from self._read_choice(choice)

    def _read_choice(self, choice: StreamingChoice) -> Iterator[StreamEvent]:
        index, delta = choice.index, choice.delta
        thought = delta.reasoning_content or delta.reasoning
        if thought:
            yield ReasoningEvent(text=thought, choice=index)
        if delta.content:
            yield TextEvent(text=delta.content, choice=index)
        if delta.tool_calls:
            yield from self._calls.setdefault(index, _Calls(index)).add(delta.tool_calls)
        if choice.finish_reason is not None and index in self._calls:
            yield from self._calls.pop(index).end()

    def end(self, response: ModelResponse) -> Iterator[StreamEvent]:
        """Yield the events at the end of a response."""
        for calls in self._calls.values():
            yield from calls.end()
        if response.usage is not None:
            yield UsageEvent(usage=response.usage)
        yield DoneEvent(response=response)


class _Calls:
    """The tool calls of one choice; each but the last is complete when another one begins."""

    def __init__(self, choice: int) -> None:
        self._choice = choice
        self._open = OpenCalls()
        self._told = 0

    def add(self, pieces: list[DeltaToolCall]) -> Iterator[ToolCallEvent]:
        before = len(self._open)
        for piece in pieces:
            self._open.add(piece)
        if len(self._open) > max(before, 1):
            yield from self._tell(len(self._open) - 1)

    def end(self) -> Iterator[ToolCallEvent]:
        yield from self._tell(len(self._open))

    def _tell(self, until: int) -> Iterator[ToolCallEvent]:
        for call in self._open.done()[self._told : until]:
            name = call.custom.name if call.custom is not None else call.function.name
            yield ToolCallEvent(
                name=name or "", arguments=_arguments(call), call=call, choice=self._choice
            )
        self._told = until


def _arguments(call: ToolCall) -> dict[str, Any] | None:
    if call.custom is not None:
        return None
    try:
        return as_object(msgspec.json.decode(call.function.arguments))
    except msgspec.DecodeError:
        return None
