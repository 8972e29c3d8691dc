"""Connections through a proxy: HTTP, HTTPS, and SOCKS5 (RFC 9110, 9112, 1928 and 1929).

A proxy only changes how a connection is made, and how requests for http URLs are addressed. All
else, such as limits, kept connections and resent requests, is as without a proxy.
"""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable
from typing import Protocol

import httpcore
from msgspec.structs import replace

from ..errors import APIConnectionError
from ..forks import FORKS
from ..port import HTTPRequest, HTTPStream
from ..proxies import Proxy
from ..proxies.socks import begin_socks
from ..proxies.tunnel import basic_login, begin_tunnel, refusal
from .connections import Connect, Pool, Socket
from .limits import Limits, host_of
from .sockets import (
    READ_BYTES,
    first_answering,
    is_readable,
    port_of,
    shared_tls,
    shut_down,
    tls_context,
)
from .urls import Target


class Line(Socket, Protocol):
    """A connection to a proxy, before and after it leads to the server."""

    async def start_tls(self, context: ssl.SSLContext, host: str, limits: Limits) -> None:
        """Encrypt what follows, if need be within an encrypted connection."""
        ...


Dial = Callable[[str, int, Limits], Awaitable[Line]]


class ProxyPool:
    """The connections through one proxy.

    Args:
        proxy: the proxy.
        pool: connections that are made by `connect_through`.
    """

    def __init__(self, proxy: Proxy, pool: Pool) -> None:
        self._proxy = proxy
        self._pool = pool

    async def open(self, request: HTTPRequest, target: Target) -> HTTPStream:
        """See `IO.open`."""
        proxy = self._proxy
        if target.scheme == b"https" or not proxy.speaks_http:
            return await self._pool.open(request, target)
        target = replace(target, target=target.origin.encode() + target.target)
        stream = await self._pool.open(_with_login(request, proxy), target)
        if stream.status == 407:
            await stream.aclose()
            raise login_required(request, proxy)
        return stream

    async def aclose(self) -> None:
        """Close all connections."""
        await self._pool.aclose()


def login_required(request: HTTPRequest, proxy: Proxy) -> APIConnectionError:
    """Return the error of a proxy that refuses to forward a request, with status 407."""
    return APIConnectionError(
        f"{host_of(request.url)}: {refusal(407)} (proxy {proxy.name})", phase="connect"
    )


def _with_login(request: HTTPRequest, proxy: Proxy) -> HTTPRequest:
    """Return the request with the proxy's login, in a frame that no traceback shows."""
    if proxy.login is None:
        return request
    login = {"Proxy-Authorization": basic_login(proxy.login)}
    return replace(request, headers={**request.headers, **login})


def connect_through(proxy: Proxy, dial: Dial) -> Connect:
    """Return what connects to servers through a proxy.

    Args:
        proxy: the proxy.
        dial: connects to the proxy itself.
    """

    async def connect(request: HTTPRequest, target: Target, limits: Limits) -> Socket:
        del request
        limits.proxy = proxy.name
        line = await dial(proxy.host, proxy.port, limits)
        try:
            if proxy.scheme == "https":
                await line.start_tls(shared_tls(), proxy.host, limits)
            await _begin(line, proxy, target, limits)
            limits.proxy = ""
            context = tls_context(target)
            if context is not None:
                await line.start_tls(context, target.host.decode(), limits)
        except BaseException:
            await line.aclose()
            raise
        return line

    return connect


async def _begin(line: Line, proxy: Proxy, target: Target, limits: Limits) -> None:
    """Make the proxy connect to the server, unless it forwards requests by itself."""

    async def send(data: bytes) -> None:
        await line.write(data, limits)

    async def receive() -> bytes:
        return await line.read(limits)

    if not proxy.speaks_http:
        await begin_socks(send, receive, proxy.login, target.host, port_of(target))
    elif target.scheme == b"https":
        await begin_tunnel(send, receive, proxy.login, target.host.decode(), port_of(target))


class BlockingLine:
    """See `Line`; httpcore's streams can encrypt an encrypted connection."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream
        self._reading = False
        self._closed = False
        self._forks = FORKS[0]

    async def read(self, limits: Limits) -> bytes:
        """See `Socket.read`."""
        self._reading = True
        try:
            return b"" if self._closed else self._stream.read(READ_BYTES, limits.wait())
        finally:
            self._reading = False
            if self._closed:
                self._stream.close()

    async def write(self, data: bytes, limits: Limits) -> None:
        """See `Socket.write`."""
        self._stream.write(data, limits.wait())

    async def start_tls(self, context: ssl.SSLContext, host: str, limits: Limits) -> None:
        """See `Line.start_tls`."""
        self._stream = self._stream.start_tls(context, host, limits.wait())

    def is_readable(self) -> bool:
        """See `Socket.is_readable`."""
        return is_readable(self._stream.get_extra_info("socket"))

    def abort(self) -> None:
        """See `BlockingSocket.abort`."""
        shut_down(self._stream.get_extra_info("socket"))

    async def aclose(self) -> None:
        """See `Socket.aclose`; see also `BlockingSocket.aclose`."""
        self._closed = True
        if self._reading and self._forks == FORKS[0]:
            self.abort()
        else:
            self._stream.close()


async def dial_proxy(host: str, port: int, limits: Limits) -> Line:
    """Connect to a proxy, blocking."""

    def connect(address: str, seconds: float | None) -> httpcore.NetworkStream:
        return httpcore.SyncBackend().connect_tcp(address, port, seconds)

    return BlockingLine(await first_answering(host, port, limits, connect))
