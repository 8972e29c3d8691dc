"""Connect to a server, blocking or in an event loop; every wait asks the limits of its request."""

from __future__ import annotations

import socket
import ssl
import threading
from typing import Any

import anyio
import httpcore
import httpx

from .connections import Socket
from .limits import Limits
from .port import HTTPRequest
from .urls import Target

_READ_BYTES = 65536


class _BlockingSocket:
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream
        # The stream's own `read` and `write` cost as much again as the socket's.
        self._socket: socket.socket = stream.get_extra_info("socket")

    async def read(self, limits: Limits) -> bytes:
        self._socket.settimeout(limits.seconds())
        return self._socket.recv(_READ_BYTES)

    async def write(self, data: bytes, limits: Limits) -> None:
        limits.connected()
        self._socket.settimeout(limits.seconds())
        self._socket.sendall(data)

    def is_readable(self) -> bool:
        return bool(self._stream.get_extra_info("is_readable"))

    async def aclose(self) -> None:
        self._stream.close()


async def connect_blocking(request: HTTPRequest, target: Target, limits: Limits) -> Socket:
    """Connect, and block meanwhile."""
    host = request.address or target.host.decode()
    stream = httpcore.SyncBackend().connect_tcp(host, port_of(target), limits.seconds())
    context = tls_context(target)
    if context is not None:
        stream = stream.start_tls(context, target.host.decode(), limits.seconds())
    return _BlockingSocket(stream)


class _LoopSocket:
    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream

    async def read(self, limits: Limits) -> bytes:
        return await self._stream.read(_READ_BYTES, limits.seconds())

    async def write(self, data: bytes, limits: Limits) -> None:
        limits.connected()
        await self._stream.write(data, limits.seconds())

    def is_readable(self) -> bool:
        return bool(self._stream.get_extra_info("is_readable"))

    async def aclose(self) -> None:
        with anyio.CancelScope(shield=True):
            await self._stream.aclose()


async def connect_in_loop(request: HTTPRequest, target: Target, limits: Limits) -> Socket:
    """Connect under asyncio or trio."""
    # Any, since httpcore declares it a second time for installations without anyio.
    backend: Any = httpcore.AnyIOBackend
    connecting: httpcore.AsyncNetworkBackend = backend()
    host = request.address or target.host.decode()
    stream = await connecting.connect_tcp(host, port_of(target), limits.seconds())
    context = tls_context(target)
    if context is not None:
        stream = await stream.start_tls(context, target.host.decode(), limits.seconds())
    return _LoopSocket(stream)


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
            _tls_context = httpx.create_ssl_context()
            _tls_context.set_alpn_protocols(["http/1.1"])
        return _tls_context
