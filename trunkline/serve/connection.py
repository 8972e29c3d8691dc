"""A client's connection that cannot be held without a request."""

from __future__ import annotations

import asyncio
import re
import socket
import sys
from http import HTTPStatus
from typing import Any, cast

from httptools import HttpParserInvalidMethodError
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from ..inbound import Network, Received, Sent
from ..inbound.front import find_endpoint
from ..inbound.refusals import refuse_request
from ..pipeline.errors import APIError, BadRequestError

#: Bytes of a request's line and headers.
_MAX_HEAD = 64 * 1024
# Linux only: milliseconds after which a connection ends if nobody takes its data.
_USER_TIMEOUT: int | None = getattr(socket, "TCP_USER_TIMEOUT", None)
_UPGRADE = re.compile(rb"\r\nupgrade[ \t]*:", re.IGNORECASE)
_REQUEST_LINE = re.compile(rb"([!-~]+) ([!-~]+) HTTP/1\.[01]\r?\n")


class Connections(ServerState):
    """The connections of a server; above a limit, idle ones are closed.

    Attributes:
        most: the limit; only connections with a request may exceed it.
        idle: those without a request, the one that has waited for the longest time first.
        stopping: whether each connection ends after one more response.
    """

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most
        self.idle: dict[Connection, None] = {}
        self.stopping = False

    def stop(self) -> None:
        """Close connections that have had a response, and all others after theirs.

        The first request of a new connection may be on its way: its client would not send it again.
        """
        self.stopping = True
        for connection in cast("set[Connection]", self.connections.copy()):
            if connection.has_begun:
                connection.shutdown()

    def make_room(self) -> None:
        """Close the connections that have been idle for longest, those above the limit."""
        excess = len(self.connections) - self.most
        for connection in list(self.idle)[: max(excess, 0)]:
            connection.give_up()


class Connection(HttpToolsProtocol):
    """Ends if a request's headers do not arrive in time, or are too large, or nobody reads.

    uvicorn limits the time between two requests only. Here the same limit applies before the first.
    """

    _waiting: asyncio.TimerHandle | None = None
    _head = 0
    _data = b""

    @property
    def has_begun(self) -> bool:
        """Whether it has had a request."""
        # Before the first request it is None, which uvicorn's types do not say.
        return cast("RequestResponseCycle | None", self.cycle) is not None

    @property
    def _all(self) -> Connections:
        return cast("Connections", self.server_state)

    def connection_made(self, transport: Any) -> None:
        """Wait for the first request, but not forever."""
        super().connection_made(transport)
        found: object = transport.get_extra_info("socket")
        if found is not None and _USER_TIMEOUT is not None:
            idle = int(self.timeout_keep_alive * 1000)
            cast("socket.socket", found).setsockopt(socket.IPPROTO_TCP, _USER_TIMEOUT, idle)
        self._wait()
        self._all.make_room()
        self._all.idle[self] = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timer."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read a piece of a request."""
        if not self.has_begun or self.cycle.response_complete:
            data = _without_upgrade(data)
            self._head += len(data)
            if self._waiting is None:
                self._wait()
        self._data = data
        super().data_received(data)
        self._data = b""
        if self._head > _MAX_HEAD and self._waiting is not None:
            self.give_up()

    def on_headers_complete(self) -> None:
        """Stop the timer: from here on the app reads the body."""
        self._stop_waiting()
        self._head = 0
        super().on_headers_complete()
        if self._all.stopping:
            self.shutdown()

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        super().on_response_complete()
        if self.timeout_keep_alive_task is not None:
            self._all.idle[self] = None

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  # uvicorn's own text
        """Refuse what is not HTTP, or has a method that HTTP does not have."""
        sent = _refusal(self._data, sys.exception())
        body = cast("bytes", sent.body)
        status = HTTPStatus(sent.status)
        head = f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-length: {len(body)}\r\n"
        lines = "".join(f"{name}: {value}\r\n" for name, value in sent.headers.items())
        self.transport.write(f"{head}{lines}connection: close\r\n\r\n".encode() + body)
        self.transport.close()

    def give_up(self) -> None:
        """End a connection without a request."""
        self._stop_waiting()
        self.connections.discard(self)
        if not self.transport.is_closing():
            self.transport.close()

    def _wait(self) -> None:
        self._waiting = self.loop.call_later(self.timeout_keep_alive, self.give_up)

    def _stop_waiting(self) -> None:
        self._all.idle.pop(self, None)
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None


def _without_upgrade(data: bytes) -> bytes:
    """Return the beginning of a request without an offer of another protocol.

    Java's client offers HTTP/2 with each request, and httptools would then skip the body.
    """
    if b"pgrade" not in data:
        return data
    head, end, body = data.partition(b"\r\n\r\n")
    return _UPGRADE.sub(b"\r\nx-upgrade:", head) + end + body


def _refusal(data: bytes, reason: BaseException | None) -> Sent:
    """Return the response to bytes that the parser has refused for a reason."""
    line = _REQUEST_LINE.match(data)
    method, path = (part.decode("ascii") for part in line.groups()) if line else ("", "/")
    received = Received(method=method, path=path, headers={}, query={})
    error: APIError = BadRequestError("expected a request of HTTP/1.1", code="invalid_request")
    if line is not None and isinstance(reason, HttpParserInvalidMethodError):
        try:
            find_endpoint(received)
        except APIError as unknown:
            error = unknown
    return refuse_request(error, received, Network())
