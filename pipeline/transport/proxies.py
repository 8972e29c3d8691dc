"""Blocking requests through a proxy, with httpcore's pools (HTTP, HTTPS and SOCKS proxies).

httpcore passes the values of a request's "timeout" extension to the network backend unchanged. So
the extension holds a `Limits`, which gives each wait its timeout.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from typing import Any

import httpcore
import httpx

from ..port import HTTPRequest, HTTPStream
from .body import FAILURES, Body
from .headers import wire_headers
from .idle import IDLE_SECONDS, MAX_IDLE_CONNECTIONS
from .limits import Limits, failure
from .sockets import tls_context
from .urls import Target

MAX_CONNECTIONS = 1000


class _Socket(httpcore.NetworkStream):
    """A connection whose timeouts come from the limits of the current request."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | Limits | None = None) -> bytes:
        return self._inner.read(max_bytes, seconds_of(timeout))

    def write(self, buffer: bytes, timeout: float | Limits | None = None) -> None:
        if isinstance(timeout, Limits):
            timeout.connected()
        self._inner.write(buffer, seconds_of(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | Limits | None = None,
    ) -> httpcore.NetworkStream:
        return _Socket(self._inner.start_tls(ssl_context, server_hostname, seconds_of(timeout)))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Backend(httpcore.SyncBackend):
    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | Limits | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        return _Socket(
            super().connect_tcp(host, port, seconds_of(timeout), local_address, socket_options)
        )


def seconds_of(timeout: float | Limits | None) -> float | None:
    """Return the timeout of a wait in seconds, None for no limit."""
    return timeout.wait() if isinstance(timeout, Limits) else timeout


def prepare(request: HTTPRequest, target: Target, limits: Limits) -> httpcore.Request:
    """Return a request in httpcore's form."""
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


def pool_settings(target: Target, proxy: str) -> dict[str, Any]:
    """Return the arguments of both kinds of pools, blocking and asynchronous."""
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


def _body(response: httpcore.Response, request: HTTPRequest, limits: Limits) -> HTTPStream:
    chunks = filter(None, response.iter_stream())

    async def read_raw(_limits: Limits) -> bytes:
        return next(chunks, b"")

    async def release() -> None:
        response.close()

    return Body(response.status, response.headers, read_raw, release, request, limits)


class ProxyPool:
    """The connections through a proxy to all origins with one scheme."""

    def __init__(self, target: Target, proxy: str) -> None:
        self._pool = httpcore.ConnectionPool(
            network_backend=_Backend(), **pool_settings(target, proxy)
        )

    async def open(self, request: HTTPRequest, target: Target) -> HTTPStream:
        """See `IO.open`."""
        limits = Limits(request)
        try:
            response = self._pool.handle_request(prepare(request, target, limits))
        except FAILURES as error:
            raise failure(error, request, limits) from error
        return _body(response, request, limits)

    async def aclose(self) -> None:
        """Close all idle connections."""
        self._pool.close()
