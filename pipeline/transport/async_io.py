"""AsyncIO: the port `IO` over HTTP under asyncio and trio; see sync_io.py."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
import weakref
from collections.abc import Callable, Coroutine, Sequence
from contextvars import copy_context
from typing import Any

import anyio
import anyio.to_thread

from ..port import Alternative, HTTPRequest, HTTPResponse, HTTPStream, Signal, T
from ..proxies import Proxy
from .async_dial import connect, dial_proxy
from .connections import Pool
from .limits import read_whole
from .loops import LoopConnections, LoopSignal, running_loop, soon_in
from .sync_io import ConnectionPool, MakeParser, Pools, h11_parser
from .urls import parse_url

_log = logging.getLogger("trunkline")


class AsyncIO:
    """The port for asyncio and trio, with separate connections for each event loop."""

    blocking = False

    def __init__(self, make_parser: MakeParser = h11_parser) -> None:
        self._make_parser = make_parser
        self._connections = LoopConnections(self._make_pools)
        self._tasks: set[asyncio.Task[None]] = set()

    def _make_pools(self) -> Pools:
        call_soon = soon_in(running_loop())
        me, make_parser = weakref.ref(self), self._make_parser

        def run(close: Callable[[], Coroutine[Any, Any, None]]) -> None:
            def spawn() -> None:
                io = me()
                if io is not None:
                    # A loop that shuts down starts no tasks, and closes its connections itself.
                    with contextlib.suppress(RuntimeError):
                        io.spawn(close)

            with contextlib.suppress(RuntimeError):
                call_soon(spawn)

        def through(proxy: Proxy) -> ConnectionPool:
            from .proxies import ProxyPool, connect_through  # noqa: PLC0415  # proxies are rare

            return ProxyPool(proxy, Pool(connect_through(proxy, dial_proxy), make_parser, run))

        return Pools(Pool(connect, make_parser, run), through)

    def loop(self) -> object:
        """See `IO.loop`."""
        try:
            return running_loop()
        except RuntimeError:
            return None

    async def sleep(self, seconds: float) -> None:
        """Sleep while other tasks run."""
        await anyio.sleep(seconds)

    async def open(self, request: HTTPRequest) -> HTTPStream:
        """See `IO.open`."""
        target = parse_url(request.url)
        pools = await self._connections.pools()
        return await pools.find(target).open(request, target)

    async def send(self, request: HTTPRequest) -> HTTPResponse:
        """See `IO.send`."""
        return await read_whole(await self.open(request), request)

    async def run(self, function: Callable[[], T]) -> T:
        """Run the function in a thread."""
        return await anyio.to_thread.run_sync(function)

    async def race(self, alternatives: Sequence[Alternative[T]]) -> T:
        """See `IO.race`."""
        from .async_race import race  # noqa: PLC0415  # few calls race

        return await race(self, alternatives)

    async def shield(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run `work` shielded from cancellation; do nothing without a running event loop."""
        if self.loop() is not None:
            with anyio.CancelScope(shield=True):
                await work()

    def event(self) -> Signal:
        """Return a signal that a task can wait for and any thread may set."""
        return LoopSignal()

    def spawn(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run `work` as a task of the running event loop; do nothing without one."""
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
        """Close all connections of the running event loop."""
        await self._connections.aclose()


async def _logged(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    try:
        await work()
    except Exception:  # noqa: BLE001  # no caller awaits this task
        _log.exception("failed to close a stream that was dropped")
