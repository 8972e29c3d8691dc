"""The port `IO` over HTTP: `SyncIO` blocks, `AsyncIO` runs under asyncio and trio.

Both send through connections.py, which has three limits for an answer (first event, idle, total)
where httpx's client has one; what they send is written and read by h11 or by the extra `fast`.
Imported at the first call, since what it needs of httpx takes a while to load.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
import time
import weakref
from collections.abc import Callable, Coroutine
from contextvars import copy_context
from typing import Any, Protocol

import anyio
import anyio.to_thread

from .connections import Parser, Pool
from .loops import LoopConnections, running_loop
from .parsers import PlainParser
from .port import Event, HTTPRequest, HTTPResponse, HTTPStream, T, read_all
from .proxies import AsyncProxyPool, SyncProxyPool
from .sockets import connect_blocking, connect_in_loop
from .sync import drive
from .urls import Target, parse_url

_log = logging.getLogger("trunkline")

MakeParser = Callable[[], Parser]


class _Pool(Protocol):
    """The connections to one origin."""

    async def open(self, request: HTTPRequest, target: Target) -> HTTPStream: ...
    async def aclose(self) -> None: ...


def _key(target: Target, request: HTTPRequest) -> str:
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
        self._pools: dict[str, _Pool] = {}
        self._pid = os.getpid()
        weakref.finalize(self, _close_pools, self._pools)

    def _pool(self, target: Target, request: HTTPRequest) -> _Pool:
        if self._pid != os.getpid():
            # The parent's connections are the parent's: closing them here would break them there.
            self._pools.clear()
            self._pid = os.getpid()
        key = _key(target, request)
        return self._pools.get(key) or self._pools.setdefault(key, self._make_pool(target))

    def _make_pool(self, target: Target) -> _Pool:
        proxy = target.proxy()
        if proxy is None:
            return Pool(connect_blocking, self._make_parser)
        return SyncProxyPool(target, proxy)

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
        """Close all connections."""
        _close_pools(self._pools)


def _close_pools(pools: dict[str, _Pool]) -> None:
    while pools:
        drive(pools.popitem()[1].aclose())


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

    def __init__(self, make_parser: MakeParser = PlainParser) -> None:
        self._make_parser = make_parser
        self._connections = LoopConnections[_Pool]()
        self._tasks: set[asyncio.Task[None]] = set()

    def _make_pool(self, target: Target) -> _Pool:
        proxy = target.proxy()
        if proxy is None:
            return Pool(connect_in_loop, self._make_parser)
        return AsyncProxyPool(target, proxy)

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
        pools = await self._connections.pools()
        key = _key(target, request)
        pool = pools.get(key) or pools.setdefault(key, self._make_pool(target))
        return await pool.open(request, target)

    async def send(self, request: HTTPRequest) -> HTTPResponse:
        """See `IO.send`."""
        return await read_all(await self.open(request))

    async def run(self, function: Callable[[], T]) -> T:
        """Run it in a thread."""
        return await anyio.to_thread.run_sync(function)

    async def shield(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Keep cancellation away from it; without a running loop it is too late for it."""
        if self.loop() is not None:
            with anyio.CancelScope(shield=True):
                await work()

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
        """Close all connections of the running loop."""
        await self._connections.aclose()


async def _logged(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    try:
        await work()
    except Exception:  # noqa: BLE001  # nobody awaits this task
        _log.exception("closing a stream that was dropped failed")
