"""Requests over connections that are kept and used again, the same in both worlds.

HTTP/1.1 (RFC 9112), one request at a time on each connection. Where a call blocks, the sockets
block and these coroutines never suspend.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Protocol
from weakref import ref

import httpcore

from ..port import HTTPRequest, HTTPStream
from .body import FAILURES, Body
from .limits import Limits, failure
from .urls import Target, wire_headers

MAX_IDLE_CONNECTIONS = 100
IDLE_SECONDS = 30.0

_LARGE_BODY = 65536

Headers = list[tuple[bytes, bytes]]


class Socket(Protocol):
    """A connection to a server, TLS included; each wait asks the limits."""

    async def read(self, limits: Limits) -> bytes:
        """Return what arrived, b"" where the server has closed."""
        ...

    async def write(self, data: bytes, limits: Limits) -> None:
        """Send all of it."""
        ...

    def is_readable(self) -> bool:
        """Tell whether something has arrived, or the server has closed."""
        ...

    async def aclose(self) -> None:
        """Close it, also where the task is cancelled."""
        ...


class Parser(Protocol):
    """Writes requests and reads their answers, without a network.

    Attributes:
        status: HTTP status of the answer, 0 until its head is here.
        headers: its headers.
        complete: whether its body has ended.
    """

    status: int
    headers: Headers
    complete: bool

    def begin(self, request: HTTPRequest, target: Target, headers: Headers) -> bytes:
        """Return a request's head; what is fed from then on is its answer.

        Raises:
            httpcore.LocalProtocolError: it would be no HTTP.
        """
        ...

    def feed(self, data: bytes) -> None:
        """Take what arrived, b"" where the server has closed.

        Raises:
            httpcore.RemoteProtocolError: that is no answer, or it is cut off.
        """
        ...

    def take(self) -> bytes:
        """Return what has arrived of the body since the last time, b"" for nothing."""
        ...

    @property
    def reusable(self) -> bool:
        """Whether another request may follow."""
        ...


class _Connection:
    def __init__(self, stream: Socket, parser: Parser) -> None:
        self.socket = stream
        self.parser = parser
        self.idle_until = 0.0

    async def exchange(self, head: bytes, body: bytes, limits: Limits) -> None:
        """Send a request and read until the head of its answer is here."""
        # A server may answer, and close, before it has read all.
        with contextlib.suppress(ConnectionError, httpcore.WriteError):
            if len(body) < _LARGE_BODY:
                await self.socket.write(head + body, limits)
            else:
                await self.socket.write(head, limits)
                await self.socket.write(body, limits)
        while not self.parser.status:
            self.parser.feed(await self.socket.read(limits))

    async def read(self, limits: Limits) -> bytes:
        """Return what is here of the body, else what the next read brings, b"" at its end."""
        parser = self.parser
        while not (data := parser.take()) and not parser.complete:
            parser.feed(await self.socket.read(limits))
        return data


Connect = Callable[[HTTPRequest, Target, Limits], Awaitable[Socket]]


class Pool:
    """The connections to one origin; the one that was used last serves next.

    Args:
        connect: opens a connection.
        make_parser: makes its parser.
    """

    def __init__(self, connect: Connect, make_parser: Callable[[], Parser]) -> None:
        self._connect = connect
        self._make_parser = make_parser
        self._idle: list[_Connection] = []
        # Weak: an answer that was dropped takes its connection with it.
        self._busy: set[ref[_Connection]] = set()
        self._lock = threading.Lock()

    async def open(self, request: HTTPRequest, target: Target) -> HTTPStream:
        """See `IO.open`."""
        headers = wire_headers(request, target)
        limits = Limits(request)
        try:
            connection = await self._take(request, target, limits)
            try:
                head = connection.parser.begin(request, target, headers)
                await connection.exchange(head, request.body, limits)
            except BaseException:
                await connection.socket.aclose()
                raise
        except FAILURES as error:
            raise failure(error, request, limits) from error
        self._busy.add(ref(connection, self._busy.discard))
        parser = connection.parser
        return Body(
            parser.status,
            parser.headers,
            connection.read,
            lambda: self.release(connection),
            request,
            limits,
        )

    async def _take(self, request: HTTPRequest, target: Target, limits: Limits) -> _Connection:
        while (connection := self._latest()) is not None:
            # What can be read before anything was sent is the server's farewell.
            if connection.idle_until > monotonic() and not connection.socket.is_readable():
                return connection
            await connection.socket.aclose()
        return _Connection(await self._connect(request, target, limits), self._make_parser())

    def _latest(self) -> _Connection | None:
        with self._lock:
            return self._idle.pop() if self._idle else None

    async def release(self, connection: _Connection) -> None:
        """Keep a connection for the next request, or close it where that cannot be."""
        self._busy.discard(ref(connection))
        if not connection.parser.reusable:
            await connection.socket.aclose()
            return
        now = monotonic()
        connection.idle_until = now + IDLE_SECONDS
        with self._lock:
            self._idle.append(connection)
            surplus = len(self._idle) > MAX_IDLE_CONNECTIONS
            oldest = self._idle.pop(0) if surplus or self._idle[0].idle_until < now else None
        if oldest is not None:
            await oldest.socket.aclose()

    async def aclose(self) -> None:
        """Close all connections, also those whose answer is still being read."""
        # Other threads may begin and end answers meanwhile.
        for reference in list(self._busy):
            connection = reference()
            if connection is not None:
                await connection.socket.aclose()
        while (idle := self._latest()) is not None:
            await idle.socket.aclose()
