"""The port `IO` over HTTP: `SyncIO` blocks, `AsyncIO` runs under asyncio and trio.

httpx's engine, httpcore, is driven directly: httpx's client has one read timeout for a whole
answer where a call has three (first event, idle, total). The engine hands the values of a
request's "timeout" extension to the network backend untouched, so a `Limits` travels there and is
asked at each wait (sockets.py). The module is imported at the first call, since httpx takes a while
to load.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import ssl
import sys
import threading
import time
import weakref
import zlib
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextvars import copy_context
from typing import Any

import anyio
import anyio.to_thread
import httpcore
import httpx

from .errors import APIError
from .limits import Limits, failure, interruption
from .loops import LoopConnections, running_loop
from .port import Event, HTTPRequest, HTTPResponse, HTTPStream, T, read_all
from .sockets import AsyncBackend, SyncBackend
from .urls import Target, parse_url, plain_headers, wire_headers
from .zipped import Inflater, inflater

MAX_CONNECTIONS = 1000
MAX_IDLE_CONNECTIONS = 100
IDLE_SECONDS = 30.0

_log = logging.getLogger("trunkline")
#: What a connection fails with, limits that passed included.
FAILURES = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    OSError,
    zlib.error,
)


def _prepare(request: HTTPRequest, target: Target, limits: Limits) -> httpcore.Request:
    wait = limits.seconds()
    host, extensions = target.host, dict[str, Any]()
    if request.address is not None and target.proxy() is None:
        host = request.address.encode()
        extensions["sni_hostname"] = target.host.decode()
    return httpcore.Request(
        request.method,
        httpcore.URL(scheme=target.scheme, host=host, port=target.port, target=target.target),
        headers=wire_headers(request, target),
        content=request.body,
        extensions={
            "timeout": {"connect": limits, "read": limits, "write": limits, "pool": wait},
            **extensions,
        },
    )


def _proxy(target: Target) -> httpcore.Proxy | None:
    url = target.proxy()
    if url is None:
        return None
    parsed = httpx.Proxy(url)
    return httpcore.Proxy(
        str(parsed.url), auth=parsed.raw_auth, headers=parsed.headers.raw, ssl_context=None
    )


class _SyncBody:
    """The body of an answer, read as it arrives."""

    def __init__(self, response: httpcore.Response, request: HTTPRequest, limits: Limits) -> None:
        self.status = response.status
        self.headers = plain_headers(response.headers)
        self._response = response
        self._chunks: Iterator[bytes] = iter(response.iter_stream())
        self._inflate: Inflater = inflater(self.headers)
        self._request = request
        self._limits = limits

    async def read(self) -> bytes:
        try:
            for chunk in self._chunks:
                data = self._inflate(chunk)
                if data:
                    self._limits.answering()
                    return data
        except FAILURES as error:
            raise interruption(error, self._request, self._limits) from error
        return b""

    async def drain(self) -> None:
        self._limits.draining()
        with contextlib.suppress(APIError):
            while await self.read():
                pass

    async def aclose(self) -> None:
        self._response.close()


class _AsyncBody:
    """The same for asyncio and trio."""

    def __init__(self, response: httpcore.Response, request: HTTPRequest, limits: Limits) -> None:
        self.status = response.status
        self.headers = plain_headers(response.headers)
        self._response = response
        self._chunks: AsyncIterator[bytes] = aiter(response.aiter_stream())
        self._inflate: Inflater = inflater(self.headers)
        self._request = request
        self._limits = limits

    async def read(self) -> bytes:
        try:
            async for chunk in self._chunks:
                data = self._inflate(chunk)
                if data:
                    self._limits.answering()
                    return data
        except FAILURES as error:
            raise interruption(error, self._request, self._limits) from error
        return b""

    async def drain(self) -> None:
        self._limits.draining()
        with contextlib.suppress(APIError):
            while await self.read():
                pass

    async def aclose(self) -> None:
        with anyio.CancelScope(shield=True):
            await self._response.aclose()
            # httpcore's generators are run to their end: trio warns of those that are dropped.
            with contextlib.suppress(*FAILURES):
                async for _ in self._chunks:
                    pass


class _ThreadEvent:
    def __init__(self) -> None:
        self._event = threading.Event()

    def set(self) -> None:
        self._event.set()

    async def wait(self, seconds: float | None = None) -> bool:
        return self._event.wait(seconds)


class SyncIO:
    """Blocks its thread; pools connections by origin, anew after a fork."""

    blocking = True

    def __init__(self) -> None:
        self._pools: dict[str, httpcore.ConnectionPool] = {}
        self._lock = threading.Lock()
        self._pid = os.getpid()
        weakref.finalize(self, _close_pools, self._pools)

    def _pool(self, target: Target) -> httpcore.ConnectionPool:
        if self._pid != os.getpid():
            # The parent's connections are the parent's: closing them here would break them there.
            self._pools.clear()
            self._lock = threading.Lock()
            self._pid = os.getpid()
        pool = self._pools.get(target.origin)
        if pool is None:
            with self._lock:
                pool = self._pools.setdefault(
                    target.origin,
                    httpcore.ConnectionPool(
                        ssl_context=tls_context(target),
                        proxy=_proxy(target),
                        max_connections=MAX_CONNECTIONS,
                        max_keepalive_connections=MAX_IDLE_CONNECTIONS,
                        keepalive_expiry=IDLE_SECONDS,
                        network_backend=SyncBackend(),
                    ),
                )
        return pool

    def loop(self) -> object:
        """See `IO.loop`."""
        return None

    async def sleep(self, seconds: float) -> None:
        """Block the thread for so long."""
        time.sleep(seconds)  # noqa: ASYNC251  # blocking is what this world does

    async def open(self, request: HTTPRequest) -> HTTPStream:
        """See `IO.open`."""
        target = parse_url(request.url)
        limits = Limits(request)
        try:
            response = self._pool(target).handle_request(_prepare(request, target, limits))
        except FAILURES as error:
            raise failure(error, request, limits) from error
        return _SyncBody(response, request, limits)

    async def send(self, request: HTTPRequest) -> HTTPResponse:
        """See `IO.send`."""
        return await read_all(await self.open(request))

    async def run(self, function: Callable[[], T]) -> T:
        """Run it here."""
        return function()

    def event(self) -> Event:
        """Return an event that a thread can wait for."""
        return _ThreadEvent()

    def spawn(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run `work` here and now."""
        coroutine = work()
        try:
            coroutine.send(None)
        except StopIteration:
            return
        coroutine.close()

    def close(self) -> None:
        """Close all connections that are idle."""
        _close_pools(self._pools)


