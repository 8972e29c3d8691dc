"""The port `IO` over the extra `fast`: httptools' parser (llhttp, in C) and a small pool.

It speaks HTTP/1.1 to addresses that are reached directly; what goes through a proxy goes through
transport.py. Sockets, TLS, limits and errors are those of transport.py, so the two engines behave
alike. All of it is written once: where a call blocks, its coroutines never suspend.

https://github.com/MagicStack/httptools, https://www.rfc-editor.org/rfc/rfc9112
"""

from __future__ import annotations

import contextlib
import os
import socket
import weakref
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Protocol

import anyio
import httpcore
from httptools import HttpParserError, HttpResponseParser

from .errors import APIError
from .limits import Limits, failure, interruption
from .loops import LoopConnections
from .port import HTTPRequest, HTTPStream
from .sockets import AsyncBackend, SyncBackend
from .sync import drive
from .transport import (
    FAILURES,
    IDLE_SECONDS,
    MAX_IDLE_CONNECTIONS,
    AsyncIO,
    SyncIO,
    tls_context,
)
from .urls import Target, parse_url, plain_headers, wire_headers
from .zipped import inflater

_READ_BYTES = 65536
_MAX_HEAD_BYTES = 100 * 1024


class _Socket(Protocol):
    async def read(self, limits: Limits) -> bytes: ...
    async def write(self, data: bytes, limits: Limits) -> None: ...
    async def aclose(self) -> None: ...
    def is_readable(self) -> bool: ...


class _BlockingSocket:
    """A connected socket, used without the engine's wrapper."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream
        self._socket: socket.socket = stream.get_extra_info("socket")

    async def read(self, limits: Limits) -> bytes:
        self._socket.settimeout(limits.seconds())
        return self._socket.recv(_READ_BYTES)

    async def write(self, data: bytes, limits: Limits) -> None:
        limits.connected()
        self._socket.settimeout(limits.seconds())
        self._socket.sendall(data)

    async def aclose(self) -> None:
        self._stream.close()

    def is_readable(self) -> bool:
        return bool(self._stream.get_extra_info("is_readable"))


class _LoopSocket:
    """The same under asyncio and trio."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream

    async def read(self, limits: Limits) -> bytes:
        return await self._stream.read(_READ_BYTES, limits.seconds())

    async def write(self, data: bytes, limits: Limits) -> None:
        limits.connected()
        await self._stream.write(data, limits.seconds())

    async def aclose(self) -> None:
        with anyio.CancelScope(shield=True):
            await self._stream.aclose()

    def is_readable(self) -> bool:
        return bool(self._stream.get_extra_info("is_readable"))


class _Connection:
    """One connection and the answer that is being read from it; the parser calls its `on_`."""

    def __init__(self, stream: _Socket) -> None:
        self.socket = stream
        self.idle_until = 0.0
        self._parser = HttpResponseParser(self)
        self._begin()

    def _begin(self) -> None:
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.complete = False
        self.reusable = False
        self._body: list[bytes] = []

    async def exchange(self, head: bytes, body: bytes, limits: Limits) -> None:
        """Send a request and read until the head of its answer is here."""
        self._begin()
        with contextlib.suppress(ConnectionError, httpcore.WriteError):
            # A server may answer, and close, before it has read all.
            await self.socket.write(head + body, limits)
        read = 0
        while not self.status:
            read += await self._feed(limits)
            if read > _MAX_HEAD_BYTES:
                raise httpcore.RemoteProtocolError("the head of the answer does not end")

    async def read(self, limits: Limits) -> bytes:
        """Return what has arrived of the body, all that one read brought at once, b"" at its end."""
        while not self._body and not self.complete:
            await self._feed(limits)
        data = self._body[0] if len(self._body) == 1 else b"".join(self._body)
        self._body.clear()
        return data

    async def _feed(self, limits: Limits) -> int:
        data = await self.socket.read(limits)
        if not data:
            self._end()
            return 0
        try:
            self._parser.feed_data(data)
        except HttpParserError as error:
            if not self.complete:
                raise httpcore.RemoteProtocolError(str(error)) from error
            # Something follows the answer: nobody knows what the next one would be.
            self.reusable = False
        return len(data)

    def _end(self) -> None:
        """The server has closed: the end of a body that says neither length nor chunks."""
        framing = {name.lower() for name, _ in self.headers}
        if not self.status:
            raise httpcore.RemoteProtocolError("Server disconnected without sending a response.")
        if framing & {b"content-length", b"transfer-encoding"}:
            raise httpcore.RemoteProtocolError(
                "peer closed connection without sending complete message body"
            )
        self.complete = True

    def on_message_begin(self) -> None:
        if self.complete:
            raise ValueError("an answer that nobody asked for")
        self.headers = []

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        # What is below 200 announces the answer, and is none.
        self.status = status if status >= 200 else 0

    def on_body(self, data: bytes) -> None:
        self._body.append(data)

    def on_message_complete(self) -> None:
        if self.status:
            self.complete = True
            self.reusable = self._parser.should_keep_alive()

    async def aclose(self) -> None:
        await self.socket.aclose()


