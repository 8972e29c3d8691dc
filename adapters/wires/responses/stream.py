"""Streams of the Responses API as chunks of a chat completion.

https://platform.openai.com/docs/api-reference/responses-streaming
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeVar

import msgspec

from ....pipeline.json_values import JSON, as_object
from ....pipeline.port import HTTPResponse
from ....pipeline.schema.model_response import ModelResponse, ModelResponseStream
from ....pipeline.schema.parts import (
    ChoiceLogprobs,
    Delta,
    DeltaCustomTool,
    DeltaFunction,
    DeltaToolCall,
    StreamingChoice,
)
from ....pipeline.schema.responses import read_event, read_piece
from ...decode.classify import event_problem
from ...decode.json_body import find_json
from ...decode.sse import Event, EventReader
from ...decode.stream_decoder import StreamDecoder
from ...decode.typed import convert_as, decode_as
from ...provider.row import Provider
from .response import (
    MessageReader,
    chat_annotation,
    decode,
    image_of,
    native_fields,
    other_fields,
    raise_failure,
    read_error,
    read_logprobs,
    read_usage,
    set_finish_reason,
)
from .schema import (
    AnnotationAdded,
    CustomToolCallItem,
    EventKind,
    FunctionCallItem,
    ImageGenerationItem,
    ItemEvent,
    ResponseEvent,
    TextDelta,
)

T = TypeVar("T")

_TEXT_DELTA = "response.output_text.delta"
#: Where a chunk keeps the event that it came from.
NATIVE_EVENT = "_native_event"
#: Where such a chunk keeps whether any piece of text came so far; pieces of text do not.
HAD_TEXT = "_had_text"

_kind = msgspec.json.Decoder(EventKind)
_text = msgspec.json.Decoder(TextDelta)
_item = msgspec.json.Decoder(ItemEvent)
_annotation = msgspec.json.Decoder(AnnotationAdded)
_response = msgspec.json.Decoder(ResponseEvent)


class _OpenCall(msgspec.Struct):
    """A tool call whose pieces are still coming; `number` counts the calls of the response."""

    number: int
    custom: bool
    streamed: bool = False


class Decoder(StreamDecoder[Event]):
    """Turns the events of a streamed response into chunks; see `wire.ChunkDecoder`.

    Events without a meaning in chat completions, and unknown ones, give no chunk.

    Attributes:
        origin: who makes the items, "" if nobody said so; see origin.py.
    """

    def __init__(self, provider: Provider, headers: Mapping[str, str]) -> None:
        super().__init__(EventReader(), partial(_decode_plain, provider, headers))
        self.origin = ""
        self._provider = provider
        self._headers = headers
        self._head = ModelResponseStream()
        self._calls: dict[int, _OpenCall] = {}
        self._items: dict[int, JSON] = {}
        self._starts: dict[tuple[int, int], int] = {}
        self._length = 0
        self._refused = False
        self._readers: dict[str, Callable[[bytes], list[ModelResponseStream]]] = {
            "response.created": self._begin,
            _TEXT_DELTA: self._add_text,
            "response.output_text.annotation.added": self._add_annotation,
            "response.refusal.delta": self._add_refusal,
            "response.reasoning_summary_text.delta": self._add_reasoning,
            "response.reasoning_text.delta": self._add_reasoning,
            "response.output_item.added": self._add_item,
            "response.output_item.done": self._end_item,
            "response.function_call_arguments.delta": self._add_arguments,
            "response.custom_tool_call_input.delta": self._add_input,
            "response.completed": self._end,
            "response.incomplete": self._end,
            "response.failed": self._fail,
            "response.cancelled": self._end,
            "error": self._fail,
        }

    def read(self, event: Event) -> list[ModelResponseStream]:
        """Return the chunks of an event."""
        name, data = event
        if name == _TEXT_DELTA:
            # Most events are such, so they are decoded once.
            return self._add_text(data)
        if is_end_marker(data):
            # OpenAI's own streams have no such marker; some hosts add it.
            self.done = True
            return []
        kind = decode_as(_kind, data, "an event of a response").type or name
        reader = self._readers.get(kind)
        if reader is not None:
            return reader(data)
        if not kind.startswith("response.") and _is_failure(data):
            return self._fail(data)
        return []

    def _chunk(self, *choices: StreamingChoice) -> list[ModelResponseStream]:
        head = self._head
        chunk = ModelResponseStream(
            id=head.id, created=head.created, model=head.model, choices=list(choices)
        )
        return [chunk]

    def _delta(self, delta: Delta) -> list[ModelResponseStream]:
        return self._chunk(StreamingChoice(delta=delta))

    def _begin(self, data: bytes) -> list[ModelResponseStream]:
        body = decode_as(_response, data, "the beginning of a response").response
        raise_failure(body, data, self._headers)
        self._head = ModelResponseStream(
            id=body.id, created=int(body.created_at or 0), model=body.model or ""
        )
        return self._delta(Delta(role="assistant"))

    def _add_text(self, data: bytes) -> list[ModelResponseStream]:
        event = decode_as(_text, data, "a piece of text")
        place = (event.output_index, event.content_index)
        return self._text_chunk(event.delta, place, event.logprobs, data)

    def _text_chunk(
        self, text: str, place: tuple[int, int], logprobs: list[JSON] | None, data: bytes
    ) -> list[ModelResponseStream]:
        """Return the chunk of a piece of text; `place` is that of its item and part."""
        if place not in self._starts:
            self._starts[place] = self._length
        self._length += len(text)
        choice = StreamingChoice(delta=Delta(content=text))
        if logprobs:
            choice.logprobs = ChoiceLogprobs(content=read_logprobs(logprobs, data))
        head = self._head
        chunk = ModelResponseStream(
            id=head.id, created=head.created, model=head.model, choices=[choice]
        )
        return [chunk]

    def _add_annotation(self, data: bytes) -> list[ModelResponseStream]:
        event = decode_as(_annotation, data, "an annotation")
        start = self._starts.get((event.output_index, event.content_index), 0)
        return self._delta(Delta(annotations=[chat_annotation(event.annotation, start)]))

    def _add_refusal(self, data: bytes) -> list[ModelResponseStream]:
        self._refused = True
        return self._delta(Delta(refusal=decode_as(_text, data, "a refusal").delta))

    def _add_reasoning(self, data: bytes) -> list[ModelResponseStream]:
        text = decode_as(_text, data, "a piece of reasoning").delta
        return self._delta(Delta(reasoning_content=text))

    def _add_item(self, data: bytes) -> list[ModelResponseStream]:
        event = decode_as(_item, data, "an item")
        match event.item.get("type"):
            case "function_call":
                item = self._as(event.item, FunctionCallItem, data)
                function = DeltaFunction(name=item.name, arguments="")
                piece = DeltaToolCall(id=item.call_id, type="function", function=function)
                return self._start_call(event.output_index, piece)
            case "custom_tool_call":
                called = self._as(event.item, CustomToolCallItem, data)
                custom = DeltaCustomTool(name=called.name, input="")
                piece = DeltaToolCall(id=called.call_id, type="custom", custom=custom)
                return self._start_call(event.output_index, piece)
            case _:
                return []

    def _as(self, item: JSON, kind: type[T], data: bytes) -> T:
        return convert_as(item, kind, data, f"an item of type {item.get('type')!r}")

    def _start_call(self, output_index: int, piece: DeltaToolCall) -> list[ModelResponseStream]:
        call = _OpenCall(number=len(self._calls), custom=piece.type == "custom")
        self._calls[output_index] = call
        piece.index = call.number
        return self._delta(Delta(tool_calls=[piece]))

    def _add_arguments(self, data: bytes) -> list[ModelResponseStream]:
        event = decode_as(_text, data, "a piece of a call's arguments")
        return self._add_to_call(event.output_index, event.delta)

    def _add_input(self, data: bytes) -> list[ModelResponseStream]:
        event = decode_as(_text, data, "a piece of a custom call's input")
        return self._add_to_call(event.output_index, event.delta)

    def _add_to_call(self, output_index: int, text: str) -> list[ModelResponseStream]:
        call = self._calls.get(output_index)
        if call is None or not text:
            return []
        call.streamed = True
        piece = DeltaToolCall(index=call.number)
        if call.custom:
            piece.custom = DeltaCustomTool(input=text)
        else:
            piece.function = DeltaFunction(arguments=text)
        return self._delta(Delta(tool_calls=[piece]))

    def _end_item(self, data: bytes) -> list[ModelResponseStream]:
        event = decode_as(_item, data, "an item")
        item = event.item
        self._items[event.output_index] = item
        kind = item.get("type")
        if kind == "image_generation_call":
            images = image_of(self._as(item, ImageGenerationItem, data))
            return self._delta(Delta(images=images)) if images else []
        if kind not in ("function_call", "custom_tool_call"):
            return []
        chunks: list[ModelResponseStream] = []
        if event.output_index not in self._calls:
            chunks += self._add_item(data)
        if not self._calls[event.output_index].streamed:
            whole = self._whole_input(item, data)
            # A call without arguments has the empty object, as in a plain response.
            chunks += self._add_to_call(event.output_index, whole)
        return chunks

    def _whole_input(self, item: JSON, data: bytes) -> str:
        if item.get("type") == "custom_tool_call":
            return self._as(item, CustomToolCallItem, data).input
        return self._as(item, FunctionCallItem, data).arguments or "{}"

    def _fail(self, data: bytes) -> list[ModelResponseStream]:
        raise read_error(data, self._headers)

    def _end(self, data: bytes) -> list[ModelResponseStream]:
        body = decode_as(_response, data, "the end of a response").response
        raise_failure(body, data, self._headers)
        self.done = True
        # Some hosts leave out of the last event what they have sent before.
        items = body.output or [self._items[index] for index in sorted(self._items)]
        chunks = self._missed_text(items, data) if self._items else self._missed(items, data)
        choice = StreamingChoice(
            delta=Delta(provider_specific_fields=native_fields(items, self.origin))
        )
        set_finish_reason(choice, body, self._provider, called=bool(self._calls))
        chunks += self._chunk(choice)
        chunks[-1].provider_specific_fields = other_fields(body)
        usage = read_usage(body.usage, data)
        if usage is not None:
            # In a chunk of its own, which only callers see who asked for usage.
            chunks += self._chunk()
            chunks[-1].usage = usage
        for chunk in chunks:
            chunk.service_tier = body.service_tier
        return chunks

    def _missed_text(self, items: list[JSON], data: bytes) -> list[ModelResponseStream]:
        """Return the chunk of messages that came whole, without any piece before."""
        if self._length or self._refused:
            return []
        reader = MessageReader(data)
        for item in items:
            if item.get("type") == "message":
                reader.add(item)
        message = reader.done()
        if not message.content and not message.refusal:
            return []
        return self._delta(
            Delta(
                content=message.content,
                refusal=message.refusal,
                annotations=message.annotations,
            )
        )

    def _missed(self, items: list[JSON], data: bytes) -> list[ModelResponseStream]:
        """Return the chunks of items that no earlier event brought."""
        if self._length or not items:
            return []
        reader = MessageReader(data)
        for item in items:
            reader.add(item)
        message = reader.done()
        for number, call in enumerate(message.tool_calls or ()):
            self._calls[-1 - number] = _OpenCall(number=number, custom=call.custom is not None)
        delta = msgspec.convert(
            {
                name: value
                for name, value in message.model_dump(exclude_none=True).items()
                if name in Delta.__struct_fields__ and name != "provider_specific_fields"
            },
            Delta,
        )
        for number, piece in enumerate(delta.tool_calls or ()):
            piece.index = number
        return self._delta(delta)


class NativeDecoder(Decoder):
    """Keeps each event with the chunks that it gave, for callers who speak this API.

    An event that means nothing in chat completions gives a chunk without choices.
    """

    def read(self, event: Event) -> list[ModelResponseStream]:
        """Return the chunks of an event."""
        name, data = event
        piece = read_piece(data) if name == _TEXT_DELTA else None
        if piece is not None and isinstance(piece.delta, str):
            place = (piece.output_index or 0, piece.content_index or 0)
            chunks = self._text_chunk(piece.delta, place, piece.logprobs, data)
            vars(chunks[0])[NATIVE_EVENT] = piece
            return chunks
        chunks = super().read(event)
        if not is_end_marker(data):
            chunks = chunks or self._chunk()
            state = vars(chunks[0])
            state[NATIVE_EVENT] = read_event(data)
            state[HAD_TEXT] = self._length > 0
        return chunks


def _is_failure(data: bytes) -> bool:
    """Return whether an event of another kind is an error; hosts have many shapes for these."""
    return event_problem(as_object(find_json(data)) or {}) is not None


def is_end_marker(data: bytes) -> bool:
    """Return whether the data of an event is the marker that ends streams of other APIs."""
    return data[:1] != b"{" and data.strip() == b"[DONE]"


def _decode_plain(provider: Provider, headers: Mapping[str, str], body: bytes) -> ModelResponse:
    return decode(HTTPResponse(status=200, headers=headers, body=body), provider)
