"""A pool of HTTP/1.1 connections (RFC 9112) for blocking and asynchronous calls.

Each connection carries one request at a time. In blocking calls the sockets block, so these
coroutines never suspend.

A server may close a kept connection just when a request goes out on it. So a request on a kept
connection that ends without a byte of a response is sent once more, at once and on a new one, as
browsers do. This is not an attempt of the call, but it has a note in the trail. A request is never
sent again after a byte of a response, after a limit has passed, or from a new connection.
https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2
"""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable
from functools import partial
from time import monotonic
from typing import Protocol
from weakref import ref

import httpcore

from ..parsers import Headers, Parser
from ..port import HTTPRequest, HTTPStream
from ..secret import Hidden, forget_frames
from .body import FAILURES, Body, parse
from .headers import Heads
from .idle import IDLE_SECONDS, IdleConnections, Run
from .limits import Limits, failure
from .urls import Target

# llama.cpp announces keep-alive, but closes the connection some milliseconds after each stream.
_PROMPT_CLOSE_SECONDS = 1.0
_REMEMBER_SECONDS = 600.0
_MAX_REMEMBERED = 1000

_LARGE_BODY = 65536


class Socket(Protocol):
    """A connection to a server, with TLS if needed; `limits` gives each wait its timeout."""

    async def read(self, limits: Limits) -> bytes:
        """Return the bytes that arrived, b"" if the server has closed the connection."""
        ...

    async def write(self, data: bytes, limits: Limits) -> None:
        """Send all of `data`."""
        ...

    def is_readable(self) -> bool:
        """Return whether bytes have arrived or the server has closed the connection."""
        ...

    async def aclose(self) -> None:
        """Close the connection, even if the task has been cancelled."""
        ...


# How a connection ends; `SSLError` without a proper end of TLS.
_ENDED = (ConnectionError, ssl.SSLError, httpcore.NetworkError, httpcore.RemoteProtocolError)


def is_stream(headers: Headers) -> bool:
    """Return whether a response was sent in pieces of unknown number: it declares no length."""
    return all(name.lower() != b"content-length" for name in headers)


class _Connection:
    __slots__ = (
        "__weakref__",
        "_answered",
        "_previous",
        "broken",
        "idle_until",
        "parser",
        "reference",
        "socket",
    )

    reference: ref[_Connection]

    def __init__(self, stream: Socket, parser: Parser) -> None:
        self.socket = stream
        self.parser = parser
        self.idle_until = 0.0
        self.broken = False
        self._answered = False
        self._previous: Headers | None = None

    def keep(self, until: float) -> None:
        """Prepare for the next request."""
        self.idle_until = until
        self._previous = self.parser.headers

    def was_closed_while_kept(self, error: Exception) -> bool:
        """Return whether a request failed only because the server no longer used the connection."""
        return self._previous is not None and not self._answered and isinstance(error, _ENDED)

    def closed_after_stream(self, now: float) -> bool:
        """Return whether the connection, which has ended, was closed promptly after a stream."""
        kept = now - (self.idle_until - IDLE_SECONDS)
        return kept < _PROMPT_CLOSE_SECONDS and is_stream(self._previous or {})

    def is_closed(self) -> bool:
        """Return whether the server has closed the connection while it was kept."""
        return self.socket.is_readable()

    def abort(self) -> None:
        """Let the thread of a blocking call that uses the connection fail at once."""
        abort = getattr(self.socket, "abort", None)
        if abort is not None:
            abort()

    async def aclose(self) -> None:
        """Close the connection."""
        await self.socket.aclose()

    async def exchange(self, request: HTTPRequest, head: Hidden[bytes], limits: Limits) -> bytes:
        """Send a request and read the head of its response; close the connection if that fails.

        Returns:
            What of the body came with the head.
        """
        self._answered = False
        try:
            if request.hold is not None:
                request.hold(self.abort)
            self.parser.begin(request.method)
            limits.connected()
            await self._write(head, request.body, limits)
            first = b""
            while not self.parser.status:
                data = await self.socket.read(limits)
                self._answered |= data != b""
                first = parse(self.parser, data, limits)
        except BaseException:
            await self.socket.aclose()
            raise
        return first

    async def _write(self, head: Hidden[bytes], body: bytes, limits: Limits) -> None:
        # A server may respond and close the connection before it has read the whole request.
        try:
            if len(body) < _LARGE_BODY:
                await self.socket.write(head.reveal() + body, limits)
            else:
                await self.socket.write(head.reveal(), limits)
                await self.socket.write(body, limits)
        except (ConnectionError, ssl.SSLError, httpcore.WriteError):
            self.broken = True
        except BaseException as error:
            # The frames of whatever writes have the bytes of the request, with its key.
            forget_frames(error)
            raise