def _close_pools(pools: dict[str, httpcore.ConnectionPool]) -> None:
    while pools:
        pools.popitem()[1].close()


class _LoopEvent:
    def __init__(self, call_soon: Callable[[Callable[[], None]], Any]) -> None:
        self._event = anyio.Event()
        self._call_soon = call_soon

    def set(self) -> None:
        self._call_soon(self._event.set)

    async def wait(self, seconds: float | None = None) -> bool:
        with anyio.move_on_after(seconds):
            await self._event.wait()
        return self._event.is_set()


class AsyncIO:
    """Runs under asyncio and trio, with one set of connections for each running event loop."""

    blocking = False

    def __init__(self) -> None:
        self._connections = LoopConnections[httpcore.AsyncConnectionPool]()
        self._tasks: set[asyncio.Task[None]] = set()

    async def _pool(self, target: Target) -> httpcore.AsyncConnectionPool:
        pools = await self._connections.pools()
        pool = pools.get(target.origin)
        if pool is None:
            pool = pools[target.origin] = httpcore.AsyncConnectionPool(
                ssl_context=tls_context(target),
                proxy=_proxy(target),
                max_connections=MAX_CONNECTIONS,
                max_keepalive_connections=MAX_IDLE_CONNECTIONS,
                keepalive_expiry=IDLE_SECONDS,
                network_backend=AsyncBackend(),
            )
        return pool

    def loop(self) -> object:
        """See `IO.loop`."""
        try:
            return running_loop()
        except RuntimeError:
            return None

    async def sleep(self, seconds: float) -> None:
        """Let other tasks run for so long."""
        await anyio.sleep(seconds)

    async def open(self, request: HTTPRequest) -> HTTPStream:
        """See `IO.open`."""
        target = parse_url(request.url)
        limits = Limits(request)
        pool = await self._pool(target)
        try:
            response = await pool.handle_async_request(_prepare(request, target, limits))
        except FAILURES as error:
            raise failure(error, request, limits) from error
        return _AsyncBody(response, request, limits)

    async def send(self, request: HTTPRequest) -> HTTPResponse:
        """See `IO.send`."""
        return await read_all(await self.open(request))

    async def run(self, function: Callable[[], T]) -> T:
        """Run it in a thread."""
        return await anyio.to_thread.run_sync(function)

    def event(self) -> Event:
        """Return an event that a task can wait for; any thread may set it."""
        loop = running_loop()
        if isinstance(loop, asyncio.AbstractEventLoop):
            return _LoopEvent(loop.call_soon_threadsafe)
        call_soon: Callable[[Callable[[], None]], Any] = getattr(loop, "run_sync_soon")  # noqa: B009
        return _LoopEvent(call_soon)

    def spawn(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run `work` as a task of the running loop; without one it is too late for it."""
        try:
            loop = running_loop()
        except RuntimeError:
            return
        if isinstance(loop, asyncio.AbstractEventLoop):
            task = loop.create_task(_logged(work))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        else:
            lowlevel = sys.modules["trio"].lowlevel
            lowlevel.spawn_system_task(_logged, work, context=copy_context())

    async def aclose(self) -> None:
        """Close all connections of the running loop that are idle."""
        await self._connections.aclose()


async def _logged(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    try:
        await work()
    except Exception:  # noqa: BLE001  # nobody awaits this task
        _log.exception("closing a stream that was dropped failed")


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
        return _tls_context
