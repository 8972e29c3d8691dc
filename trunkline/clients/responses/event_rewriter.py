"""Native events of a response with what a middleware changed in their chunks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter

from ...adapters.wires.responses.stream import HAD_TEXT
from ...pipeline.json_values import JSON, as_array, as_object
from ...pipeline.schema.model_response import ModelResponseStream
from ...pipeline.schema.parts import Delta
from ...pipeline.schema.responses import ResponseStreamEvent
from .fold import PIECES, part_number

#: Item, field of the item, and position in the field, if it is a list.
_Place = tuple[object, str, object]
_Read = Callable[[Delta], str | None]


def _arguments(delta: Delta) -> str | None:
    function = delta.tool_calls[0].function if delta.tool_calls else None
    return function.arguments if function is not None else None


def _input(delta: Delta) -> str | None:
    custom = delta.tool_calls[0].custom if delta.tool_calls else None
    return custom.input if custom is not None else None


#: What the chunk of an event says, by the event's kind; other events have no text in their chunks.
_READERS: Mapping[str, _Read] = {
    "response.output_text": attrgetter("content"),
    "response.refusal": attrgetter("refusal"),
    "response.reasoning_text": attrgetter("reasoning_content"),
    "response.reasoning_summary_text": attrgetter("reasoning_content"),
    "response.function_call_arguments": _arguments,
    "response.custom_tool_call_input": _input,
}
_DELTAS = {f"{kind}.delta": read for kind, read in _READERS.items()}
_PARTS = {
    "response.content_part.done": "content",
    "response.reasoning_summary_part.done": "summary",
}
_ENDS = frozenset({"response.completed", "response.incomplete"})


class EventRewriter:
    """Rewrites events where their chunks differ, and those that repeat their texts later."""

    def __init__(self) -> None:
        # The pieces of text that were handed out; those that were sorted are in `_texts`.
        self._pieces: list[ResponseStreamEvent] = []
        self._texts: dict[_Place, list[str]] = {}
        self._changed = False

    def rewrite(
        self, event: ResponseStreamEvent, chunk: ModelResponseStream
    ) -> ResponseStreamEvent:
        """Return an event that says what its chunk says."""
        read = _DELTAS.get(event.type)
        if read is not None:
            if not chunk.choices:
                # It means nothing in chat completions, such as a piece of an unknown call.
                return event
            said = read(chunk.choices[0].delta) or ""
            if said != event.delta:
                self._changed = True
                event = event.model_copy(update={"delta": said})
            self._pieces.append(event)
            return event
        kind, _, phase = event.type.rpartition(".")
        if phase == "done" and kind in _READERS:
            self._compare(event, kind, chunk)
        if self._changed and phase in ("done", "completed", "incomplete"):
            self._sort_pieces()
            return ResponseStreamEvent.of(self._rewrite_end(event, kind))
        return event

    def _compare(self, event: ResponseStreamEvent, kind: str, chunk: ModelResponseStream) -> None:
        """Compare the end of a text with its pieces: those a middleware left out are missing."""
        piece = PIECES[kind]
        index, part, summary = event.output_index, event.content_index, event.summary_index
        own = [
            each.delta
            for each in self._pieces
            if each.output_index == index
            and each.content_index == part
            and each.summary_index == summary
        ]
        is_alone = len(own) == len(self._pieces)
        if is_alone and not self._changed and "".join(own) == event.get(piece.key):
            # Most texts are not changed, and come one after the other.
            self._pieces.clear()
            return
        self._sort_pieces()
        if kind == "response.output_text" and vars(chunk).get(HAD_TEXT):
            said = "".join(self._texts.setdefault(_place(event, piece.field), []))
            self._changed = self._changed or said != event.text

    def _sort_pieces(self) -> None:
        """Sort the pieces by where they belong."""
        for event in self._pieces:
            field = PIECES[event.type.removesuffix(".delta")].field
            self._texts.setdefault(_place(event, field), []).append(event.delta)
        self._pieces.clear()

    def _rewrite_end(self, event: ResponseStreamEvent, kind: str) -> JSON:
        """Return an event that repeats texts, with the texts that were handed out."""
        fields = event.model_dump()
        if kind in _READERS:
            name, place = PIECES[kind].key, _place(event, PIECES[kind].field)
            return {**fields, name: self._text(place, fields.get(name))}
        if event.type in _PARTS:
            part = as_object(fields.get("part")) or {}
            return {**fields, "part": self._part(part, _place(event, _PARTS[event.type]))}
        if event.type == "response.output_item.done":
            item = as_object(fields.get("item")) or {}
            return {**fields, "item": self._item(item, event.output_index)}
        if event.type in _ENDS:
            response = as_object(fields.get("response")) or {}
            items = [as_object(item) or {} for item in as_array(response.get("output")) or ()]
            output = [self._item(item, number) for number, item in enumerate(items)]
            return {**fields, "response": {**response, "output": output}}
        return fields

    def _item(self, item: JSON, index: object) -> JSON:
        changed = dict(item)
        for field in ("content", "summary"):
            parts = as_array(item.get(field))
            if parts is not None:
                changed[field] = [
                    self._part(as_object(part) or {}, (index, field, number))
                    for number, part in enumerate(parts)
                ]
        for field in ("arguments", "input"):
            if field in item:
                changed[field] = self._text((index, field, None), item[field])
        return changed

    def _part(self, part: JSON, place: _Place) -> JSON:
        name = "refusal" if "refusal" in part else "text"
        return {**part, name: self._text(place, part[name])} if name in part else part

    def _text(self, place: _Place, given: object) -> object:
        pieces = self._texts.get(place)
        return given if pieces is None else "".join(pieces)


def _place(event: ResponseStreamEvent, field: str) -> _Place:
    number = None if field in ("arguments", "input") else part_number(event, field)
    return (event.output_index, field, number)
