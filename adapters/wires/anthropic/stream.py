"""Streamed answers of the Messages API.

https://platform.claude.com/docs/en/build-with-claude/streaming
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from time import time

import msgspec
from msgspec import Struct

from ....pipeline.errors import APIError
from ....pipeline.json_values import as_array
from ....pipeline.port import HTTPResponse
from ....pipeline.schema.model_response import ModelResponseStream
from ....pipeline.schema.parts import (
    Delta,
    DeltaFunction,
    DeltaToolCall,
    StreamingChoice,
    ThinkingBlock,
)
from ...decode.json_body import unreadable
from ...decode.repair import as_chunk
from ...decode.sse import EventReader
from ...provider.row import Provider
from ...structured.forced_tool import ContentRestorer
from .response import (
    RANKS,
    Block,
    Body,
    Extras,
    decode,
    error_of,
    native_content,
    set_finish_reason,
    thinking_block,
    usage_of,
)


class Event(Struct):
    """One event of a streamed answer."""

    type: str = ""
    index: int = 0
    message: Body | None = None
    content_block: Block | None = None
    delta: Block | None = None
    usage: Block | None = None
    error: object = None
    context_management: object = None


_event = msgspec.json.Decoder(Event)


class _Open(Struct):
    """A block whose pieces are still coming; `number` counts blocks of its kind."""

    block: Block
    number: int
    pieces: dict[str, list[str]]

    def add(self, name: str, piece: str) -> None:
        self.pieces.setdefault(name, []).append(piece)

    def whole(self) -> Block:
        """Return the block with its pieces joined."""
        for name, pieces in self.pieces.items():
            if name != "partial_json":
                self.block[name] = (self.block.get(name) or "") + "".join(pieces)
        text = "".join(self.pieces.get("partial_json", ()))
        if text:
            try:
                self.block["input"] = msgspec.json.decode(text)
            except msgspec.DecodeError:
                # Cut off by max_tokens: the call's own pieces keep what there was.
                self.block["input"] = {}
        return self.block


class Decoder:
    """Turns the bytes of a streamed answer into chunks; see `wires.ChunkDecoder`."""

    def __init__(self, provider: Provider, headers: Mapping[str, str]) -> None:
        self.done = False
        self.error: APIError | None = None
        self._provider = provider
        self._headers = headers
        self._events = EventReader()
        self._restorer = ContentRestorer()
        self._head = Body()
        self._created = 0
        self._usage: Block = {}
        self._blocks: list[Block] = []
        self._open: dict[int, _Open] = {}
        self._counts: dict[str, int] = {}
        self._length = 0

    def feed(self, data: bytes) -> list[ModelResponseStream]:
        """Return the chunks that `data` completed."""
        return self._read(self._events.feed(data))

    def close(self) -> list[ModelResponseStream]:
        """Return the chunks of what is left at the end of the body."""
        rest = self._events.rest
        chunks = self._read(self._events.close())
        if not (self._created or self.done or self.error) and rest.strip():
            return self._plain(rest)
        return chunks

    def _plain(self, body: bytes) -> list[ModelResponseStream]:
        """Read a body that is no event stream: an error, or a whole answer."""
        try:
            answer = decode(HTTPResponse(status=200, headers={}, body=body), self._provider)
        except APIError as error:
            self.error = error
            return []
        self.done = True
        return [as_chunk(answer)]

    def _read(self, events: list[tuple[str, bytes]]) -> list[ModelResponseStream]:
        chunks: list[ModelResponseStream] = []
        for _, data in events:
            try:
                chunks.extend(self._take(_event.decode(data), data))
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                self.error = unreadable(data, f"this is no event of an answer ({error})")
            except (KeyError, TypeError, AttributeError) as error:
                self.error = unreadable(data, f"this event lacks something ({error})")
            if self.error is not None or self.done:
                break
        return self._restorer.restore(chunks)

    def _take(self, event: Event, data: bytes) -> Iterable[ModelResponseStream]:
        kind = event.type
        if kind == "content_block_delta":
            return self._piece(self._open[event.index], event.delta or {})
        if kind == "content_block_start":
            return self._start(event.index, event.content_block or {})
        if kind == "content_block_stop":
            return self._stop(event.index)
        if kind == "message_start":
            return self._begin(event.message or Body())
        if kind == "message_delta":
            return self._end(event)
        if kind == "message_stop":
            self.done = True
        elif kind == "error" or event.error is not None:
            self.error = error_of(data, self._headers)
        return []

    def _chunk(self, *choices: StreamingChoice) -> ModelResponseStream:
        head = self._head
        return ModelResponseStream(
            id=head.id, created=self._created, model=head.model, choices=list(choices)
        )

    def _delta(self, delta: Delta) -> list[ModelResponseStream]:
        return [self._chunk(StreamingChoice(delta=delta))]

    def _begin(self, head: Body) -> list[ModelResponseStream]:
        self._head = head
        self._created = int(time())
        self._usage = dict(head.usage or {})
        chunks = self._delta(Delta(role="assistant"))
        chunks[0].service_tier = self._usage.get("service_tier")
        # A turn that goes on after a program's call comes whole.
        for index, block in enumerate(head.content or ()):
            chunks += self._start(index, block)
            chunks += self._stop(index)
        if head.stop_reason is not None:
            whole = {
                "stop_reason": head.stop_reason,
                "stop_sequence": head.stop_sequence,
                "stop_details": head.stop_details,
                "container": head.container,
            }
            chunks += self._end(Event(delta=whole, context_management=head.context_management))
        return chunks

    def _start(self, index: int, block: Block) -> list[ModelResponseStream]:
        kind: str = block["type"]
        count = "thinking" if RANKS.get(kind) == 0 else kind
        number = self._counts.get(count, 0)
        self._counts[count] = number + 1
        self._open[index] = _Open(block, number, {})
        if count == "thinking":
            piece = thinking_block(block)
            piece.index = number
            piece.signature = piece.signature or None
            return self._delta(
                Delta(reasoning_content=piece.thinking or None, thinking_blocks=[piece])
            )
        if kind == "tool_use":
            function = DeltaFunction(name=block["name"], arguments="")
            call = DeltaToolCall(index=number, id=block["id"], type="function", function=function)
            return self._delta(Delta(tool_calls=[call]))
        if kind == "text" and block.get("text"):
            return self._delta(Delta(content=block["text"]))
        return []

    def _piece(self, open_block: _Open, delta: Block) -> list[ModelResponseStream]:
        kind = delta["type"]
        number = open_block.number
        if kind == "text_delta":
            open_block.add("text", delta["text"])
            return self._delta(Delta(content=delta["text"]))
        if kind == "input_json_delta":
            open_block.add("partial_json", delta["partial_json"])
            if open_block.block["type"] != "tool_use" or not delta["partial_json"]:
                return []
            return self._arguments(number, delta["partial_json"])
        if kind == "thinking_delta":
            text = delta["thinking"]
            open_block.add("thinking", text)
            piece = ThinkingBlock(thinking=text, index=number)
            return self._delta(Delta(reasoning_content=text, thinking_blocks=[piece]))
        if kind == "signature_delta":
            open_block.add("signature", delta["signature"])
            piece = ThinkingBlock(signature=delta["signature"], index=number)
            return self._delta(Delta(thinking_blocks=[piece]))
        if kind == "citations_delta":
            known = as_array(open_block.block.get("citations")) or []
            open_block.block["citations"] = [*known, delta["citation"]]
        elif kind == "compaction_delta":
            for name in ("content", "encrypted_content"):
                if delta.get(name):
                    open_block.add(name, delta[name])
        return []

    def _arguments(self, number: int, text: str) -> list[ModelResponseStream]:
        function = DeltaFunction(arguments=text)
        return self._delta(Delta(tool_calls=[DeltaToolCall(index=number, function=function)]))

    def _stop(self, index: int) -> list[ModelResponseStream]:
        open_block = self._open.pop(index)
        streamed = any(open_block.pieces.get("partial_json", ()))
        block = open_block.whole()
        self._blocks.append(block)
        if block["type"] == "tool_use" and not streamed:
            # No pieces came: the call had its input at once, or has none.
            text = msgspec.json.encode(block.get("input") or {}).decode()
            return self._arguments(open_block.number, text)
        if block["type"] != "text":
            return []
        extras = Extras.of_block(block, self._length)
        self._length += len(block.get("text") or "")
        if extras is None:
            return []
        delta = Delta()
        extras.add_to(delta)
        return self._delta(delta)

    def _end(self, event: Event) -> list[ModelResponseStream]:
        """Give the finish reason, and the usage in a chunk of its own as OpenAI does."""
        delta = event.delta or {}
        self._usage.update({k: v for k, v in (event.usage or {}).items() if v is not None})
        choice = StreamingChoice(finish_reason=delta.get("stop_reason"))
        set_finish_reason(
            choice, delta.get("stop_sequence"), delta.get("stop_details"), self._provider
        )
        choice.delta.provider_specific_fields = native_content(self._blocks)
        self._blocks = []
        extras = {
            "container": delta.get("container") or self._head.container,
            "context_management": event.context_management or self._head.context_management,
            "diagnostics": self._head.diagnostics,
        }
        finish, usage = self._chunk(choice), self._chunk()
        finish.service_tier = self._usage.get("service_tier")
        finish.provider_specific_fields = {k: v for k, v in extras.items() if v is not None} or None
        if not self._usage:
            return [finish]
        usage.usage = usage_of(dict(self._usage))
        usage.service_tier = finish.service_tier
        return [finish, usage]
