"""The engine "httpx": httpx's own client, one for blocking calls and one for each event loop."""

from __future__ import annotations

import threading
import weakref
from collections.abc import AsyncIterator, Callable, Sequence
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Generic, TypeVar

import httpx

from ..forks import FORKS
from ..port import Alternative, HTTPRequest, HTTPResponse, HTTPStream, T
from ..proxies import Proxy, find_proxy
from ..secret import reveal
from ..transport.async_io import AsyncIO
from ..transport.idle import IDLE_SECONDS, MAX_IDLE_CONNECTIONS
from ..transport.limits import read_whole
from ..transport.loops import LoopConnections
from ..transport.sockets import shared_tls
from ..transport.sync_io import SyncIO
from ..transport.urls import Target, parse_url
from ..transport.wrapped_io import WrappedIO
from .exact_limits import ExactProgress, keep_limits
from .httpx_client import Progress, asend, prepare, send

ClientT = TypeVar("ClientT", httpx.Client, httpx.AsyncClient)


class _Clients(Generic[ClientT]):
    """The clients of one event loop, or of blocking calls: one for each proxy.

    Args:
        make: creates a client.
    """

    def __init__(self, make: Callable[..., ClientT]) -> None:
        self._make: Callable[..., ClientT] = make
        self._exact = False
        self._by_proxy: dict[Proxy | None, ClientT] = {}
        self._lock = threading.Lock()

    def prepare(self, request: HTTPRequest) -> tuple[ClientT, httpx.Request, Progress]:
        """Return the client of a request, the request in its form, and its progress.

        Raises:
            BadRequestError: the URL, a header or the variable of the proxy is invalid.
        """
        target = parse_url(request.url)
        scheme = target.scheme.decode()
        proxy = find_proxy(scheme, target.host.decode(), target.port)
        with self._lock:
            client = self._by_proxy.get(proxy)
            if client is None:
                client = self._by_proxy[proxy] = self._make(
                    proxy=_httpx_proxy(proxy), **_settings()
                )
                self._exact = keep_limits(client)
        prepared = _prepared(client, request, target)
        if not self._exact:
            return client, prepared, Progress(request)
        tunnels = proxy is not None and proxy.speaks_http and scheme == "https"
        return client, prepared, ExactProgress(request, proxy, tunnels)

    def take_all(self) -> list[ClientT]:
        """Return all clients, and forget them."""
        with self._lock:
            clients = list(self._by_proxy.values())
            self._by_proxy.clear()
        return clients

    async def aclose(self) -> None:
        """Close the clients of an event loop."""
        for client in self.take_all():
            if isinstance(client, httpx.AsyncClient):
                await client.aclose()


class HttpxIO(WrappedIO):
    """The port for blocking calls over httpx; forked processes get new clients."""

    def __init__(self, inner: SyncIO) -> None:
        super().__init__(inner)
        self._sync_io = inner
        self._begin()

    def _begin(self) -> None:
        self._forks = FORKS[0]
        self._clients = _Clients(httpx.Client)
        weakref.finalize(self, _close, self._clients, self._forks)

    async def open(self, request: HTTPRequest) -> HTTPStream:
        """See `IO.open`."""
        if self._forks != FORKS[0]:
            self._begin()
        return await _accepted(await send(*self._clients.prepare(request)), request)

    async def send(self, request: HTTPRequest) -> HTTPResponse:
        """See `IO.send`."""
        return await read_whole(await self.open(request), request)

    async def race(self, alternatives: Sequence[Alternative[T]]) -> T:
        """See `IO.race`; each alternative sends through this port, which can stop its requests."""
        from ..transport.sync_race import race  # noqa: PLC0415  # few calls race

        return await race(self, alternatives)

    def close(self) -> None:
        """Close all connections."""
        _close(self._clients, self._forks)
        self._sync_io.close()


class AsyncHttpxIO(WrappedIO):
    """The port for asyncio and trio over httpx, with clients for each event loop."""

    def __init__(self, inner: AsyncIO) -> None:
        super().__init__(inner)
        self._async_io = inner
        self._clients = LoopConnections(lambda: _Clients(httpx.AsyncClient))

    async def open(self, request: HTTPRequest) -> HTTPStream:
        """See `IO.open`."""
        clients = await self._clients.pools()
        return await _accepted(await asend(*clients.prepare(request)), request)

    async def send(self, request: HTTPRequest) -> HTTPResponse:
        """See `IO.send`."""
        return await read_whole(await self.open(request), request)

    async def aclose(self) -> None:
        """Close all connections of the running event loop."""
        await self._clients.aclose()
        await self._async_io.aclose()


async def _accepted(stream: HTTPStream, request: HTTPRequest) -> HTTPStream:
    """Return the response, unless it is a proxy's own, which requires a login.

    Raises:
        APIConnectionError: it is.
    """
    if stream.status != 407:
        return stream
    target = parse_url(request.url)
    scheme = target.scheme.decode()
    proxy = find_proxy(scheme, target.host.decode(), target.port)
    if proxy is None or scheme == "https" or not proxy.speaks_http:
        return stream
    from ..transport.proxies import login_required  # noqa: PLC0415  # few proxies refuse

    await stream.aclose()
    raise login_required(request, proxy)


def _settings() -> dict[str, Any]:
    """Return the arguments of both kinds of clients: what our own connections do."""
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
        # The proxies come from proxies/settings.py.
        "trust_env": False,
    }


def _httpx_proxy(proxy: Proxy | None) -> httpx.Proxy | None:
    if proxy is None:
        return None
    user, _, password = reveal(proxy.login).partition(":") if proxy.login else ("", "", "")
    auth = (user, password) if proxy.login else None
    scheme = proxy.scheme
    ssl_context = shared_tls() if scheme == "https" else None
    return httpx.Proxy(f"{scheme}://{proxy.name}", auth=auth, ssl_context=ssl_context)


def _prepared(
    client: httpx.Client | httpx.AsyncClient, request: HTTPRequest, target: Target
) -> httpx.Request:
    """Return httpx's form of a request, which goes to the given IP address if there is one."""
    if request.address is None:
        prepared: httpx.Request = prepare(client, request, request.url)
        prepared.stream = _Content(request.body)
        return prepared
    address = f"[{request.address}]" if ":" in request.address else request.address
    port = f":{target.port}" if target.port else ""
    url = f"{target.scheme.decode()}://{address}{port}{target.target.decode()}"
    prepared = prepare(client, request, url)
    prepared.headers["Host"] = target.authority.decode()
    prepared.extensions["sni_hostname"] = target.host.decode()
    return prepared


class _Content(httpx.ByteStream):
    """A request's body; httpx's own is a generator, and trio warns if a cancelled call drops it."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self._data = data

    def __aiter__(self) -> AsyncIterator[bytes]:
        return _Pieces([self._data])


class _Pieces:
    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = pieces

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        if not self._pieces:
            raise StopAsyncIteration
        return self._pieces.pop()


def _close(clients: _Clients[httpx.Client], forks: int) -> None:
    """Close clients, unless their connections belong to a parent process."""
    for client in clients.take_all():
        if forks == FORKS[0]:
            client.close()
