"""Streams of the Messages API.

https://platform.claude.com/docs/en/build-with-claude/streaming
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from time import time

from ....pipeline.errors import APIError
from ....pipeline.json_values import JSON, as_object
from ....pipeline.schema.model_response import ModelResponseStream
from ....pipeline.schema.parts import (
    Delta,
    DeltaFunction,
    DeltaToolCall,
    StreamingChoice,
    ThinkingBlock,
)
from ...decode.classify import event_problem
from ...decode.json_body import find_json, unreadable
from ...decode.sse import Event, EventReader
from ...decode.stream_decoder import StreamDecoder
from ...provider.row import Provider
from ...structured.forced_tool import ContentRestorer
from . import schema
from .blocks import (
    SentBlock,
    add_citations,
    arguments_of,
    native_content,
    read_block,
    thinking_block,
)
from .errors import error_of
from .events import read_event
from .open_block import OpenBlock, unstarted_block
from .response import decode_message, present, read_counts, set_finish_reason, usage_of
from .schema import ContentBlockDeltaEvent, InputJSONDelta, TextDelta, ThinkingDelta


class Decoder(StreamDecoder[Event]):
    """Turns the bytes of a streamed message into chunks; see `StreamDecoder`."""

    def __init__(self, provider: Provider, headers: Mapping[str, str]) -> None:
        plain = partial(decode_message, headers=headers, provider=provider)
        super().__init__(EventReader(), plain)
        self._provider = provider
        self._headers = headers
        self._restorer = ContentRestorer()
        self._head = schema.Message()
        self._id = ""
        self._model = ""
        self._created = 0
        self._usage: JSON = {}
        self._blocks: list[SentBlock] = []
        self._open: dict[int, OpenBlock] = {}
        self._numbers: dict[type[schema.ContentBlock], int] = {}
        self._has_calls = False
        self._length = 0

    def read_all(self, events: Sequence[Event]) -> list[ModelResponseStream]:
        """Return the chunks of several events; the input of a forced tool becomes content."""
        chunks = super().read_all(events)
        return self._restorer.restore(chunks) if self._has_calls else chunks

    def read(self, event: Event) -> list[ModelResponseStream]:
        """Return the chunks of an event."""
        data = event[1]
        found = read_event(data)
        if isinstance(found, ContentBlockDeltaEvent):
            block = self._open.get(found.index)
            return (
                self._add_unstarted(found, data)
                if block is None or block.is_guessed
                else self._add(block, found.delta, data)
            )
        if isinstance(found, schema.ContentBlockStartEvent):
            return self._start(found.index, read_block(found.content_block, data))
        if isinstance(found, schema.ContentBlockStopEvent):
            return self._stop(found.index)
        if isinstance(found, schema.MessageStartEvent):
            return self._begin(found.message, data)
        if isinstance(found, schema.MessageDeltaEvent):
            return self._end(found, data)
        if isinstance(found, schema.MessageStopEvent):
            self.done = True
        elif isinstance(found, schema.ErrorEvent) or _is_error(found, event):
            raise error_of(data, self._headers)
        return []

    def _chunk(self, delta: Delta) -> list[ModelResponseStream]:
        choices = [StreamingChoice(delta=delta)]
        chunk = ModelResponseStream(
            id=self._id, created=self._created, model=self._model, choices=choices
        )
        return [chunk]

    def _begin(self, head: schema.Message, data: bytes) -> list[ModelResponseStream]:
        self._head = head
        self._id, self._model = head.id or "", head.model or ""
        self._created = int(time())
        self._usage = dict(head.usage or {})
        chunks = self._chunk(Delta(role="assistant"))
        chunks[0].service_tier = read_counts(self._usage, data).service_tier
        # If the turn goes on after a program's call, its earlier blocks come here.
        for index, fields in enumerate(head.content or ()):
            chunks += self._start(index, read_block(fields, data))
            chunks += self._stop(index)
        if head.stop_reason is not None:
            end = schema.MessageChange(head.stop_reason, head.stop_sequence, head.stop_details)
            chunks += self._end(schema.MessageDeltaEvent(end), data)
        return chunks

    def _start(self, index: int, sent: SentBlock) -> list[ModelResponseStream]:
        """Start a block, which ends one of the same index and one without a start."""
        chunks = [] if self._created else self._begin(schema.Message(), b"")
        for other, block in list(self._open.items()):
            if other == index or block.is_guessed:
                chunks += self._stop(other)
        return chunks + self._start_alone(index, sent)

    def _start_alone(self, index: int, sent: SentBlock) -> list[ModelResponseStream]:
        block = sent.block
        number = self._count(block)
        self._open[index] = OpenBlock(sent, number)
        if isinstance(block, schema.ThinkingBlock | schema.RedactedThinkingBlock):
            piece = thinking_block(block)
            piece.index = number
            piece.signature = piece.signature or None
            text = piece.thinking or None
            return self._chunk(Delta(reasoning_content=text, thinking_blocks=[piece]))
        if isinstance(block, schema.ToolUseBlock):
            self._has_calls = True
            function = DeltaFunction(name=block.name, arguments="")
            call = DeltaToolCall(index=number, id=block.id, type="function", function=function)
            return self._chunk(Delta(tool_calls=[call]))
        if isinstance(block, schema.TextBlock) and block.text:
            return self._chunk(Delta(content=block.text))
        return []

    def _add_unstarted(
        self, event: ContentBlockDeltaEvent, data: bytes
    ) -> list[ModelResponseStream]:
        """Add a piece to a block whose start a server left out."""
        sent = unstarted_block(event.delta)
        if sent is None:
            raise _not_started(event.index, data)
        chunks: list[ModelResponseStream] = []
        block = self._open.get(event.index)
        if block is None or type(block.sent.block) is not type(sent.block):
            chunks = self._start(event.index, sent)
            block = self._open[event.index]
            block.is_guessed = True
        return chunks + self._add(block, event.delta, data)

    def _count(self, block: schema.ContentBlock) -> int:
        """Return how many blocks of this type have come before; both kinds of reasoning count."""
        is_redacted = isinstance(block, schema.RedactedThinkingBlock)
        kind = schema.ThinkingBlock if is_redacted else type(block)
        number = self._numbers.get(kind, 0)
        self._numbers[kind] = number + 1
        return number

    def _add(self, block: OpenBlock, delta: schema.Delta, data: bytes) -> list[ModelResponseStream]:
        """Add a piece to a block, and return its chunk if OpenAI's format has a place for it."""
        if isinstance(delta, TextDelta):
            block.text.append(delta.text)
            return self._chunk(Delta(content=delta.text))
        if isinstance(delta, InputJSONDelta):
            text = delta.partial_json
            block.input.append(text)
            if text and isinstance(block.sent.block, schema.ToolUseBlock):
                return self._add_arguments(block.number, text)
        elif isinstance(delta, ThinkingDelta):
            block.add("thinking", delta.thinking)
            piece = ThinkingBlock(thinking=delta.thinking, index=block.number)
            if delta.estimated_tokens is not None:
                piece["estimated_tokens"] = delta.estimated_tokens
            return self._chunk(Delta(reasoning_content=delta.thinking, thinking_blocks=[piece]))
        elif isinstance(delta, schema.SignatureDelta):
            block.add("signature", delta.signature)
            piece = ThinkingBlock(signature=delta.signature, index=block.number)
            return self._chunk(Delta(thinking_blocks=[piece]))
        elif isinstance(delta, schema.CitationsDelta):
            block.cite(delta.citation, data)
        else:
            # An empty summary may not be sent back, so the field stays null without pieces.
            if delta.content:
                block.add("content", delta.content)
            if delta.encrypted_content:
                block.add("encrypted_content", delta.encrypted_content)
        return []

    def _add_arguments(self, number: int, text: str) -> list[ModelResponseStream]:
        function = DeltaFunction(arguments=text)
        return self._chunk(Delta(tool_calls=[DeltaToolCall(index=number, function=function)]))

    def _stop(self, index: int) -> list[ModelResponseStream]:
        open_block = self._open.pop(index, None)
        if open_block is None:
            # Without pieces, a block whose start was left out leaves nothing.
            return []
        sent = open_block.join()
        self._blocks.append(sent)
        if isinstance(sent.block, schema.ToolUseBlock) and not any(open_block.input):
            # No pieces came: the call had its input at once, or has none.
            return self._add_arguments(open_block.number, arguments_of(sent.block))
        if isinstance(sent.block, schema.TextBlock):
            delta = Delta()
            cited = add_citations(delta, sent, self._length)
            self._length += len(sent.block.text)
            return self._chunk(delta) if cited else []
        return []

    def _end(self, event: schema.MessageDeltaEvent, data: bytes) -> list[ModelResponseStream]:
        """Return a chunk with the finish reason, then one with the usage, as OpenAI does."""
        chunks = [] if self._created else self._begin(schema.Message(), data)
        for index in sorted(self._open):
            chunks += self._stop(index)
        head, end = self._head, event.delta
        usage = event.usage or {}
        self._usage |= {name: value for name, value in usage.items() if value is not None}
        counts = read_counts(self._usage, data)
        [finish] = self._chunk(Delta(provider_specific_fields=native_content(self._blocks)))
        self._blocks = []
        choice = finish.choices[0]
        choice.finish_reason = end.stop_reason
        set_finish_reason(choice, end.stop_sequence, end.stop_details, self._provider)
        finish.service_tier = counts.service_tier
        finish.provider_specific_fields = present(
            container=end.container or head.container,
            context_management=event.context_management or head.context_management,
            diagnostics=head.diagnostics,
            # A change of the model in the middle replaces those of the start.
            input_transformations=(
                head.input_transformations
                if event.input_transformations is None
                else event.input_transformations
            ),
        )
        if not self._usage:
            return [*chunks, finish]
        last = ModelResponseStream(
            id=self._id, created=self._created, model=self._model, choices=[]
        )
        last.usage = usage_of(counts, dict(self._usage))
        last.service_tier = counts.service_tier
        return [*chunks, finish, last]


def _is_error(found: schema.Event, event: Event) -> bool:
    """Return whether an event of no known type is an error; gateways send such."""
    if not isinstance(found, schema.OtherEvent):
        return False
    name, data = event
    if name == "error" or found.error is not None:
        return True
    return event_problem(as_object(find_json(data)) or {}) is not None


def _not_started(index: int, data: bytes) -> APIError:
    return unreadable(data, f"expected the index of a block that has started, got {index}")
