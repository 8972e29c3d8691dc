"""The response of a stream as far as its events have told it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from ...pipeline.json_values import JSON, as_array, as_object
from ...pipeline.schema.responses import Response, ResponseItem, ResponseStreamEvent


class Piece(Struct, frozen=True):
    """Where the pieces of a text go.

    Attributes:
        item: the type of the item, for hosts that do not announce it.
        field: the field of the item.
        key: where the text is: in a part of that field, or the field itself.
        part: the type of the part, "" where the field is the text.
    """

    item: str
    field: str
    key: str
    part: str = ""


class _Text(Struct):
    """A text whose pieces are still coming, and where it belongs."""

    target: JSON
    key: str
    pieces: list[str] = msgspec.field(default_factory=list[str])


#: Where the pieces of a text go, by the kind of their events.
PIECES: Mapping[str, Piece] = {
    "response.output_text": Piece("message", "content", "text", "output_text"),
    "response.refusal": Piece("message", "content", "refusal", "refusal"),
    "response.reasoning_text": Piece("reasoning", "content", "text", "reasoning_text"),
    "response.reasoning_summary_text": Piece("reasoning", "summary", "text", "summary_text"),
    "response.function_call_arguments": Piece("function_call", "arguments", "arguments"),
    "response.mcp_call_arguments": Piece("mcp_call", "arguments", "arguments"),
    "response.custom_tool_call_input": Piece("custom_tool_call", "input", "input"),
    "response.code_interpreter_call_code": Piece("code_interpreter_call", "code", "code"),
}
#: By the kinds of events about a part of an item: the item's type, and its field.
_PARTS: Mapping[str, tuple[str, str]] = {
    "response.content_part": ("message", "content"),
    "response.reasoning_summary_part": ("reasoning", "summary"),
}

_UNFINISHED = frozenset({None, "in_progress", "queued"})


class ResponseFold:
    """Collects events; adding one costs next to nothing, because few callers read the result."""

    def __init__(self) -> None:
        self._head: Response | None = None
        self._done: dict[int, ResponseItem] = {}
        self._open: list[ResponseStreamEvent] = []

    def add(self, event: ResponseStreamEvent) -> None:
        """Take the next event."""
        if event.delta is not None:
            # Most events are such.
            self._open.append(event)
        elif event.type == "response.output_item.done" and event.item is not None:
            index = event.output_index or 0
            self._done[index] = event.item
            # The item repeats what its own events said.
            self._open = [each for each in self._open if each.output_index != event.output_index]
        elif isinstance(event.response, Response):
            self._head = event.response
        else:
            self._open.append(event)

    def response(self, known: JSON) -> Response:
        """Return the response so far: the provider's own, if it has all its items.

        `known` has fields for a response that the events have not told about yet.
        """
        head = self._head
        told = bool(self._done or self._open)
        if head is not None and head.status not in _UNFINISHED and (head.output or not told):
            return head
        items = {index: item.model_dump() for index, item in self._done.items()}
        _Items(items).add(self._open)
        body: JSON = {"status": "in_progress"} if head is None else head.model_dump()
        body["output"] = [items[index] for index in sorted(items)]
        fields = {name: value for name, value in known.items() if body.get(name) is None}
        return Response.of({**body, **fields})


class _Items:
    """Adds events to the items of a response."""

    def __init__(self, items: dict[int, JSON]) -> None:
        self._items = items
        self._parts: dict[tuple[int, str, int], JSON] = {}
        self._texts: dict[tuple[int, str, int | None], _Text] = {}

    def add(self, events: list[ResponseStreamEvent]) -> None:
        """Take events in their order."""
        for event in events:
            self._add(event)
        for text in self._texts.values():
            text.target[text.key] = "".join(text.pieces)

    def _add(self, event: ResponseStreamEvent) -> None:
        index = event.output_index or 0
        kind, _, phase = event.type.rpartition(".")
        if kind in PIECES:
            self._add_text(index, event, PIECES[kind], phase)
        elif kind in _PARTS and event.part is not None:
            name, field = _PARTS[kind]
            number = part_number(event, field) or 0
            self._part(index, name, field, number).update(event.part.model_dump())
        elif kind == "response.output_item" and event.item is not None:
            self._items[index] = event.item.model_dump()
        elif kind == "response.output_text.annotation" and event.annotation is not None:
            number = part_number(event, "content") or 0
            part = self._part(index, "message", "content", number)
            _append(part, "annotations", [event.annotation])

    def _add_text(self, index: int, event: ResponseStreamEvent, piece: Piece, phase: str) -> None:
        if piece.part:
            number = part_number(event, piece.field) or 0
            target = self._part(index, piece.item, piece.field, number)
            target.setdefault("type", piece.part)
            if phase == "delta":
                _append(target, "logprobs", as_array(event.get("logprobs")) or [])
        else:
            number, target = None, self._item(index, piece.item)
        place = (index, piece.field, number)
        text = self._texts.setdefault(place, _Text(target, piece.key))
        said: object = event.delta if phase == "delta" else event.get(piece.key)
        if isinstance(said, str):
            if phase == "done":
                text.pieces.clear()
            text.pieces.append(said)

    def _item(self, index: int, kind: str) -> JSON:
        return self._items.setdefault(index, {"type": kind, "status": "in_progress"})

    def _part(self, index: int, kind: str, field: str, number: int) -> JSON:
        """Return a part of an item; some hosts announce neither."""
        place = (index, field, number)
        if place not in self._parts:
            item = self._item(index, kind)
            if kind == "message":
                item.setdefault("role", "assistant")
            known = as_array(item.get(field)) or []
            part = as_object(known[number]) if 0 <= number < len(known) else None
            if part is None:
                part = {}
                _append(item, field, [part])
            self._parts[place] = part
        return self._parts[place]


def _append(target: JSON, field: str, values: list[Any]) -> None:
    if values:
        target[field] = [*(as_array(target.get(field)) or ()), *values]


def part_number(event: ResponseStreamEvent, field: str) -> int | None:
    """Return which part of an item's field an event is about, None if it does not say."""
    return event.summary_index if field == "summary" else event.content_index
