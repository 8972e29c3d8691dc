"""Connections for httpcore whose every wait asks the limits of the request that it serves.

The engine hands the values of a request's "timeout" extension to the network backend untouched,
so a `Limits` travels there.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from typing import Any

import httpcore

from .limits import Limits


class _SyncSocket(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | Limits | None = None) -> bytes:
        return self._inner.read(max_bytes, _seconds(timeout))

    def write(self, buffer: bytes, timeout: float | Limits | None = None) -> None:
        if isinstance(timeout, Limits):
            timeout.connected()
        self._inner.write(buffer, _seconds(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | Limits | None = None,
    ) -> httpcore.NetworkStream:
        return _SyncSocket(self._inner.start_tls(ssl_context, server_hostname, _seconds(timeout)))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class SyncBackend(httpcore.SyncBackend):
    """Connects and blocks."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | Limits | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect within the limits."""
        return _SyncSocket(
            super().connect_tcp(host, port, _seconds(timeout), local_address, socket_options)
        )


class _AsyncSocket(httpcore.AsyncNetworkStream):
    def __init__(self, inner: httpcore.AsyncNetworkStream) -> None:
        self._inner = inner

    async def read(self, max_bytes: int, timeout: float | Limits | None = None) -> bytes:
        return await self._inner.read(max_bytes, _seconds(timeout))

    async def write(self, buffer: bytes, timeout: float | Limits | None = None) -> None:
        if isinstance(timeout, Limits):
            timeout.connected()
        await self._inner.write(buffer, _seconds(timeout))

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | Limits | None = None,
    ) -> httpcore.AsyncNetworkStream:
        return _AsyncSocket(
            await self._inner.start_tls(ssl_context, server_hostname, _seconds(timeout))
        )

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class AsyncBackend(httpcore.AsyncNetworkBackend):
    """Connects through anyio, so under asyncio and trio alike."""

    def __init__(self) -> None:
        # Any, since httpcore declares it a second time for installations without anyio.
        backend: Any = httpcore.AnyIOBackend
        self._inner: httpcore.AsyncNetworkBackend = backend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | Limits | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect within the limits."""
        return _AsyncSocket(
            await self._inner.connect_tcp(
                host, port, _seconds(timeout), local_address, socket_options
            )
        )


def _seconds(timeout: float | Limits | None) -> float | None:
    return timeout.seconds() if isinstance(timeout, Limits) else timeout
