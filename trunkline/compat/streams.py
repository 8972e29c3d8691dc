"""Streams of the `litellm` namespace: trunkline's, with litellm's types and exceptions."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

from ..clients.response_stream import ResponseStream
from ..pipeline.closing import Closing
from ..pipeline.stream.stream import Stream
from .conversion import give
from .errors import LitellmErrors
from .response_types import ModelResponse
from .responses_types import GenericEvent

_ERRORS = LitellmErrors()
_ENDS = frozenset({"response.completed", "response.incomplete"})


class _GivenStream(Closing):
    """A stream of litellm's chunks or events; leaving the loop closes the connection."""

    def __init__(self, stream: Stream | ResponseStream) -> None:
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
        super().__init__(stream)
        self._stream = stream

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
