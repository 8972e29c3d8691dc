"""A stream as bytes of server-sent events: the events of one read are sent together."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any, Protocol

from ..clients.responses.stream import ResponseStream
from ..pipeline.errors import APIError
from ..pipeline.schema.model_response import ModelResponseStream
from ..pipeline.schema.responses import ResponseStreamEvent
from ..pipeline.stream.outcome import Observer
from ..pipeline.stream.stream import Stream
from ..pipeline.sync import drive


class EventWriter(Protocol):
    """Writes the events of one stream."""

    def write(self, chunks: Sequence[Any]) -> bytes:
        """Return the events of the chunks that one read brought."""
        ...

    def finish(self, stream: Any) -> bytes:
        """Return the events that end the stream."""
        ...

    def fail(self, error: APIError) -> bytes:
        """Return the events of an error in the middle of the stream."""
        ...


class EventBytes:
    """The bytes of a stream, to be read once, with `for` or `async for`.

    An error in the middle becomes an event, after which there is nothing. `close()`, `aclose()` and
    dropping it close the provider's connection.
    """

    def __init__(self, stream: Stream | ResponseStream, writer: EventWriter) -> None:
        self._stream = stream
        self._writer = writer
        self._ended = False
        #: The error that ended the stream, if one did.
        self.error: APIError | None = None

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        while not self._ended:
            try:
                chunks = _read(self._stream)
            except APIError as error:
                return self.fail(error)
            data = self._write(chunks)
            if data:
                return data
        raise StopIteration

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        while not self._ended:
            try:
                chunks = await _aread(self._stream)
            except APIError as error:
                return self.fail(error)
            data = self._write(chunks)
            if data:
                return data
        raise StopAsyncIteration

    def _write(self, chunks: Sequence[Any]) -> bytes:
        if chunks:
            return self._writer.write(chunks)
        self._ended = True
        return self._writer.finish(self._stream)

    def fail(self, error: APIError) -> bytes:
        """End with an error, and return its event."""
        self._ended = True
        self.error = error
        return self._writer.fail(error)

    def observe(self, observer: Observer) -> None:
        """Call `observer` once with the outcome, when the stream has ended."""
        self._stream.observe(observer)

    def close(self) -> None:
        """Close the stream."""
        self._stream.close()

    async def aclose(self) -> None:
        """Close the stream."""
        await self._stream.aclose()

    def drop(self) -> None:
        """Close the stream where nothing can be awaited."""
        self._stream.drop()


def _read(
    stream: Stream | ResponseStream,
) -> Sequence[ModelResponseStream] | Sequence[ResponseStreamEvent]:
    """Return the next chunks or events, [] at the end."""
    if isinstance(stream, Stream):
        return drive(stream.pull())
    event = next(stream, None)
    return [] if event is None else [event]


async def _aread(
    stream: Stream | ResponseStream,
) -> Sequence[ModelResponseStream] | Sequence[ResponseStreamEvent]:
    if isinstance(stream, Stream):
        return await stream.pull()
    event = await anext(stream, None)
    return [] if event is None else [event]
