"""Connections of trio; asyncio_sockets.py has those of asyncio.

A read waits until bytes have arrived and takes them then. anyio's streams and trio's own try to
take them first, which fails whenever chunks come one at a time.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Awaitable, Callable
from typing import TypeVar

import trio

from .connections import Socket
from .limits import Limits
from .sockets import READ_BYTES, STALL_SECONDS, check_refusal, is_readable

T = TypeVar("T")


class TrioSocket:
    """See `Socket`."""

    __slots__ = ("_closed", "_socket")

    def __init__(self, inner: socket.socket) -> None:
        self._socket = inner
        self._closed = False

    async def read(self, limits: Limits) -> bytes:
        """See `Socket.read`."""
        with _within(limits):
            return await self._when_ready(trio.lowlevel.wait_readable, self._receive)
        raise TimeoutError

    async def write(self, data: bytes, limits: Limits) -> None:
        """See `Socket.write`."""
        view = memoryview(data)
        # A traceback may show local variables, and a request has a key.
        del data

        def send() -> memoryview:
            return view[self._socket.send(view) :]

        while view:
            seconds = limits.wait()
            stall = STALL_SECONDS if seconds is None else min(seconds, STALL_SECONDS)
            with trio.move_on_after(stall) as stalled:
                view = await self._when_ready(trio.lowlevel.wait_writable, send)
            if stalled.cancelled_caught:
                limits.wait()
                check_refusal(self._socket)

    def is_readable(self) -> bool:
        """See `Socket.is_readable`."""
        return is_readable(self._socket)

    async def aclose(self) -> None:
        """See `Socket.aclose`; it suspends nothing, so that no cancellation can come between."""
        if not self._closed:
            self._closed = True
            # Outside trio nothing waits for it.
            with contextlib.suppress(RuntimeError):
                trio.lowlevel.notify_closing(self._socket)
            self._socket.close()

    def _receive(self) -> bytes:
        return b"" if self._closed else self._socket.recv(READ_BYTES)

    async def _when_ready(
        self, wait: Callable[[socket.socket], Awaitable[None]], act: Callable[[], T]
    ) -> T:
        """Return what `act` returns once the system says that it need not wait."""
        while True:
            # If another task closes it meanwhile, `act` says so.
            with contextlib.suppress(trio.ClosedResourceError):
                if not self._closed:
                    await wait(self._socket)
            with contextlib.suppress(BlockingIOError):
                return act()


def _within(limits: Limits) -> trio.CancelScope:
    """Return the scope of a wait that starts now.

    Raises:
        TimeoutError: a limit has passed.
    """
    seconds = limits.wait()
    return trio.move_on_after(float("inf") if seconds is None else seconds)


async def connect_tcp(address: str, port: int, limits: Limits) -> Socket:
    """Connect to an IP address."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    inner = socket.socket(family, socket.SOCK_STREAM)
    try:
        inner.setblocking(False)
        inner.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with _within(limits):
            await trio.socket.from_stdlib_socket(inner).connect((address, port))
            return TrioSocket(inner)
        raise TimeoutError
    except BaseException:
        inner.close()
        raise
