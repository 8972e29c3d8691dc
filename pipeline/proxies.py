"""Requests through a proxy, by httpx's own engine, httpcore (HTTP, HTTPS and SOCKS proxies).

httpcore hands the values of a request's "timeout" extension to the network backend untouched, so
a `Limits` travels there and is asked at each wait.
"""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import anyio
import httpcore
import httpx

from .connections import FAILURES, IDLE_SECONDS, MAX_IDLE_CONNECTIONS, read_rest
from .limits import Limits, failure, interruption
from .port import HTTPRequest, HTTPStream
from .sockets import tls_context
from .urls import Target, plain_headers, wire_headers
from .zipped import Inflater, inflater

MAX_CONNECTIONS = 1000


class _SyncSocket(httpcore.NetworkStream):
    """A connection whose every wait asks the limits of the request that it serves."""

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


class _SyncBackend(httpcore.SyncBackend):
    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | Limits | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        return _SyncSocket(
            super().connect_tcp(host, port, _seconds(timeout), local_address, socket_options)
        )


class _AsyncSocket(httpcore.AsyncNetworkStream):
    """The same for asyncio and trio."""

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


class _AsyncBackend(httpcore.AsyncNetworkBackend):
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
        return _AsyncSocket(
            await self._inner.connect_tcp(
                host, port, _seconds(timeout), local_address, socket_options
            )
        )


def _seconds(timeout: float | Limits | None) -> float | None:
    return timeout.seconds() if isinstance(timeout, Limits) else timeout


def _prepare(request: HTTPRequest, target: Target, limits: Limits) -> httpcore.Request:
    wait = limits.seconds()
    return httpcore.Request(
        request.method,
        httpcore.URL(
            scheme=target.scheme, host=target.host, port=target.port, target=target.target
        ),
        headers=wire_headers(request, target),
        content=request.body,
        extensions={"timeout": {"connect": limits, "read": limits, "write": limits, "pool": wait}},
    )


def _settings(target: Target, proxy: str) -> dict[str, Any]:
    """Return what the pools of both worlds are made with."""
    parsed = httpx.Proxy(proxy)
    return {
        "proxy": httpcore.Proxy(
            str(parsed.url), auth=parsed.raw_auth, headers=parsed.headers.raw, ssl_context=None
        ),
        "ssl_context": tls_context(target),
        "max_connections": MAX_CONNECTIONS,
        "max_keepalive_connections": MAX_IDLE_CONNECTIONS,
        "keepalive_expiry": IDLE_SECONDS,
    }


class _Body:
    """The body of an answer, read as it arrives.

    `following` returns its next piece, None at its end.
    """

    def __init__(
        self,
        response: httpcore.Response,
        request: HTTPRequest,
        limits: Limits,
        following: Callable[[], Awaitable[bytes | None]],
        close: Callable[[], Awaitable[None]],
    ) -> None:
        self.status = response.status
        self.headers = plain_headers(response.headers)
        self._inflate: Inflater = inflater(self.headers)
        self._request = request
        self._limits = limits
        self._following = following
        self._close = close

    async def read(self) -> bytes:
        try:
            while (chunk := await self._following()) is not None:
                data = self._inflate(chunk)
                if data:
                    self._limits.answering()
                    return data
        except FAILURES as error:
            raise interruption(error, self._request, self._limits) from error
        return b""

    async def drain(self) -> None:
        await read_rest(self, self._limits)

    async def aclose(self) -> None:
        await self._close()


def _sync_body(response: httpcore.Response, request: HTTPRequest, limits: Limits) -> HTTPStream:
    chunks = iter(response.iter_stream())

    async def following() -> bytes | None:
        return next(chunks, None)

    async def close() -> None:
        response.close()

    return _Body(response, request, limits, following, close)


def _async_body(response: httpcore.Response, request: HTTPRequest, limits: Limits) -> HTTPStream:
    chunks = aiter(response.aiter_stream())

    async def following() -> bytes | None:
        return await anext(chunks, None)

    async def close() -> None:
        with anyio.CancelScope(shield=True):
            await response.aclose()
            # httpcore's generators are run to their end: trio warns of those that are dropped.
            with contextlib.suppress(*FAILURES):
                async for _ in chunks:
                    pass

    return _Body(response, request, limits, following, close)


class SyncProxyPool:
    """The connections through a proxy to one origin."""

    def __init__(self, target: Target, proxy: str) -> None:
        self._pool = httpcore.ConnectionPool(
            network_backend=_SyncBackend(), **_settings(target, proxy)
        )

    async def open(self, request: HTTPRequest, target: Target) -> HTTPStream:
        """See `IO.open`."""
        limits = Limits(request)
        try:
            response = self._pool.handle_request(_prepare(request, target, limits))
        except FAILURES as error:
            raise failure(error, request, limits) from error
        return _sync_body(response, request, limits)

    async def aclose(self) -> None:
        """Close all connections that are idle."""
        self._pool.close()


class AsyncProxyPool:
    """The same for asyncio and trio."""

    def __init__(self, target: Target, proxy: str) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            network_backend=_AsyncBackend(), **_settings(target, proxy)
        )

    async def open(self, request: HTTPRequest, target: Target) -> HTTPStream:
        """See `IO.open`."""
        limits = Limits(request)
        try:
            response = await self._pool.handle_async_request(_prepare(request, target, limits))
        except FAILURES as error:
            raise failure(error, request, limits) from error
        return _async_body(response, request, limits)

    async def aclose(self) -> None:
        """Close all connections that are idle."""
        await self._pool.aclose()