Connect = Callable[[HTTPRequest, Target, Limits], Awaitable[Socket]]


class Pool:
    """The direct connections to all origins.

    Args:
        connect: opens a connection.
        make_parser: creates the parser of a connection.
        run: see `IdleConnections`.
    """

    def __init__(self, connect: Connect, make_parser: Callable[[], Parser], run: Run) -> None:
        self._connect = connect
        self._make_parser = make_parser
        self._heads = Heads()
        self._idle = IdleConnections[_Connection](run)
        # Weak references, so that a dropped response takes its connection with it.
        self._busy: set[ref[_Connection]] = set()
        # Until then, connections to an origin are not reused after a stream: it closes them.
        self._single_streams_until: dict[str, float] = {}

    async def open(self, request: HTTPRequest, target: Target) -> HTTPStream:
        """See `IO.open`."""
        head = self._heads.write(request, target)
        limits = Limits(request)
        origin = f"{target.origin} {request.address}" if request.address else target.origin
        try:
            connection = await self._reuse(origin) or await self._make(request, target, limits)
            try:
                first = await connection.exchange(request, head, limits)
            except FAILURES as error:
                if not connection.was_closed_while_kept(error):
                    raise
                self._note_closed(origin, connection)
                if request.note is not None:
                    request.note("Connections", "sent again", reason="kept connection was closed")
                limits.reconnecting()
                connection = await self._make(request, target, limits)
                first = await connection.exchange(request, head, limits)
        except FAILURES as error:
            raise failure(error, request, limits) from error
        self._busy.add(connection.reference)
        parser = connection.parser
        return Body(
            parser.status,
            parser.headers.items(),
            connection.socket.read,
            parser,
            first,
            partial(self._release, origin, connection),
            request,
            limits,
        )

    async def _reuse(self, origin: str) -> _Connection | None:
        """Return a kept connection that the server has not closed, None if there is none."""
        while (connection := self._idle.take(origin)) is not None:
            if connection.idle_until > monotonic():
                # Bytes that arrive before a request mean that the server closes the connection.
                if not connection.is_closed():
                    return connection
                self._note_closed(origin, connection)
            await connection.aclose()
        return None

    async def _make(self, request: HTTPRequest, target: Target, limits: Limits) -> _Connection:
        made = _Connection(await self._connect(request, target, limits), self._make_parser())
        made.reference = ref(made, self._busy.discard)
        # It takes its hash from what it refers to, once and while that is alive.
        hash(made.reference)
        return made

    def _note_closed(self, origin: str, connection: _Connection) -> None:
        """Remember whether the server closes connections after streams."""
        now = monotonic()
        if connection.closed_after_stream(now):
            if len(self._single_streams_until) >= _MAX_REMEMBERED:
                self._single_streams_until.clear()
            self._single_streams_until[origin] = now + _REMEMBER_SECONDS

    def _closes_after_streams(self, origin: str, now: float) -> bool:
        until = self._single_streams_until
        return bool(until) and now < until.get(origin, 0.0)

    async def _release(self, origin: str, connection: _Connection) -> None:
        """Keep a connection for the next request, or close it if it cannot be reused."""
        self._busy.discard(connection.reference)
        parser, now = connection.parser, monotonic()
        single = self._closes_after_streams(origin, now) and is_stream(parser.headers)
        if single or connection.broken or not parser.reusable:
            await connection.aclose()
            return
        connection.keep(now + IDLE_SECONDS)
        oldest = self._idle.keep(origin, connection)
        if oldest is not None:
            await oldest.aclose()

    async def aclose(self) -> None:
        """Close all connections, including those in use."""
        self._heads.clear()
        # A copy, because other threads may start and finish requests meanwhile.
        for reference in list(self._busy):
            connection = reference()
            if connection is not None:
                await connection.aclose()
        await self._idle.aclose()
