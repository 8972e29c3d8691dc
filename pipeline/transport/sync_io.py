"""The port `IO` over HTTP where calls block; loop_transport.py has that of event loops.

Both send through connections.py, which has three limits for an answer (first event, idle, total)
where httpx's client has one; what they send is written and read by h11 or by the extra `fast`.
Imported at the first call, since what it needs of httpcore takes a while to load.
"""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from ..port import HTTPRequest, HTTPResponse, HTTPStream, Signal, T, read_all
from ..sync import drive
from .connections import Parser, Pool
from .h11_parser import PlainParser
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
    """Return what connections are kept by: where they lead, and an address that was checked."""
    return f"{target.origin} {request.address}" if request.address else target.origin


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

    def __init__(self, make_parser: MakeParser = PlainParser) -> None:
        self._make_parser = make_parser
        self._pools: dict[str, OriginPool] = {}
        self._pid = os.getpid()
        weakref.finalize(self, _close_pools, self._pools)

    def _pool(self, target: Target, request: HTTPRequest) -> OriginPool:
        if self._pid != os.getpid():
            # The parent's connections are the parent's: closing them here would break them there.
            self._pools.clear()
            self._pid = os.getpid()
        key = pool_key(target, request)
        return self._pools.get(key) or self._pools.setdefault(key, self._make_pool(target))

    def _make_pool(self, target: Target) -> OriginPool:
        proxy = target.proxy()
        if proxy is None:
            return Pool(connect, self._make_parser)
        from .proxies import ProxyPool  # noqa: PLC0415  # few have one

        return ProxyPool(target, proxy)

    def loop(self) -> object:
        """See `IO.loop`."""
        return None

    async def sleep(self, seconds: float) -> None:
        """Block the thread for so long."""
        time.sleep(seconds)  # noqa: ASYNC251  # blocking is what this world does

    async def open(self, request: HTTPRequest) -> HTTPStream:
        """See `IO.open`."""
        target = parse_url(request.url)
        return await self._pool(target, request).open(request, target)

    async def send(self, request: HTTPRequest) -> HTTPResponse:
        """See `IO.send`."""
        return await read_all(await self.open(request))

    async def run(self, function: Callable[[], T]) -> T:
        """Run it here."""
        return function()

    async def shield(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run it: nothing cancels a blocking call."""
        await work()

    def event(self) -> Signal:
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
        """Close all connections."""
        _close_pools(self._pools)


def _close_pools(pools: dict[str, OriginPool]) -> None:
    while pools:
        drive(pools.popitem()[1].aclose())
