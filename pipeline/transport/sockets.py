"""Connect to a server, blocking. Every wait takes its timeout from the request's limits."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from functools import lru_cache
from math import ceil
from typing import TypeVar

import httpcore

from ..forks import FORKS
from ..port import HTTPRequest
from ..resolve import resolve
from ..sync import ThreadSignal
from .connections import Socket
from .limits import Limits
from .urls import DEFAULT_PORTS, Target

T = TypeVar("T")

#: How many bytes to read at once.
READ_BYTES = 65536

#: Seconds without progress after which a write checks whether the server has refused the request.
STALL_SECONDS = 1.0
#: Bytes of a request that may not fit into the system's buffers.
LARGE = 65536


class BlockingSocket:
    """See `Socket`."""

    __slots__ = ("_closed", "_early", "_forks", "_poll", "_reading", "_socket", "_timeout")

    def __init__(self, inner: socket.socket) -> None:
        self._socket = inner
        self._poll = _poll_for(inner.fileno())
        self._reading = False
        self._closed = False
        self._forks = FORKS[0]
        self._timeout: float | None = -1.0
        # What arrived while a request was being written.
        self._early = b""

    async def read(self, limits: Limits) -> bytes:
        """See `Socket.read`."""
        self._reading = True
        try:
            if self._closed:
                return b""
            seconds = limits.wait()
            if seconds != self._timeout:
                self._limit(seconds)
                if self._early:
                    return self.take_early()
            return self._socket.recv(READ_BYTES)
        finally:
            self._reading = False
            if self._closed:
                self._socket.close()

    async def write(self, data: bytes, limits: Limits) -> None:
        """See `Socket.write`."""
        self._limit(limits.wait())
        view = memoryview(data)
        # A traceback may show local variables, and a request has a key.
        del data
        if len(view) < LARGE:
            self._socket.sendall(view)
            return
        while view:
            seconds = limits.wait()
            self._limit(STALL_SECONDS if seconds is None else min(seconds, STALL_SECONDS))
            with contextlib.suppress(TimeoutError):
                view = view[self._socket.send(view) :]
            if len(self._early) < READ_BYTES and is_readable(self._socket):
                self._read_early()

    def _read_early(self) -> None:
        """Read what the server sends before it has read the whole request.

        Raises:
            httpcore.WriteError: it has refused the request, and may never read the rest.
        """
        # So the next read sets its timeout again, and then finds what has arrived.
        self._limit(0.0)
        # With TLS, there may be no data in what arrived.
        with contextlib.suppress(BlockingIOError, ssl.SSLWantReadError):
            data = self._socket.recv(READ_BYTES)
            self._early += data
            if not data or is_refusal(data):
                raise httpcore.WriteError("the server has refused the request")

    def take_early(self) -> bytes:
        """Return what arrived while a request was being written, once."""
        data, self._early = self._early, b""
        return data

    def _limit(self, seconds: float | None) -> None:
        if seconds is not None:
            # The system waits for whole milliseconds. So the timeouts of a usual call are equal.
            seconds = ceil(seconds * 1000) / 1000
        # It takes a system call.
        if seconds != self._timeout:
            self._timeout = seconds
            self._socket.settimeout(seconds)

    def is_readable(self) -> bool:
        """See `Socket.is_readable`."""
        # A closed socket's number may be that of another file. Python's garbage collector may have
        # closed it too, with a stream in a reference cycle.
        return self._socket.fileno() < 0 or bool(self._poll(0))

    def abort(self) -> None:
        """Let the thread that uses the connection fail at once; it closes it then."""
        shut_down(self._socket)

    async def aclose(self) -> None:
        """See `Socket.aclose`."""
        self._closed = True
        if self._reading and self._forks == FORKS[0]:
            # Another thread waits for data: this wakes it. It closes the descriptor itself, because
            # the system may give the number of a closed one to another file at once.
            self.abort()
        else:
            # In a forked process, the thread that reads is one of the parent's.
            self._socket.close()


async def connect(request: HTTPRequest, target: Target, limits: Limits) -> Socket:
    """Connect, blocking the thread."""
    host = request.address or target.host.decode()
    sock = await dial(host, port_of(target), limits)
    context = tls_context(target)
    if context is not None:
        sock = start_tls(sock, context, target.host.decode(), limits)
    return BlockingSocket(sock)


async def dial(host: str, port: int, limits: Limits) -> socket.socket:
    """Connect to the first address of a host that answers."""

    def connect(address: str, seconds: float | None) -> socket.socket:
        return socket.create_connection((address, port), seconds)

    sock = await first_answering(host, port, limits, connect)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


async def first_answering(
    host: str, port: int, limits: Limits, connect: Callable[[str, float | None], T]
) -> T:
    """Return a connection to the first address of a host that answers.

    Args:
        host: the host.
        port: its port.
        limits: the limits of the request.
        connect: connects to an address within a number of seconds.
    """
    addresses = await resolve(host, port, ThreadSignal(), limits.wait())
    while True:
        address = addresses.pop(0)
        # One that does not answer leaves time for the others.
        seconds = limits.wait()
        share = seconds if seconds is None else seconds / (1 + len(addresses))
        try:
            return connect(address, share)
        except (OSError, httpcore.NetworkError, httpcore.TimeoutException):
            if not addresses:
                raise


def start_tls(
    sock: socket.socket, context: ssl.SSLContext, host: str, limits: Limits
) -> ssl.SSLSocket:
    """Return the socket with TLS; close it if that fails."""
    try:
        sock.settimeout(limits.wait())
        return context.wrap_socket(sock, server_hostname=host)
    except BaseException:
        sock.close()
        raise


# Windows has none, and `select` takes descriptors of any number there.
_make_poll = getattr(select, "poll", None)
_READABLE = getattr(select, "POLLIN", 1)


def _poll_for(descriptor: int) -> Callable[[float], Sequence[object]]:
    """Return what waits for a number of milliseconds until a file can be read; [] if it cannot."""
    if _make_poll is None:
        return lambda wait: select.select([descriptor], [], [], wait / 1000)[0]
    poll = _make_poll()
    poll.register(descriptor, _READABLE)
    waiting: Callable[[float], Sequence[object]] = poll.poll
    return waiting


def is_readable(sock: socket.socket) -> bool:
    """Return whether bytes have arrived or the other side has closed the connection."""
    descriptor = sock.fileno()
    return descriptor < 0 or bool(_poll_for(descriptor)(0))


def check_refusal(sock: socket.socket) -> None:
    """Raise WriteError if the server has refused a request that it does not read to its end.

    With TLS, it cannot be seen.
    """
    with contextlib.suppress(OSError, ValueError):
        if is_readable(sock) and is_refusal(sock.recv(16, socket.MSG_PEEK)):
            raise httpcore.WriteError("the server has refused the request")


def is_refusal(data: bytes) -> bool:
    """Return whether an HTTP response with the status of an error begins with these bytes."""
    return data.startswith(b"HTTP/1.") and data[9:10] in (b"4", b"5")


def shut_down(sock: socket.socket) -> None:
    """Let a thread that waits for a socket fail at once; with TLS, nothing more is sent."""
    with contextlib.suppress(OSError):
        socket.socket.shutdown(sock, socket.SHUT_RDWR)


def port_of(target: Target) -> int:
    """Return the port of a URL, by default that of its scheme."""
    return target.port or DEFAULT_PORTS[target.scheme.decode()]


def tls_context(target: Target) -> ssl.SSLContext | None:
    """Return the TLS context of an https URL, None for http."""
    return shared_tls() if target.scheme == b"https" else None


_tls_lock = threading.Lock()


def shared_tls() -> ssl.SSLContext:
    """Return the TLS context of all connections, because loading certificates takes a while."""
    with _tls_lock:
        return _make_context(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@lru_cache(maxsize=4)
def _make_context(_cert_file: str | None, _cert_dir: str | None) -> ssl.SSLContext:
    """Create the context; httpx reads the two variables itself."""
    import httpx  # noqa: PLC0415  # loading it takes a while

    context = httpx.create_ssl_context()
    context.set_alpn_protocols(["http/1.1"])
    return context
