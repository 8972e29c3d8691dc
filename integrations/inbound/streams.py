"""Streams as bodies of HTTP responses that an SDK reads."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from ...inbound.event_bytes import EventBytes
from .http_packages import AsyncByteStream, SyncByteStream

# Streams that are being read. The SDK's stream object contains a reference cycle, so the garbage
# collector destroys it, in any order. This set keeps our stream alive until it has been closed.
_READING: set[EventBytes] = set()


def keep(events: EventBytes) -> None:
    """Keep a stream alive until it has ended."""
    _READING.add(events)
    events.observe(lambda _outcome: _READING.discard(events))


class Events(SyncByteStream):
    """A stream as server-sent events."""

    def __init__(self, events: EventBytes) -> None:
        self._events = events

    def __iter__(self) -> Iterator[bytes]:
        yield from self._events

    def close(self) -> None:
        """Close the stream."""
        self._events.close()

    def __del__(self) -> None:
        self._events.drop()


class AsyncEvents(AsyncByteStream):
    """The same for `async for`; not a generator, because trio warns about dropped generators."""

    def __init__(self, events: EventBytes) -> None:
        self._events = events

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._events

    async def aclose(self) -> None:
        """Close the stream."""
        await self._events.aclose()

    def __del__(self) -> None:
        self._events.drop()
