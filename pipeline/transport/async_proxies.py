"""Requests through a proxy under asyncio and trio; see proxies.py."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Iterable
from typing import Any

import anyio
import httpcore

from ..port import HTTPRequest, HTTPStream
from .body import FAILURES, Body
from .limits import Limits, failure
from .proxies import pool_settings, prepare, seconds_of
from .urls import Target


class _AsyncSocket(httpcore.AsyncNetworkStream):
    """A connection whose timeouts come from the limits of the current request."""

    def __init__(self, inner: httpcore.AsyncNetworkStream) -> None:
        self._inner = inner

    async def read(self, max_bytes: int, timeout: float | Limits | None = None) -> bytes:
        return await self._inner.read(max_bytes, seconds_of(timeout))

    async def write(self, buffer: bytes, timeout: float | Limits | None = None) -> None:
        if isinstance(timeout, Limits):
            timeout.connected()
        await self._inner.write(buffer, seconds_of(timeout))

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | Limits | None = None,
    ) -> httpcore.AsyncNetworkStream:
        return _AsyncSocket(
            await self._inner.start_tls(ssl_context, server_hostname, seconds_of(timeout))
        )

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _AsyncBackend(httpcore.AsyncNetworkBackend):
    """Connects through anyio, under asyncio and trio."""

    def __init__(self) -> None:
        # Any, because httpcore declares the name twice, once for installations without anyio.
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
        return _AsyncSocket(
            await self._inner.connect_tcp(
                host, port, seconds_of(timeout), local_address, socket_options
            )
        )


def _body(response: httpcore.Response, request: HTTPRequest, limits: Limits) -> HTTPStream:
    chunks = aiter(response.aiter_stream())

    async def read_raw(_limits: Limits) -> bytes:
        async for chunk in chunks:
            if chunk:
                return chunk
        return b""

    async def release() -> None:
        with anyio.CancelScope(shield=True):
            await response.aclose()
            # httpcore's generators must run to their end: trio warns about those that are dropped.
            with contextlib.suppress(*FAILURES):
                async for _ in chunks:
                    pass

    return Body(response.status, response.headers, read_raw, release, request, limits)


class AsyncProxyPool:
    """The connections of one event loop through a proxy; see `ProxyPool`."""

    def __init__(self, target: Target, proxy: str) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            network_backend=_AsyncBackend(), **pool_settings(target, proxy)
        )

    async def open(self, request: HTTPRequest, target: Target) -> HTTPStream:
        """See `IO.open`."""
        limits = Limits(request)
        try:
            response = await self._pool.handle_async_request(prepare(request, target, limits))
        except FAILURES as error:
            raise failure(error, request, limits) from error
        return _body(response, request, limits)

    async def aclose(self) -> None:
        """Close all idle connections."""
        await self._pool.aclose()
