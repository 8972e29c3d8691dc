"""Connect to a server, blocking; every wait asks the limits of its request."""

from __future__ import annotations

import socket
import ssl
import threading

import httpcore

from ..port import HTTPRequest
from .connections import Socket
from .limits import Limits
from .urls import Target

#: How much is read at once.
READ_BYTES = 65536


class _Socket:
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream
        # The stream's own `read` and `write` cost as much again as the socket's.
        self._socket: socket.socket = stream.get_extra_info("socket")

    async def read(self, limits: Limits) -> bytes:
        self._socket.settimeout(limits.seconds())
        return self._socket.recv(READ_BYTES)

    async def write(self, data: bytes, limits: Limits) -> None:
        limits.connected()
        self._socket.settimeout(limits.seconds())
        self._socket.sendall(data)

    def is_readable(self) -> bool:
        return bool(self._stream.get_extra_info("is_readable"))

    async def aclose(self) -> None:
        self._stream.close()


async def connect(request: HTTPRequest, target: Target, limits: Limits) -> Socket:
    """Connect, and block meanwhile."""
    host = request.address or target.host.decode()
    stream = httpcore.SyncBackend().connect_tcp(host, port_of(target), limits.seconds())
    context = tls_context(target)
    if context is not None:
        stream = stream.start_tls(context, target.host.decode(), limits.seconds())
    return _Socket(stream)


def port_of(target: Target) -> int:
    """Return the port of an address, the scheme's own where it names none."""
    return target.port or (443 if target.scheme == b"https" else 80)


_tls_lock = threading.Lock()
_tls_context: ssl.SSLContext | None = None


def tls_context(target: Target) -> ssl.SSLContext | None:
    """Return the one TLS context, made at the first https address: loading it takes a while."""
    global _tls_context  # noqa: PLW0603  # made once for the whole process
    if target.scheme != b"https":
        return None
    with _tls_lock:
        if _tls_context is None:
            import httpx  # noqa: PLC0415  # it takes a while to load

            _tls_context = httpx.create_ssl_context()
            _tls_context.set_alpn_protocols(["http/1.1"])
        return _tls_context
