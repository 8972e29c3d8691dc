"""The engine "httpx": httpx's own client, one for blocking calls and one for each event loop."""

from __future__ import annotations

import os
import threading
import weakref
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx

from ..port import HTTPRequest, HTTPResponse, HTTPStream
from ..transport.async_io import AsyncIO
from ..transport.idle import IDLE_SECONDS, MAX_IDLE_CONNECTIONS
from ..transport.limits import read_whole
from ..transport.loops import LoopConnections
from ..transport.sockets import shared_tls
from ..transport.sync_io import SyncIO
from ..transport.urls import parse_url
from ..transport.wrapped_io import WrappedIO
from .httpx_client import asend, prepare, send


class HttpxIO(WrappedIO):
    """The port for blocking calls over an httpx client; forked processes get a new one."""

    def __init__(self, inner: SyncIO) -> None:
        super().__init__(inner)
        self._sync_io = inner
        self._lock = threading.Lock()
        self._client: httpx.Client | None = None
        self._pid = os.getpid()

    def _find_client(self) -> httpx.Client:
        with self._lock:
            if self._client is None or self._pid != os.getpid():
                self._client = httpx.Client(**_settings())
                self._pid = os.getpid()
                weakref.finalize(self, _close, self._client, self._pid)
            return self._client

    async def open(self, request: HTTPRequest) -> HTTPStream:
        """See `IO.open`."""
        client = self._find_client()
        return await send(client, _prepare(client, request), request)

    async def send(self, request: HTTPRequest) -> HTTPResponse:
        """See `IO.send`."""
        return await read_whole(await self.open(request), request)

    def close(self) -> None:
        """Close all connections."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            _close(client, self._pid)
        self._sync_io.close()


class AsyncHttpxIO(WrappedIO):
    """The port for asyncio and trio over an httpx client for each event loop."""

    def __init__(self, inner: AsyncIO) -> None:
        super().__init__(inner)
        self._async_io = inner
        self._clients = LoopConnections(lambda: httpx.AsyncClient(**_settings()))

    async def open(self, request: HTTPRequest) -> HTTPStream:
        """See `IO.open`."""
        client = await self._clients.pools()
        return await asend(client, _prepare(client, request), request)

    async def send(self, request: HTTPRequest) -> HTTPResponse:
        """See `IO.send`."""
        return await read_whole(await self.open(request), request)

    async def aclose(self) -> None:
        """Close all connections of the running event loop."""
        await self._clients.aclose()
        await self._async_io.aclose()


def _settings() -> dict[str, Any]:
    """Return the arguments of both clients: what our own connections do, as far as httpx can."""
    return {
        "verify": shared_tls(),
        "timeout": None,
        "limits": httpx.Limits(
            max_connections=None,
            max_keepalive_connections=MAX_IDLE_CONNECTIONS,
            keepalive_expiry=IDLE_SECONDS,
        ),
        # No cookie of one call is sent with another.
        "cookies": CookieJar(DefaultCookiePolicy(allowed_domains=())),
    }


def _prepare(client: httpx.Client | httpx.AsyncClient, request: HTTPRequest) -> httpx.Request:
    """Return httpx's form of a request, which goes to the given IP address if there is one."""
    target = parse_url(request.url)
    if request.address is None:
        prepared: httpx.Request = prepare(client, request, target, request.url)
        return prepared
    address = f"[{request.address}]" if ":" in request.address else request.address
    port = f":{target.port}" if target.port else ""
    url = f"{target.scheme.decode()}://{address}{port}{target.target.decode()}"
    prepared = prepare(client, request, target, url)
    prepared.headers["Host"] = target.authority.decode()
    prepared.extensions["sni_hostname"] = target.host.decode()
    return prepared


def _close(client: httpx.Client, pid: int) -> None:
    """Close a client, unless its connections belong to a parent process."""
    if pid == os.getpid():
        client.close()
