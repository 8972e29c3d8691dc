"""Replay a complete response as a stream."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from copy import copy

import msgspec

from ..json_values import JSON
from ..port import IO
from ..schema.model_response import REPLAYED, ModelResponse, ModelResponseStream, link
from ..schema.parts import Delta, StreamingChoice
from .outcome import OutcomeKind

# The fields that every chunk repeats.
_HEAD = ("id", "created", "model", "system_fingerprint", "service_tier")
# Sent in separate chunks: callers that read either reasoning or text would miss one of them.
_REASONING = frozenset({"reasoning_content", "reasoning", "reasoning_details", "thinking_blocks"})
_AFTER_REASONING = frozenset({"content", "function_call", "images", "refusal", "tool_calls"})
_ENDING = frozenset({"finish_reason", "provider_specific_fields"})

_WORD = re.compile(r"\s*\S+|\s+$")

_decode = msgspec.json.Decoder(ModelResponseStream).decode


class ReplaySource:
    """The source of a stream from a response: its content, finish reasons, then usage.

    The chunks share no objects with the response, which the first one keeps. They fold into an
    equal response, except for empty values, which streams do not contain.
    """

    def __init__(self, answer: ModelResponse) -> None:
        self._batches = replay_chunks(answer)
        self._batches.reverse()

    async def read(self) -> list[ModelResponseStream]:
        """See `Source.read`."""
        return [self._batches.pop()] if self._batches else []

    async def aclose(self, kind: OutcomeKind) -> None:
        """See `Source.aclose`."""


class PacedSource:
    """The source of a stream whose chunks come one by one, `pace` seconds apart."""

    def __init__(self, chunks: Iterable[ModelResponseStream], pace: float, io: IO) -> None:
        self._chunks = deque(chunks)
        self._pace = pace
        self._io = io
        self._began = False

    async def read(self) -> list[ModelResponseStream]:
        """See `Source.read`."""
        if not self._chunks:
            return []
        if self._began and self._pace:
            await self._io.sleep(self._pace)
        self._began = True
        return [self._chunks.popleft()]

    async def aclose(self, kind: OutcomeKind) -> None:
        """See `Source.aclose`."""


def replay_chunks(answer: ModelResponse) -> list[ModelResponseStream]:
    """Return a response as the chunks that a provider would have sent.

    Raises:
        msgspec.ValidationError: a value has a wrong type.
    """
    whole = answer.model_dump()
    usage: JSON | None = whole.pop("usage", None)
    choices: list[JSON] = whole.pop("choices")
    head: JSON = {name: whole[name] for name in _HEAD if name in whole}
    first, *others = [*_contents(choices), [_ending(choice) for choice in choices]]
    # Undeclared fields are only read from the first chunk and the last ones.
    bodies = [{**whole, "choices": first}, *({**head, "choices": piece} for piece in others)]
    if usage is not None:
        bodies.append({**head, "choices": [], "usage": usage})
    chunks = [_chunk(body) for body in bodies]
    vars(chunks[0])[REPLAYED] = answer
    return chunks


def replay_words(answer: ModelResponse) -> Iterator[ModelResponseStream]:
    """Yield a response as chunks with one word of its text each; raises as `replay_chunks`."""
    for chunk in replay_chunks(answer):
        yield from _words(chunk)


def _words(chunk: ModelResponseStream) -> Iterator[ModelResponseStream]:
    """Yield a chunk with the first word of its text, and a chunk for each further word."""
    spoken = [choice for choice in chunk.choices if choice.delta.content]
    words = [_WORD.findall(choice.delta.content or "") for choice in spoken]
    for choice, found in zip(spoken, words, strict=True):
        choice.delta.content = found[0]
    yield chunk
    for position in range(1, max(map(len, words), default=0)):
        piece = copy(chunk)
        piece.raw_ = ()
        piece.choices = [
            StreamingChoice(index=choice.index, delta=Delta(content=found[position]))
            for choice, found in zip(spoken, words, strict=True)
            if position < len(found)
        ]
        yield piece


def _contents(choices: list[JSON]) -> list[list[JSON]]:
    """Return the choices of each chunk that has content."""
    if not any(_REASONING & choice["message"].keys() for choice in choices):
        return [[_piece(choice, _delta(choice["message"])) for choice in choices]]
    first: list[JSON] = []
    second: list[JSON] = []
    for choice in choices:
        delta = _delta(choice["message"])
        later = {name: delta.pop(name) for name in _AFTER_REASONING & delta.keys()}
        first.append(_piece(choice, delta))
        second.append({"index": choice["index"], "delta": later})
    return [first, second]


def _piece(choice: JSON, delta: JSON) -> JSON:
    kept = {name: value for name, value in choice.items() if name not in _ENDING}
    del kept["message"]
    return {**kept, "delta": delta}


def _delta(message: JSON) -> JSON:
    delta = dict(message)
    for name in ("tool_calls", "thinking_blocks"):
        if delta.get(name):
            delta[name] = [{"index": n, **part} for n, part in enumerate(delta[name])]
    return delta


def _ending(choice: JSON) -> JSON:
    ending = {name: choice[name] for name in _ENDING & choice.keys()}
    reason = choice.get("finish_reason") or "stop"
    return {**ending, "index": choice["index"], "delta": {}, "finish_reason": reason}


def _chunk(body: JSON) -> ModelResponseStream:
    encoded = msgspec.json.encode({**body, "object": "chat.completion.chunk"})
    chunk = _decode(encoded)
    link(chunk, encoded)
    return chunk
