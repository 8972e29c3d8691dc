"""The port `IO` over HTTP under asyncio and trio; see transport.py."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable, Coroutine
from contextvars import copy_context
from typing import Any

import anyio
import anyio.to_thread

from ..port import HTTPRequest, HTTPResponse, HTTPStream, Signal, T, read_all
from .async_sockets import connect
from .connections import Pool
from .h11_parser import PlainParser
from .loops import LoopConnections, running_loop
from .sync_io import MakeParser, OriginPool, pool_key
from .urls import Target, parse_url

_log = logging.getLogger("trunkline")


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
        self._connections = LoopConnections[OriginPool]()
        self._tasks: set[asyncio.Task[None]] = set()

    def _make_pool(self, target: Target) -> OriginPool:
        proxy = target.proxy()
        if proxy is None:
            return Pool(connect, self._make_parser)
        from .async_proxies import AsyncProxyPool  # noqa: PLC0415  # few have one

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
        key = pool_key(target, request)
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

    def event(self) -> Signal:
        """Return an event that a task can wait for; any thread may set it."""
        loop = running_loop()
        if isinstance(loop, asyncio.AbstractEventLoop):
            return _LoopEvent(loop.call_soon_threadsafe)
        call_soon: Callable[[Callable[[], None]], Any] = getattr(loop, "run_sync_soon")  # noqa: B009  # checkers know of asyncio alone
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
