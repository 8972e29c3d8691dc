"""SyncIO: the port `IO` over HTTP for blocking calls; async_io.py has that of event loops.

Both use connections.py, which has three limits for a response (first event, idle, total) where
httpx's client has one. h11 or, with the extra `fast`, httptools reads the responses. The module is
imported at the first call, because httpcore takes a while to load.
"""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from ..port import HTTPRequest, HTTPResponse, HTTPStream, Signal, T
from ..sync import drive
from .connections import Parser, Pool
from .h11_parser import H11Parser
from .limits import read_whole
from .sockets import connect
from .urls import Target, parse_url

MakeParser = Callable[[], Parser]


class OriginPool(Protocol):
    """The connections to one origin."""

    async def open(self, request: HTTPRequest, target: Target) -> HTTPStream:
        """See `IO.open`."""
        ...

    async def aclose(self) -> None:
        """Close all connections."""
        ...


def pool_key(target: Target, request: HTTPRequest) -> str:
    """Return the key of a request's pool: its origin, and the IP address if one is given."""
    return f"{target.origin} {request.address}" if request.address else target.origin


class _ThreadSignal:
    def __init__(self) -> None:
        self._event = threading.Event()

    def set(self) -> None:
        self._event.set()

    async def wait(self, seconds: float | None = None) -> bool:
        return self._event.wait(seconds)


class SyncIO:
    """The port for blocking calls, with a pool per origin and new pools after a fork."""

    blocking = True

    def __init__(self, make_parser: MakeParser = H11Parser) -> None:
        self._make_parser = make_parser
        self._pools: dict[str, OriginPool] = {}
        self._pid = os.getpid()
        weakref.finalize(self, _close_pools, self._pools)

    def _pool(self, target: Target, request: HTTPRequest) -> OriginPool:
        if self._pid != os.getpid():
            # The connections belong to the parent process: closing them here would break them.
            self._pools.clear()
            self._pid = os.getpid()
        key = pool_key(target, request)
        return self._pools.get(key) or self._pools.setdefault(key, self._make_pool(target))

    def _make_pool(self, target: Target) -> OriginPool:
        proxy = target.proxy()
        if proxy is None:
            return Pool(connect, self._make_parser)
        from .proxies import ProxyPool  # noqa: PLC0415  # proxies are rare

        return ProxyPool(target, proxy)

    def loop(self) -> object:
        """See `IO.loop`."""
        return None

    async def sleep(self, seconds: float) -> None:
        """Block the thread."""
        time.sleep(seconds)  # noqa: ASYNC251  # blocking calls may block

    async def open(self, request: HTTPRequest) -> HTTPStream:
        """See `IO.open`."""
        target = parse_url(request.url)
        return await self._pool(target, request).open(request, target)

    async def send(self, request: HTTPRequest) -> HTTPResponse:
        """See `IO.send`."""
        return await read_whole(await self.open(request), request)

    async def run(self, function: Callable[[], T]) -> T:
        """Run the function in this thread."""
        return function()

    async def shield(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run `work`: nothing cancels a blocking call."""
        await work()

    def event(self) -> Signal:
        """Return a signal that a thread can wait for."""
        return _ThreadSignal()

    def spawn(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run `work` immediately."""
        coroutine = work()
        try:
            coroutine.send(None)
        except StopIteration:
            return
        coroutine.close()

    def close(self) -> None:
        """Close all connections."""
        _close_pools(self._pools)


def _close_pools(pools: dict[str, OriginPool]) -> None:
    while pools:
        drive(pools.popitem()[1].aclose())
