"""Connect to a server, blocking. Every wait takes its timeout from the request's limits."""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import threading
from functools import lru_cache

import httpcore

from ..port import HTTPRequest
from .connections import Socket
from .limits import Limits
from .urls import Target

#: How many bytes to read at once.
READ_BYTES = 65536


class _Socket:
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream
        # The stream's own `read` and `write` take twice as long as the socket's.
        self._socket: socket.socket = stream.get_extra_info("socket")
        self._reading = False
        self._closed = False

    async def read(self, limits: Limits) -> bytes:
        self._reading = True
        try:
            if self._closed:
                return b""
            self._socket.settimeout(limits.wait())
            return self._socket.recv(READ_BYTES)
        finally:
            self._reading = False
            if self._closed:
                self._stream.close()

    async def write(self, data: bytes, limits: Limits) -> None:
        limits.connected()
        self._socket.settimeout(limits.wait())
        self._socket.sendall(data)

    def is_readable(self) -> bool:
        return bool(self._stream.get_extra_info("is_readable"))

    async def aclose(self) -> None:
        self._closed = True
        if self._reading:
            # Another thread waits for data: this wakes it. It closes the descriptor itself, because
            # the system may give the number of a closed one to another file at once.
            with contextlib.suppress(OSError):
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
        else:
            self._stream.close()


async def connect(request: HTTPRequest, target: Target, limits: Limits) -> Socket:
    """Connect, blocking the thread."""
    host = request.address or target.host.decode()
    stream = httpcore.SyncBackend().connect_tcp(host, port_of(target), limits.wait())
    context = tls_context(target)
    if context is not None:
        stream = stream.start_tls(context, target.host.decode(), limits.wait())
    return _Socket(stream)


def port_of(target: Target) -> int:
    """Return the port of a URL, by default that of its scheme."""
    return target.port or (443 if target.scheme == b"https" else 80)


_tls_lock = threading.Lock()


def tls_context(target: Target) -> ssl.SSLContext | None:
    """Return the TLS context of an https URL, None for http.

    All connections share one context, because loading certificates takes a while.
    """
    if target.scheme != b"https":
        return None
    with _tls_lock:
        return _make_context(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@lru_cache(maxsize=4)
def _make_context(_cert_file: str | None, _cert_dir: str | None) -> ssl.SSLContext:
    """Create the context; httpx reads the two variables itself."""
    import httpx  # noqa: PLC0415  # loading it takes a while

    context = httpx.create_ssl_context()
    context.set_alpn_protocols(["http/1.1"])
    return context
