"""Streams of Converse.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html#API_runtime_ConverseStream_ResponseSyntax
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from ....pipeline.json_values import JSON, as_object
from ....pipeline.port import HTTPResponse
from ....pipeline.schema.call_info import request_id
from ....pipeline.schema.model_response import ModelResponse, ModelResponseStream
from ....pipeline.schema.parts import (
    Delta,
    DeltaFunction,
    DeltaToolCall,
    StreamingChoice,
    ThinkingBlock,
)
from ...decode.aws_events import AWSEvent, AWSEventReader
from ...decode.dates import read_date
from ...decode.json_body import read_object
from ...decode.stamps import new_answer_id
from ...decode.stream_decoder import StreamDecoder
from ...decode.typed import convert_as, decode_as
from ...provider.row import Provider
from ...structured.forced_tool import ContentRestorer
from .open_block import OpenBlock
from .response import (
    annotations_of,
    decode,
    images_of,
    map_reason,
    message_fields,
    other_fields,
    read_usage,
)
from .schema import (
    Block,
    BlockStart,
    ContentBlockDelta,
    ContentBlockStart,
    ContentBlockStop,
    MessageStart,
    MessageStop,
    Metadata,
    ReasoningDelta,
)

_message_start = msgspec.json.Decoder(MessageStart)
_block_start = msgspec.json.Decoder(ContentBlockStart)
_block_delta = msgspec.json.Decoder(ContentBlockDelta)
_block_stop = msgspec.json.Decoder(ContentBlockStop)

Chunks = list[ModelResponseStream]


class Decoder(StreamDecoder[AWSEvent]):
    """Turns the bytes of a stream into chunks; see `wire.ChunkDecoder`."""

    def __init__(self, provider: Provider, headers: Mapping[str, str]) -> None:
        super().__init__(AWSEventReader(headers), self._decode_plain)
        self._provider = provider
        self._headers = headers
        self._restorer = ContentRestorer()
        self._id = request_id(headers) or new_answer_id()
        self._created = read_date(headers)
        self._blocks: dict[int, OpenBlock] = {}
        self._calls = 0
        # By the events' types; newer ones are left out.
        self._readers: dict[str, Callable[[bytes], Chunks]] = {
            "messageStart": self._start,
            "contentBlockStart": self._start_block,
            "contentBlockDelta": self._add,
            "contentBlockStop": self._stop_block,
            "messageStop": self._stop,
            "metadata": self._metadata,
        }

    def _decode_plain(self, body: bytes) -> ModelResponse:
        return decode(HTTPResponse(status=200, headers=self._headers, body=body), self._provider)

    def read(self, event: AWSEvent) -> Chunks:
        """Return the chunks of an event."""
        if event.error is not None:
            raise event.error
        reader = self._readers.get(event.name)
        chunks = [] if reader is None else reader(event.payload)
        return self._restorer.restore(chunks) if self._calls else chunks

    def _chunk(self, choices: list[StreamingChoice]) -> ModelResponseStream:
        return ModelResponseStream(id=self._id, created=self._created, choices=choices)

    def _delta(self, delta: Delta) -> Chunks:
        choices = [StreamingChoice(delta=delta)]
        return [ModelResponseStream(id=self._id, created=self._created, choices=choices)]

    def _start(self, payload: bytes) -> Chunks:
        event = decode_as(_message_start, payload, "a messageStart event")
        return self._delta(Delta(role=event.role or "assistant"))

    def _block(self, index: int) -> OpenBlock:
        """Return the block that an event is about; not every block has an event of its start."""
        block = self._blocks.get(index)
        if block is None:
            block = self._blocks[index] = OpenBlock()
        return block

    def _start_block(self, payload: bytes) -> Chunks:
        event = decode_as(_block_start, payload, "a contentBlockStart event")
        block = self._block(event.content_block_index)
        block.start = event.start or {}
        use = convert_as(block.start, BlockStart, payload, "the start of a block").tool_use
        if use is None or not use.is_for_caller:
            return []
        block.call = self._calls
        self._calls += 1
        function = DeltaFunction(name=use.name, arguments="")
        piece = DeltaToolCall(
            index=block.call, id=use.tool_use_id, type="function", function=function
        )
        return self._delta(Delta(tool_calls=[piece]))

    def _add(self, payload: bytes) -> Chunks:
        event = decode_as(_block_delta, payload, "a contentBlockDelta event")
        delta = event.delta
        if delta is None:
            return []
        block = self._block(event.content_block_index)
        block.add(delta)
        if delta.text:
            return self._delta(Delta(content=delta.text))
        if delta.tool_use is not None:
            return self._arguments(block, delta.tool_use.input or "")
        if delta.reasoning_content is not None:
            return self._reasoning(delta.reasoning_content, event.content_block_index)
        if delta.citation is not None:
            annotations = annotations_of([delta.citation], payload)
            return self._delta(Delta(annotations=annotations)) if annotations else []
        return []

    def _arguments(self, block: OpenBlock, text: str) -> Chunks:
        if block.call is None or not text:
            return []
        piece = DeltaToolCall(index=block.call, function=DeltaFunction(arguments=text))
        return self._delta(Delta(tool_calls=[piece]))

    def _reasoning(self, piece: ReasoningDelta, index: int) -> Chunks:
        if piece.redacted_content is not None:
            block = ThinkingBlock(
                type="redacted_thinking", data=piece.redacted_content, index=index
            )
        else:
            block = ThinkingBlock(thinking=piece.text, signature=piece.signature, index=index)
        return self._delta(Delta(reasoning_content=block.thinking or None, thinking_blocks=[block]))

    def _stop_block(self, payload: bytes) -> Chunks:
        event = decode_as(_block_stop, payload, "a contentBlockStop event")
        block = self._block(event.content_block_index)
        if as_object(block.start.get("image")) is not None:
            whole = convert_as(block.whole(), Block, payload, "an image")
            images = images_of(whole.image)
            return self._delta(Delta(images=images)) if images else []
        # Arguments are JSON even where the model gave none.
        return [] if block.has_input else self._arguments(block, "{}")

    def _stop(self, payload: bytes) -> Chunks:
        body = read_object(payload)
        event = convert_as(body, MessageStop, payload, "a messageStop event")
        opened = [self._blocks[index] for index in sorted(self._blocks)]
        sent: list[JSON] = [whole for block in opened if (whole := block.whole())]
        cited = [citation for block in opened for citation in block.citations]
        blocks = convert_as(sent, list[Block], payload, "content blocks")
        fields = message_fields(blocks, sent, cited)
        choice = StreamingChoice(
            delta=Delta(provider_specific_fields=fields or None),
            finish_reason=event.stop_reason or "stop",
        )
        map_reason(choice, self._provider)
        chunk = self._chunk([choice])
        chunk.provider_specific_fields = other_fields(body)
        return [chunk]

    def _metadata(self, payload: bytes) -> Chunks:
        body = read_object(payload)
        event = convert_as(body, Metadata, payload, "a metadata event")
        self.done = True
        chunk = self._chunk([])
        chunk.usage = read_usage(event.usage, payload)
        chunk.service_tier = event.service_tier.type if event.service_tier is not None else None
        chunk.provider_specific_fields = other_fields(body)
        return [chunk]
