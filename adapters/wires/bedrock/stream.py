"""Converse's answers in events.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html#API_runtime_ConverseStream_ResponseSyntax
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from ....pipeline.errors import APIError
from ....pipeline.json_values import JSON, as_array, as_object
from ....pipeline.schema.call_info import request_id
from ....pipeline.schema.model_response import ModelResponseStream
from ....pipeline.schema.parts import Delta, DeltaFunction, DeltaToolCall, StreamingChoice
from ...decode.aws_events import AWSEvent, AWSEventReader
from ...decode.dates import read_date
from ...decode.json_body import unreadable
from ...decode.stamps import new_answer_id
from ...provider.row import Provider
from ...structured.forced_tool import ContentRestorer
from .response import (
    annotation,
    beside,
    images_of,
    is_ours,
    map_reason,
    message_fields,
    read_usage,
    thinking_block,
    tier,
)


class Decoder:
    """Turns the bytes of a streamed answer into chunks; see `wires.ChunkDecoder`."""

    def __init__(self, provider: Provider, headers: Mapping[str, str]) -> None:
        self.done = False
        self.error: APIError | None = None
        self._provider = provider
        self._events = AWSEventReader(headers)
        self._restorer = ContentRestorer()
        self._id = request_id(headers) or new_answer_id()
        self._created = read_date(headers)
        self._blocks: dict[int, _OpenBlock] = {}
        self._calls = 0
        self._takers = {
            "messageStart": self._start,
            "contentBlockStart": self._start_block,
            "contentBlockDelta": self._add,
            "contentBlockStop": self._stop_block,
            "messageStop": self._stop,
            "metadata": self._metadata,
        }

    def feed(self, data: bytes) -> list[ModelResponseStream]:
        """Return the chunks that `data` completed."""
        chunks: list[ModelResponseStream] = []
        for event in self._events.feed(data):
            try:
                chunks += self._take(event)
            except msgspec.DecodeError as error:
                self.error = unreadable(event.payload, f"expected JSON in an event ({error})")
                break
        self.error = self.error or self._events.error
        return self._restorer.restore(chunks)

    def close(self) -> list[ModelResponseStream]:
        """Return no chunks: an event that is not whole says nothing."""
        return []

    def _take(self, event: AWSEvent) -> list[ModelResponseStream]:
        taker = self._takers.get(event.name)
        if taker is None:
            return []
        return taker(as_object(msgspec.json.decode(event.payload)) or {})

    def _chunk(self, *choices: StreamingChoice) -> ModelResponseStream:
        return ModelResponseStream(id=self._id, created=self._created, choices=list(choices))

    def _delta(self, delta: Delta) -> list[ModelResponseStream]:
        return [self._chunk(StreamingChoice(delta=delta))]

    def _start(self, body: JSON) -> list[ModelResponseStream]:
        return self._delta(Delta(role=body.get("role") or "assistant"))

    def _block(self, body: JSON) -> _OpenBlock:
        """Return the block that an event is about; not every block has an event of its start."""
        return self._blocks.setdefault(body.get("contentBlockIndex", 0), _OpenBlock())

    def _start_block(self, body: JSON) -> list[ModelResponseStream]:
        block = self._block(body)
        block.start = as_object(body.get("start")) or {}
        use = as_object(block.start.get("toolUse"))
        if use is None or not is_ours(use):
            return []
        block.call = self._calls
        self._calls += 1
        function = DeltaFunction(name=use.get("name"), arguments="")
        piece = DeltaToolCall(
            index=block.call, id=use.get("toolUseId"), type="function", function=function
        )
        return self._delta(Delta(tool_calls=[piece]))

    def _add(self, body: JSON) -> list[ModelResponseStream]:
        delta = as_object(body.get("delta")) or {}
        block = self._block(body)
        block.add(delta)
        if delta.get("text"):
            return self._delta(Delta(content=delta["text"]))
        use = as_object(delta.get("toolUse"))
        if use is not None:
            return self._arguments(block, use.get("input") or "")
        reasoning = as_object(delta.get("reasoningContent"))
        if reasoning is not None:
            return self._reasoning(reasoning, body.get("contentBlockIndex", 0))
        citation = as_object(delta.get("citation"))
        annotations = annotation(citation) if citation is not None else []
        return self._delta(Delta(annotations=annotations)) if annotations else []

    def _arguments(self, block: _OpenBlock, text: str) -> list[ModelResponseStream]:
        if block.call is None or not text:
            return []
        piece = DeltaToolCall(index=block.call, function=DeltaFunction(arguments=text))
        return self._delta(Delta(tool_calls=[piece]))

    def _reasoning(self, reasoning: JSON, index: int) -> list[ModelResponseStream]:
        block = thinking_block(reasoning)
        block.index = index
        return self._delta(Delta(reasoning_content=block.thinking or None, thinking_blocks=[block]))

    def _stop_block(self, body: JSON) -> list[ModelResponseStream]:
        block = self._block(body)
        images = images_of(block.whole() or {})
        if images:
            return self._delta(Delta(images=images))
        # Arguments are JSON, also where the model gave none.
        return [] if block.input else self._arguments(block, "{}")

    def _stop(self, body: JSON) -> list[ModelResponseStream]:
        blocks = [self._blocks[index] for index in sorted(self._blocks)]
        cited = [citation for block in blocks for citation in block.citations]
        fields = message_fields([whole for block in blocks if (whole := block.whole())], cited)
        choice = StreamingChoice(
            delta=Delta(provider_specific_fields=fields or None),
            finish_reason=body.get("stopReason") or "stop",
        )
        map_reason(choice, self._provider)
        chunk = self._chunk(choice)
        chunk.provider_specific_fields = beside(body)
        return [chunk]

    def _metadata(self, body: JSON) -> list[ModelResponseStream]:
        self.done = True
        chunk = self._chunk()
        chunk.usage = read_usage(body.get("usage"))
        chunk.service_tier = tier(body)
        chunk.provider_specific_fields = beside(body)
        return [chunk]


class _OpenBlock:
    """A block whose pieces are still coming."""

    def __init__(self) -> None:
        self.start: JSON = {}
        self.call: int | None = None
        self.input = ""
        self.citations: list[JSON] = []
        self._text: list[str] = []
        self._reasoning: dict[str, str] = {}
        self._results: list[Any] = []
        self._image: JSON = {}

    def add(self, delta: JSON) -> None:
        """Take a piece."""
        if "text" in delta:
            self._text.append(delta["text"] or "")
        self.input += (as_object(delta.get("toolUse")) or {}).get("input") or ""
        for name, piece in (as_object(delta.get("reasoningContent")) or {}).items():
            self._reasoning[name] = self._reasoning.get(name, "") + (piece or "")
        self._results += as_array(delta.get("toolResult")) or []
        citation = as_object(delta.get("citation"))
        if citation is not None:
            self.citations.append(citation)
        self._image |= as_object(delta.get("image")) or {}

    def whole(self) -> JSON | None:
        """Return the block as a whole answer would have it, None for one that says nothing."""
        for kind, rest in (
            ("toolUse", {"input": _decoded(self.input)}),
            ("toolResult", {"content": self._results}),
            ("image", self._image),
        ):
            started = as_object(self.start.get(kind))
            if started is not None:
                return {kind: {**started, **rest}}
        if self._reasoning:
            redacted = "redactedContent" in self._reasoning
            said = {"reasoningText": {"text": "", **self._reasoning}}
            return {"reasoningContent": self._reasoning if redacted else said}
        text = "".join(self._text)
        if self.citations:
            content = {"content": [{"text": text}]} if text else {}
            return {"citationsContent": {**content, "citations": self.citations}}
        return {"text": text} if text else None


def _decoded(arguments: str) -> object:
    try:
        return msgspec.json.decode(arguments or "{}")
    except msgspec.DecodeError:
        return {}
