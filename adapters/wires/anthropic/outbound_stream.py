"""The chunks of a chat completion as events of the Messages API, one by one.

https://platform.claude.com/docs/en/build-with-claude/streaming
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from ....pipeline.json_values import JSON, as_object
from ....pipeline.schema.model_response import ModelResponse, ModelResponseStream
from ....pipeline.schema.parts import Choice, Delta, DeltaToolCall, ThinkingBlock
from .event_decoder import MESSAGE_EVENT, said_by
from .message_state import is_claude, write_state
from .outbound import ending, head, native_blocks, write_usage

_SEEN = ("text", "thinking", "redacted_thinking", "tool_use")


class MessageWriter:
    """Turns chunks into events; `finish` returns those that end the stream.

    Chunks of this API keep the events that they were made of (event_decoder.py). For all others,
    blocks follow each other. Text after reasoning, reasoning after text, and each call begin
    another block.

    Args:
        model: the name for the message if the chunks have none.
    """

    def __init__(self, model: str) -> None:
        self._model = model
        self._begun = False
        self._native = False
        self._ended = False
        self._count = 0
        #: The open block: its type, "" if there is none.
        self._open = ""
        #: By the index of a call, that of its block.
        self._calls: dict[int, int] = {}
        #: What ends the input of the open block, "" if nothing does.
        self._rest = ""
        self._signed = False

    def write(self, chunk: ModelResponseStream) -> list[JSON]:
        """Return the events of a chunk; those of the first choice also begin the message."""
        if MESSAGE_EVENT in vars(chunk):
            self._native = True
            return self._own_events(chunk)
        deltas = [choice.delta for choice in chunk.choices if choice.index == 0]
        if not deltas:
            # Such chunks may come before the model is known.
            return []
        begun = self._begin(chunk.id, chunk.model)
        return [*begun, *(event for delta in deltas for event in self._add(delta))]

    def finish(self, completion: ModelResponse) -> list[JSON]:
        """Return the events that end the stream; `completion` is what all chunks add up to."""
        if self._native:
            return [] if self._ended else [{"type": "message_stop"}]
        choice = completion.choices[0] if completion.choices else Choice()
        events = self._begin(completion.id, completion.model)
        events += self._sign(choice)
        events += self._close()
        events += self._others(choice)
        own = completion.provider_specific_fields or {}
        usage = write_usage(completion.usage, completion.service_tier)
        change = {**ending(choice), **_present(own, "container")}
        managed = _present(own, "context_management")
        events.append({"type": "message_delta", "delta": change, "usage": usage, **managed})
        return [*events, {"type": "message_stop"}]

    def _own_events(self, chunk: ModelResponseStream) -> list[JSON]:
        """Return the event that a chunk was made of, with what a middleware has changed since."""
        event, said = vars(chunk)[MESSAGE_EVENT]
        if event is None:
            # Another chunk of the same event.
            return []
        self._ended = self._ended or event.get("type") == "message_stop"
        if said_by(chunk) == said:
            return [event]
        return [_rewritten(event, choice.delta) for choice in chunk.choices[:1]]

    def _begin(self, identity: str, model: str) -> list[JSON]:
        if self._begun:
            return []
        self._begun = True
        # The counts come at the end.
        message = {**head(identity, model or self._model), "usage": write_usage(None)}
        return [{"type": "message_start", "message": message}]

    def _add(self, delta: Delta) -> Iterator[JSON]:
        if delta.thinking_blocks:
            for block in delta.thinking_blocks:
                yield from self._add_thinking(block)
        elif delta.reasoning_content or delta.reasoning:
            yield from self._add_piece("thinking", str(delta.reasoning_content or delta.reasoning))
        text = delta.content or delta.refusal
        if text:
            yield from self._add_piece("text", text)
        for call in delta.tool_calls or ():
            yield from self._add_call(call)

    def _add_thinking(self, block: ThinkingBlock) -> Iterator[JSON]:
        if block.type == "redacted_thinking":
            yield from self._close()
            yield self._start({"type": "redacted_thinking", "data": block.data or ""})
            yield from self._close()
            return
        if block.thinking or self._open != "thinking":
            yield from self._add_piece("thinking", block.thinking or "")
        if block.signature:
            self._signed = True
            yield self._delta({"type": "signature_delta", "signature": block.signature})
            # Another piece of reasoning is another block, with its own signature.
            yield from self._close()

    def _add_piece(self, kind: str, text: str) -> Iterator[JSON]:
        if self._open != kind:
            yield from self._close()
            empty = {"signature": ""} if kind == "thinking" else {}
            yield self._start({"type": kind, kind: "", **empty})
        if text:
            yield self._delta({"type": f"{kind}_delta", kind: text})

    def _add_call(self, piece: DeltaToolCall) -> Iterator[JSON]:
        number = piece.index or 0
        named = piece.custom or piece.function
        if number not in self._calls:
            yield from self._close()
            self._calls[number] = self._count
            identity = piece.id or f"toolu_{number}"
            name = (named.name if named is not None else None) or ""
            yield self._start({"type": "tool_use", "id": identity, "name": name, "input": {}})
        text = piece.function.arguments if piece.function is not None else None
        if piece.custom is not None:
            text = self._custom_input(piece.custom.input or "")
        if text:
            index = self._calls[number]
            yield {"type": "content_block_delta", "index": index, "delta": _input_delta(text)}

    def _custom_input(self, text: str) -> str:
        """Return a piece of a custom tool's text as a piece of the JSON object {"input": text}."""
        begin = "" if self._rest else '{"input": "'
        self._rest = '"}'
        return begin + json.dumps(text)[1:-1]

    def _sign(self, choice: Choice) -> list[JSON]:
        """Return the events of what a provider other than Anthropic needs back."""
        message = choice.message
        state = None if self._signed or is_claude(message) else write_state(message)
        if state is None:
            return []
        block = {"type": "redacted_thinking", "data": state}
        return [*self._close(), self._start(block), *self._close()]

    def _others(self, choice: Choice) -> list[JSON]:
        """Return the events of blocks that only Claude has, which chunks have no place for."""
        events: list[JSON] = []
        for block in native_blocks(choice.message) or ():
            if block.get("type") not in _SEEN:
                events += [self._start(block), *self._close()]
        return events

    def _start(self, block: JSON) -> JSON:
        self._open = str(block["type"])
        event = {"type": "content_block_start", "index": self._count, "content_block": block}
        self._count += 1
        return event

    def _delta(self, delta: JSON) -> JSON:
        return {"type": "content_block_delta", "index": self._count - 1, "delta": delta}

    def _close(self) -> list[JSON]:
        if not self._open:
            return []
        self._open = ""
        rest = [self._delta(_input_delta(self._rest))] if self._rest else []
        self._rest = ""
        return [*rest, {"type": "content_block_stop", "index": self._count - 1}]


def _input_delta(text: str) -> JSON:
    return {"type": "input_json_delta", "partial_json": text}


def _rewritten(event: JSON, delta: Delta) -> JSON:
    """Return an event that brings a piece, with the piece that its chunk has now."""
    piece = as_object(event.get("delta")) or {}
    match piece.get("type"):
        case "text_delta":
            changed: JSON = {"text": delta.content or ""}
        case "thinking_delta":
            changed = {"thinking": delta.reasoning_content or ""}
        case "input_json_delta":
            function = delta.tool_calls[0].function if delta.tool_calls else None
            arguments = function.arguments if function is not None else None
            changed = {"partial_json": arguments or ""}
        case _:
            return event
    return {**event, "delta": {**piece, **changed}}


def _present(fields: JSON, name: str) -> JSON:
    return {name: fields[name]} if fields.get(name) is not None else {}
