"""The source of a stream that continues with further streams; see `Stream.then`."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from copy import copy
from typing import Protocol

from ..errors import APIError, InvalidArgumentError
from ..schema.call_info import CallInfo
from ..schema.model_response import ModelResponse, ModelResponseStream
from ..schema.parts import Delta, Usage
from .fold import Fold
from .outcome import OutcomeKind
from .parts import join_calls, sum_usage
from .sources import Readable


class Part(Readable, Protocol):
    """One of several streams that are joined."""

    call: CallInfo


Follow = Callable[[ModelResponse], "Part | Awaitable[Part | None] | None"]


class Joined:
    """Reads one stream after the other.

    Finish reasons and usage are held back until it is known that no further stream follows.

    Args:
        first: the first stream.
        follow: returns the next stream when one has ended.
        call: the details of the whole call.
        fold: the response of the whole, if each part begins it anew.
    """

    def __init__(self, first: Part, follow: Follow, call: CallInfo, fold: Fold | None) -> None:
        self._part = first
        self._follow = follow
        self._call = call
        self._fold = fold
        self._responses: list[ModelResponse] = []
        self._ends: list[ModelResponseStream] = []
        self._usage: ModelResponseStream | None = None
        self._ended = False
        self._id: str | None = None
        self._indexes = _Indexes()
        # What `call` has of the part; more requests may be made while it is being read.
        self._attempts, self._tried = call.attempts, len(call.tried)

    async def read(self) -> list[ModelResponseStream]:
        """See `Source.read`."""
        while not self._ended:
            try:
                batch = await self._part.pull()
            finally:
                self._count()
            read = batch + self._part.take_hidden()
            shown = [piece for chunk in read if (piece := self._without_end(chunk)) is not None]
            if not batch:
                shown += await self._next()
            if shown:
                return shown
        return []

    async def aclose(self, kind: OutcomeKind) -> None:
        """See `Source.aclose`."""
        await self._part.finish(kind)

    def _count(self) -> None:
        """Add the requests that the part has made meanwhile, if it has parts of its own."""
        part = self._part.call
        if part.attempts != self._attempts:
            self._call.attempts += part.attempts - self._attempts
            self._call.tried = [*self._call.tried, *part.tried[self._tried :]]
            self._attempts, self._tried = part.attempts, len(part.tried)

    async def _next(self) -> list[ModelResponseStream]:
        """Go on to the next part; return the chunks at the end if there is none."""
        response = self._part.response
        self._responses.append(response)
        try:
            following = self._follow(response)
            if inspect.isawaitable(following):
                following = await following
        except APIError as error:
            # The requests of the part that failed to begin are requests of this call too.
            self._call.attempts += error.attempts
            self._call.tried = [*self._call.tried, *error.tried]
            raise
        if following is None:
            self._ended = True
            return self._ending()
        if not hasattr(following, "pull"):
            raise InvalidArgumentError(
                f"then: expected a stream or None, got {type(following).__name__}"
            )
        self._part = following
        join_calls(self._call, following.call)
        self._attempts, self._tried = following.call.attempts, len(following.call.tried)
        self._ends.clear()
        self._usage = None
        self._indexes.next_part()
        if self._fold is not None:
            self._fold.restart()
        return []

    def _without_end(self, chunk: ModelResponseStream) -> ModelResponseStream | None:
        """Return a chunk without finish reasons and usage, which are held back."""
        self._id = self._id or chunk.id
        chunk.id = self._id
        if len(self._responses) and self._fold is None:
            self._indexes.shift(chunk)
        else:
            self._indexes.note(chunk)
        if chunk.usage is not None:
            self._usage = copy(chunk)
            self._usage.choices = []
        finished = [choice for choice in chunk.choices if choice.finish_reason is not None]
        if finished:
            end = copy(chunk)
            end.usage = None
            end.choices = []
            for choice in finished:
                kept = copy(choice)
                kept.delta = Delta()
                end.choices.append(kept)
            self._ends.append(end)
        elif chunk.usage is None:
            return chunk
        return _content_of(chunk)

    def _ending(self) -> list[ModelResponseStream]:
        ends = self._ends
        self._call.parts = self._responses
        total: Usage | None = sum_usage(response.usage for response in self._responses)
        if total is None:
            return ends
        last = self._usage if self._usage is not None else copy(ends[-1]) if ends else None
        if last is None:
            return ends
        last.choices = []
        last.usage = total
        return [*ends, last]


def _content_of(chunk: ModelResponseStream) -> ModelResponseStream | None:
    """Return a copy of a chunk with the content only, None if it has none."""
    kept = copy(chunk)
    kept.usage = None
    kept.choices = []
    for choice in chunk.choices:
        if choice.delta.keys() or choice.logprobs is not None:
            piece = copy(choice)
            piece.finish_reason = None
            piece.provider_specific_fields = None
            kept.choices.append(piece)
    return kept if kept.choices else None


class _Indexes:
    """Gives tool calls and blocks of reasoning of later parts indexes that no earlier one had."""

    def __init__(self) -> None:
        self._offset = 0
        self._next = 0

    def next_part(self) -> None:
        self._offset = self._next

    def note(self, chunk: ModelResponseStream) -> None:
        for choice in chunk.choices:
            for piece in (*(choice.delta.tool_calls or ()), *(choice.delta.thinking_blocks or ())):
                if piece.index is not None:
                    self._next = max(self._next, piece.index + 1)

    def shift(self, chunk: ModelResponseStream) -> None:
        for choice in chunk.choices:
            for piece in (*(choice.delta.tool_calls or ()), *(choice.delta.thinking_blocks or ())):
                if piece.index is not None:
                    piece.index += self._offset
        self.note(chunk)
