"""Streams of the `litellm` namespace: trunkline's, with litellm's types and exceptions."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

from ..clients.responses.stream import ResponseStream
from ..pipeline.closing import Closing
from ..pipeline.schema.charges import unasked
from ..pipeline.schema.model_response import ModelResponseStream
from ..pipeline.stream.stream import Stream
from .conversion import give
from .errors import LitellmErrors
from .litellm_types.response import ModelResponse
from .litellm_types.responses import GenericEvent

_ERRORS = LitellmErrors()
_ENDS = frozenset({"response.completed", "response.incomplete"})


class _CostLast(Closing):
    """The chunks of a stream, the last of which is known to be the last.

    litellm's users read the cost of the call from it. Usage may arrive after the finish reason, so
    a chunk with either is handed out when the next one or the end has arrived; all others at once.
    """

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._next: ModelResponseStream | None = None
        self.is_last = False

    def __iter__(self) -> Iterator[ModelResponseStream]:
        try:
            while (chunk := next(self, None)) is not None:
                yield chunk
        finally:
            self.close()

    def __next__(self) -> ModelResponseStream:
        held = self._take()
        chunk = next(self._stream) if held is None else held
        if _may_be_last(chunk):
            self._next = next(self._stream, None)
            self.is_last = self._next is None
        return chunk

    def __aiter__(self) -> AsyncIterator[ModelResponseStream]:
        return _AsyncCostLast(self, aiter(self._stream))

    async def __anext__(self) -> ModelResponseStream:
        return await self.advance(self._stream)

    async def advance(self, chunks: AsyncIterator[ModelResponseStream]) -> ModelResponseStream:
        """Return the next chunk of `chunks`, which reads the stream."""
        held = self._take()
        chunk = await anext(chunks) if held is None else held
        if _may_be_last(chunk):
            self._next = await anext(chunks, None)
            self.is_last = self._next is None
        return chunk

    def _take(self) -> ModelResponseStream | None:
        taken, self._next = self._next, None
        return taken

    def close(self) -> None:
        """See `Stream.close`."""
        self._stream.close()

    async def aclose(self) -> None:
        """See `Stream.aclose`."""
        await self._stream.aclose()


class _AsyncCostLast:
    """The iterator of one `async for` over a `_CostLast`; dropping it closes the stream."""

    def __init__(self, stream: _CostLast, chunks: AsyncIterator[ModelResponseStream]) -> None:
        self._stream = stream
        self._chunks = chunks

    def __aiter__(self) -> AsyncIterator[ModelResponseStream]:
        return self

    async def __anext__(self) -> ModelResponseStream:
        return await self._stream.advance(self._chunks)


def _may_be_last(chunk: ModelResponseStream) -> bool:
    return chunk.usage is not None or any(choice.finish_reason for choice in chunk.choices)


class _GivenStream(Closing):
    """A stream of litellm's chunks or events; leaving the loop closes the connection."""

    def __init__(self, stream: _CostLast | ResponseStream) -> None:
        self._opened = stream

    def _give(self, chunk: object) -> Any:
        return give(chunk)

    def __iter__(self) -> Iterator[Any]:
        with _ERRORS:
            for chunk in self._opened:
                yield self._give(chunk)

    def __next__(self) -> Any:
        with _ERRORS:
            return self._give(next(self._opened))

    def __aiter__(self) -> AsyncIterator[Any]:
        return _AsyncChunks(self, aiter(self._opened))

    async def __anext__(self) -> Any:
        with _ERRORS:
            return self._give(await anext(self._opened))

    def close(self) -> None:
        """Stop reading and close the connection; further calls do nothing."""
        self._opened.close()

    async def aclose(self) -> None:
        """Stop reading and close the connection; further calls do nothing."""
        await self._opened.aclose()


class _AsyncChunks:
    """The iterator of one `async for`; dropping it closes the stream."""

    def __init__(self, stream: _GivenStream, chunks: AsyncIterator[object]) -> None:
        self._stream = stream
        self._chunks = chunks

    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        with _ERRORS:
            return self._stream._give(await anext(self._chunks))  # pyright: ignore[reportPrivateUsage]  # the iterator of that class


class CustomStreamWrapper(_GivenStream):
    """A stream of chunks."""

    def __init__(self, stream: Stream) -> None:
        super().__init__(_CostLast(stream))
        self._stream = stream

    def _give(self, chunk: object) -> Any:
        given = super()._give(chunk)
        opened = self._opened
        if isinstance(opened, _CostLast) and opened.is_last:
            hidden = dict(unasked(lambda: self._stream._hidden_params))  # pyright: ignore[reportPrivateUsage]  # users of litellm read it
            given._hidden_params = hidden
            cost = hidden.get("response_cost")
            if given.usage is not None and cost is not None and "cost" not in given.usage:
                given.usage.cost = cost
        return given

    @property
    def response(self) -> ModelResponse:
        """The part of the response that has arrived so far."""
        response: ModelResponse = give(self._stream.response)
        return response


class ResponsesAPIStreamingIterator(_GivenStream):
    """A stream of events; `completed_response` is the event that ended it, None until then."""

    completed_response: GenericEvent | None = None

    def _give(self, chunk: object) -> Any:
        event: GenericEvent = super()._give(chunk)
        if event.type in _ENDS:
            self.completed_response = event
        return event


CustomStreamWrapper.__module__ = "litellm.litellm_core_utils.streaming_handler"
ResponsesAPIStreamingIterator.__module__ = "litellm.responses.streaming_iterator"