class _Body:
    """The body of an answer, read as it arrives."""

    def __init__(
        self, connection: _Connection, pool: _Pool, request: HTTPRequest, limits: Limits
    ) -> None:
        self.status = connection.status
        self.headers = plain_headers(connection.headers)
        self._connection = connection
        self._pool: _Pool | None = pool
        self._request = request
        self._limits = limits
        self._inflate = inflater(self.headers)

    async def read(self) -> bytes:
        try:
            while chunk := await self._connection.read(self._limits):
                data = self._inflate(chunk)
                if data:
                    self._limits.answering()
                    return data
        except FAILURES as error:
            raise interruption(error, self._request, self._limits) from error
        return b""

    async def drain(self) -> None:
        self._limits.draining()
        with contextlib.suppress(APIError):
            while await self.read():
                pass

    async def aclose(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            await pool.release(self._connection)


Connect = Callable[[HTTPRequest, Target, Limits], Awaitable[_Socket]]


class _Pool:
    """The connections to one origin; the one that was used last serves next."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._idle: list[_Connection] = []

    async def open(self, request: HTTPRequest, target: Target) -> HTTPStream:
        limits = Limits(request)
        head = _head(request, target)
        try:
            connection = await self._take(request, target, limits)
            try:
                await connection.exchange(head, request.body, limits)
            except BaseException:
                await connection.aclose()
                raise
        except FAILURES as error:
            raise failure(error, request, limits) from error
        return _Body(connection, self, request, limits)

    async def _take(self, request: HTTPRequest, target: Target, limits: Limits) -> _Connection:
        while self._idle:
            connection = self._idle.pop()
            # What can be read before anything was sent is the server's farewell.
            if connection.idle_until > monotonic() and not connection.socket.is_readable():
                return connection
            await connection.aclose()
        return _Connection(await self._connect(request, target, limits))

    async def release(self, connection: _Connection) -> None:
        if not connection.reusable or len(self._idle) >= MAX_IDLE_CONNECTIONS:
            await connection.aclose()
            return
        now = monotonic()
        connection.idle_until = now + IDLE_SECONDS
        self._idle.append(connection)
        while self._idle and self._idle[0].idle_until < now:
            await self._idle.pop(0).aclose()

    async def aclose(self) -> None:
        while self._idle:
            await self._idle.pop().aclose()


def _head(request: HTTPRequest, target: Target) -> bytes:
    lines = [b"%b: %b" % header for header in wire_headers(request, target)]
    first = b"%b %b HTTP/1.1" % (request.method.encode(), target.target)
    return b"\r\n".join([first, *lines, b"", b""])


def _key(target: Target, request: HTTPRequest) -> str:
    return f"{target.origin} {request.address}" if request.address else target.origin


def _port(target: Target) -> int:
    return target.port or (443 if target.scheme == b"https" else 80)


class FastSyncIO(SyncIO):
    """`SyncIO` over the fast engine."""

    def __init__(self) -> None:
        super().__init__()
        self._direct: dict[str, _Pool] = {}
        self._process = os.getpid()
        weakref.finalize(self, _close_pools, self._direct)

    async def open(self, request: HTTPRequest) -> HTTPStream:
        """See `IO.open`."""
        if self._process != os.getpid():
            # The parent's connections are the parent's.
            self._direct.clear()
            self._process = os.getpid()
        target = parse_url(request.url)
        pool = self._direct.get(_key(target, request))
        if pool is None:
            if target.proxy() is not None:
                return await super().open(request)
            made = _Pool(_connect_blocking)
            pool = self._direct.setdefault(_key(target, request), made)
        return await pool.open(request, target)

    def close(self) -> None:
        """Close all connections that are idle."""
        super().close()
        _close_pools(self._direct)


async def _connect_blocking(request: HTTPRequest, target: Target, limits: Limits) -> _Socket:
    host = target.host.decode()
    stream = SyncBackend().connect_tcp(request.address or host, _port(target), limits)
    context = tls_context(target)
    return _BlockingSocket(stream.start_tls(context, host, limits) if context else stream)


def _close_pools(pools: dict[str, _Pool]) -> None:
    while pools:
        drive(pools.popitem()[1].aclose())


class FastAsyncIO(AsyncIO):
    """`AsyncIO` over the fast engine."""

    def __init__(self) -> None:
        super().__init__()
        self._direct = LoopConnections[_Pool]()

    async def open(self, request: HTTPRequest) -> HTTPStream:
        """See `IO.open`."""
        target = parse_url(request.url)
        pools = await self._direct.pools()
        pool = pools.get(_key(target, request))
        if pool is None:
            if target.proxy() is not None:
                return await super().open(request)
            pool = pools[_key(target, request)] = _Pool(_connect_in_loop)
        return await pool.open(request, target)

    async def aclose(self) -> None:
        """Close all connections of the running loop that are idle."""
        await super().aclose()
        await self._direct.aclose()


async def _connect_in_loop(request: HTTPRequest, target: Target, limits: Limits) -> _Socket:
    host = target.host.decode()
    stream = await AsyncBackend().connect_tcp(request.address or host, _port(target), limits)
    context = tls_context(target)
    return _LoopSocket(await stream.start_tls(context, host, limits) if context else stream)
