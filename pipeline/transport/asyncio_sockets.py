"""Connections of asyncio and uvloop; trio_sockets.py has those of trio.

A protocol receives the bytes and wakes the task that waits for them. Waiting costs one future. It
costs no timer as a rule: a connection has one, which is moved only when a wait ends before it.

All connections of an event loop receive into one buffer. With an `asyncio.Protocol`, asyncio
allocates 256 KB for each read, which the system maps and clears again for each chunk.
"""

from __future__ import annotations

import asyncio
from typing import cast
from weakref import WeakKeyDictionary

import httpcore

from .connections import Socket
from .limits import Limits
from .sockets import is_readable, is_refusal

#: A server that sends faster than the caller reads is stopped at this number of bytes.
MOST_UNREAD = 256 * 1024

_NEVER = float("inf")


# Only one thread at a time runs an event loop, and what arrives is copied at once.
_buffers: WeakKeyDictionary[asyncio.AbstractEventLoop, memoryview] = WeakKeyDictionary()


class ProtocolSocket(asyncio.BufferedProtocol):
    """See `Socket`; one task at a time reads or writes, and any may close."""

    __slots__ = (
        "_alarm",
        "_alarm_at",
        "_buffer",
        "_ended",
        "_error",
        "_loop",
        "_lost",
        "_reads",
        "_received",
        "_transport",
        "_unread",
        "_wait_until",
        "_waiter",
        "_writes",
    )

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        buffer = _buffers.get(loop)
        if buffer is None:
            buffer = _buffers[loop] = memoryview(bytearray(MOST_UNREAD))
        self._buffer = buffer
        self._transport: asyncio.Transport | None = None
        self._received: list[bytes] = []
        self._unread = 0
        self._ended = False
        self._lost = False
        self._error: Exception | None = None
        self._reads = True
        self._writes = True
        self._waiter: asyncio.Future[None] | None = None
        # The timer goes off at `_alarm_at`, and looks whether the wait has ended by `_wait_until`.
        self._alarm: asyncio.TimerHandle | None = None
        self._alarm_at = _NEVER
        self._wait_until = _NEVER

    async def read(self, limits: Limits) -> bytes:
        """See `Socket.read`."""
        seconds = limits.wait()
        # What wakes a writer may wake this task too.
        while not self._received and not self._ended:
            await self._wake_up(seconds)
        received = self._received
        if not received:
            if self._error is not None:
                raise self._error
            return b""
        data = received[0] if len(received) == 1 else b"".join(received)
        received.clear()
        self._unread = 0
        if not self._reads and self._transport is not None:
            self._reads = True
            self._transport.resume_reading()
        return data

    async def write(self, data: bytes, limits: Limits) -> None:
        """See `Socket.write`."""
        seconds = limits.wait()
        if self._transport is not None:
            self._transport.write(data)
            # A traceback may show local variables, and a request has a key.
            del data
            while not self._writes:
                await self._wake_up(seconds)
                seconds = limits.wait()
                if self._received and is_refusal(self._received[0]):
                    # It may never read the rest.
                    raise httpcore.WriteError("the server has refused the request")
        if self._lost:
            raise self._error or ConnectionResetError("the connection is closed")

    def is_readable(self) -> bool:
        """See `Socket.is_readable`."""
        if self._transport is None or self._received or self._ended:
            return True
        # The event loop may not have looked yet.
        return is_readable(self._transport.get_extra_info("socket"))

    async def aclose(self) -> None:
        """See `Socket.aclose`; it suspends nothing, so that no cancellation can come between."""
        self._ended = True
        self._received.clear()
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        if self._transport is not None:
            self._transport.abort()
        self._wake()

    def _wake_up(self, seconds: float | None) -> asyncio.Future[None]:
        """Return a future that ends when something happens, or with TimeoutError.

        Raises:
            httpcore.ReadError: another task waits already.
        """
        if self._waiter is not None and not self._waiter.done():
            raise httpcore.ReadError("another task is reading this response")
        if seconds is None:
            self._wait_until = _NEVER
        else:
            self._wait_until = until = self._loop.time() + seconds
            if until < self._alarm_at:
                self._set_alarm(until)
        # As the loop's own create_future(), which costs two more calls.
        waiter: asyncio.Future[None] = asyncio.Future(loop=self._loop)
        self._waiter = waiter
        return waiter

    def _set_alarm(self, at: float) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm_at = at
        self._alarm = self._loop.call_at(at, self._look)

    def _look(self) -> None:
        """End a wait whose time is over; otherwise look again when it will be."""
        self._alarm = None
        self._alarm_at = _NEVER
        waiter = self._waiter
        if waiter is None or waiter.done() or self._wait_until == _NEVER:
            return
        if self._loop.time() < self._wait_until:
            self._set_alarm(self._wait_until)
        else:
            waiter.set_exception(TimeoutError())

    def _wake(self) -> None:
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport; that of uvloop is of no class of asyncio."""
        self._transport = cast("asyncio.Transport", transport)

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002  # it is large enough
        """Return where the event loop puts what arrives."""
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Keep what arrived for the reader; stop the server if there is too much of it."""
        if self._ended:
            return
        self._received.append(self._buffer[:nbytes].tobytes())
        self._unread += nbytes
        if self._unread > MOST_UNREAD and self._reads and self._transport is not None:
            self._reads = False
            self._transport.pause_reading()
        waiter = self._waiter
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def eof_received(self) -> bool:
        """Keep the connection half open: the rest of a request may still be on its way out."""
        self._ended = True
        self._wake()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """Keep the error for the next read or write."""
        self._transport = None
        self._ended = self._lost = True
        # No write waits for room any more.
        self._writes = True
        self._error = self._error or exc
        self._wake()

    def pause_writing(self) -> None:
        """Let `write` wait: the server does not keep up."""
        self._writes = False

    def resume_writing(self) -> None:
        """Let `write` go on."""
        self._writes = True
        self._wake()


async def connect_tcp(address: str, port: int, limits: Limits) -> Socket:
    """Connect to an IP address."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(limits.wait()):
        _, made = await loop.create_connection(lambda: ProtocolSocket(loop), address, port)
    return made
