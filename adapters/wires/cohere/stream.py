"""Streams of Cohere.

https://docs.cohere.com/reference/chat-stream
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from ....pipeline.errors import APIResponseValidationError
from ....pipeline.json_values import as_array, as_object
from ....pipeline.port import HTTPResponse
from ....pipeline.schema.model_response import ModelResponse, ModelResponseStream
from ....pipeline.schema.parts import (
    Delta,
    DeltaFunction,
    DeltaToolCall,
    StreamingChoice,
    ThinkingBlock,
)
from ...decode.classify import event_problem, make_error, read_problem
from ...decode.dates import read_date
from ...decode.finish_reasons import map_finish_reason
from ...decode.json_body import read_json, unreadable
from ...decode.open_calls import OpenCalls
from ...decode.sse import Event as ServerSentEvent
from ...decode.sse import EventReader
from ...decode.stream_decoder import StreamDecoder
from ...decode.typed import convert_as, decode_as
from ...provider.row import Provider
from .response import CODES, FAILURES, annotations_of, decode, failure_of, read_logprobs, read_usage
from .schema import (
    EVENT_TYPES,
    CitationStart,
    ContentDelta,
    End,
    Event,
    EventType,
    MessageEnd,
    MessageStart,
    ToolCallDelta,
    ToolCallStart,
    ToolPlanDelta,
)

Chunks = list[ModelResponseStream]

_event: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)
_event_type = msgspec.json.Decoder(EventType)


class Decoder(StreamDecoder[ServerSentEvent]):
    """Turns the bytes of a stream into chunks; see `wire.ChunkDecoder`."""

    def __init__(self, provider: Provider, headers: Mapping[str, str]) -> None:
        super().__init__(EventReader(), self._decode_plain)
        self._provider = provider
        self._headers = headers
        self._id = ""
        self._created = read_date(headers)
        self._plan: list[str] = []
        self._calls = OpenCalls()
        self._begun = False

    def _decode_plain(self, body: bytes) -> ModelResponse:
        return decode(HTTPResponse(status=200, headers=self._headers, body=body), self._provider)

    def read(self, event: ServerSentEvent) -> Chunks:
        """Return the chunks of an event."""
        _, data = event
        try:
            native = _event.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            self._read_other(data, error)
            return []
        return self._read_known(native, data)

    def _read_other(self, data: bytes, error: Exception) -> None:
        """Read what is not an event of a known type: the end marker, or an event to leave out.

        Raises:
            APIResponseValidationError: it is an event of a known type with other fields.
            APIError: it is an error.
        """
        if data.strip() == b"[DONE]":
            self.done = True
            if not self._begun:
                raise APIResponseValidationError("the stream ended before it began")
            return
        kind = decode_as(_event_type, data, "an event of Cohere").type
        fields = read_json(data)
        problem = event_problem(as_object(fields) or {}) if kind else read_problem(fields)
        if problem is not None:
            raise make_error(problem, None, self._headers, CODES)
        if kind in EVENT_TYPES:
            raise unreadable(data, f"expected a {kind} event of Cohere ({error})") from error

    def _read_known(self, event: Event, data: bytes) -> Chunks:
        self._begun = True
        match event:
            case ContentDelta():
                chunks = self._content(event)
            case ToolCallDelta():
                chunks = self._arguments(event)
            case ToolPlanDelta():
                chunks = self._tool_plan(event.delta.message.tool_plan)
            case ToolCallStart():
                chunks = self._tool_call(event)
            case CitationStart():
                chunks = self._citation(event, data)
            case MessageStart():
                chunks = self._start(event)
            case MessageEnd():
                chunks = self._end(event, data)
        return chunks

    def _chunk(self, delta: Delta, **fields: Any) -> Chunks:
        choice = StreamingChoice(delta=delta, **fields)
        return [ModelResponseStream(id=self._id, created=self._created, choices=[choice])]

    def _start(self, event: MessageStart) -> Chunks:
        self._id = event.id or ""
        return self._chunk(Delta(role="assistant"))

    def _content(self, event: ContentDelta) -> Chunks:
        content = event.delta.message.content
        if content.thinking:
            block = ThinkingBlock(thinking=content.thinking, index=event.index)
            return self._chunk(Delta(reasoning_content=content.thinking, thinking_blocks=[block]))
        if content.text is None:
            return []
        scored = () if event.logprobs is None else (event.logprobs,)
        return self._chunk(Delta(content=content.text), logprobs=read_logprobs(scored))

    def _tool_plan(self, text: str) -> Chunks:
        self._plan.append(text)
        return self._chunk(Delta(reasoning_content=text))

    def _tool_call(self, event: ToolCallStart) -> Chunks:
        call = event.delta.message.tool_calls
        function = DeltaFunction(name=call.function.name, arguments=call.function.arguments)
        piece = DeltaToolCall(index=event.index, id=call.id, type="function", function=function)
        return self._piece(piece)

    def _arguments(self, event: ToolCallDelta) -> Chunks:
        piece = event.delta.message.tool_calls.function
        function = DeltaFunction(arguments=piece.arguments if piece is not None else None)
        return self._piece(DeltaToolCall(index=event.index, function=function))

    def _piece(self, piece: DeltaToolCall) -> Chunks:
        self._calls.add([piece])
        return self._chunk(Delta(tool_calls=[piece]))

    def _citation(self, event: CitationStart, data: bytes) -> Chunks:
        found = event.delta.message.citations
        citations = as_array(found) or [found]
        return self._chunk(
            Delta(
                annotations=annotations_of(citations, data) or None,
                provider_specific_fields={"citations": citations},
            )
        )

    def _end(self, event: MessageEnd, data: bytes) -> Chunks:
        fields = event.delta or {}
        end = convert_as(fields, End, data, "a message-end event of Cohere")
        if end.finish_reason in FAILURES:
            raise failure_of(end.finish_reason, end, fields, self._headers)
        plan = "".join(self._plan)
        chunks = self._chunk(
            Delta(provider_specific_fields={"tool_plan": plan} if plan else None),
            finish_reason=end.finish_reason,
        )
        map_finish_reason(chunks[0].choices[0], self._provider.finish_reasons)
        self._calls.finish(chunks[0].choices[0].delta)
        usage = read_usage(end.usage, data)
        if usage is not None:
            chunks.append(ModelResponseStream(id=self._id, created=self._created, usage=usage))
        return chunks
