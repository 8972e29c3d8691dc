"""SyncIO: the port `IO` over HTTP for blocking calls; async_io.py has that of event loops.

Both use connections.py, which has three limits for a response (first event, idle, total) where
httpx's client has one. h11 or, with the extra `fast`, httptools reads the responses. The module is
imported at the first call, because httpcore takes a while to load.
"""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Protocol

from ..forks import FORKS
from ..parsers import Parser
from ..port import Alternative, HTTPRequest, HTTPResponse, HTTPStream, Signal, T
from ..proxies import Proxy, find_proxy
from ..sync import ThreadSignal, drive
from .connections import Pool
from .limits import read_whole
from .sockets import connect
from .urls import Target, parse_url

MakeParser = Callable[[], Parser]


def h11_parser() -> Parser:
    """Return a parser in pure Python, which is only loaded if it is used."""
    from ..parsers.h11_parser import H11Parser  # noqa: PLC0415

    return H11Parser()


_MAX_ORIGINS = 1000


class ConnectionPool(Protocol):
    """Connections to any origin, direct or through one proxy."""

    async def open(self, request: HTTPRequest, target: Target) -> HTTPStream:
        """See `IO.open`."""
        ...

    async def aclose(self) -> None:
        """Close all connections."""
        ...


class Pools:
    """The pool of direct connections, and one for each proxy.

    Args:
        direct: the pool of direct connections.
        through: creates the pool of a proxy.
    """

    def __init__(self, direct: ConnectionPool, through: Callable[[Proxy], ConnectionPool]) -> None:
        self._direct = direct
        self._through = through
        self._by_proxy: dict[Proxy, ConnectionPool] = {}
        # Reading the proxies from the environment takes a while.
        self._by_origin: dict[str, ConnectionPool] = {}

    def find(self, target: Target) -> ConnectionPool:
        """Return the pool of an origin."""
        return self._by_origin.get(target.origin) or self._choose(target)

    def _choose(self, target: Target) -> ConnectionPool:
        proxy = find_proxy(target.scheme.decode(), target.host.decode(), target.port)
        pool = self._direct
        if proxy is not None:
            made = self._by_proxy.get(proxy) or self._through(proxy)
            pool = self._by_proxy.setdefault(proxy, made)
        if len(self._by_origin) >= _MAX_ORIGINS:
            self._by_origin.clear()
        self._by_origin[target.origin] = pool
        return pool

    async def aclose(self) -> None:
        """Close all connections."""
        self._by_origin.clear()
        await self._direct.aclose()
        while self._by_proxy:
            await self._by_proxy.popitem()[1].aclose()


class SyncIO:
    """The port for blocking calls, with a pool per origin and new pools after a fork."""

    blocking = True

    def __init__(self, make_parser: MakeParser = h11_parser) -> None:
        self._make_parser = make_parser
        self._pools = self._make_pools()
        self._forks = FORKS[0]

    def _make_pools(self) -> Pools:
        make_parser = self._make_parser

        def through(proxy: Proxy) -> ConnectionPool:
            from .proxies import ProxyPool, connect_through, dial_proxy  # noqa: PLC0415  # rare

            return ProxyPool(proxy, Pool(connect_through(proxy, dial_proxy), make_parser, _run))

        pools = Pools(Pool(connect, make_parser, _run), through)
        weakref.finalize(self, _close_pools, pools)
        return pools

    def loop(self) -> object:
        """See `IO.loop`."""
        return None

    async def sleep(self, seconds: float) -> None:
        """Block the thread."""
        time.sleep(seconds)  # noqa: ASYNC251  # blocking calls may block

    async def open(self, request: HTTPRequest) -> HTTPStream:
        """See `IO.open`."""
        target = parse_url(request.url)
        if self._forks != FORKS[0]:
            # The parent process uses the connections.
            self._pools = self._make_pools()
            self._forks = FORKS[0]
        return await self._pools.find(target).open(request, target)

    async def send(self, request: HTTPRequest) -> HTTPResponse:
        """See `IO.send`."""
        return await read_whole(await self.open(request), request)

    async def run(self, function: Callable[[], T]) -> T:
        """Run the function in this thread."""
        return function()

    async def race(self, alternatives: Sequence[Alternative[T]]) -> T:
        """See `IO.race`."""
        from .sync_race import race  # noqa: PLC0415  # few calls race

        return await race(self, alternatives)

    async def shield(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run `work`: nothing cancels a blocking call."""
        await work()

    def event(self) -> Signal:
        """Return a signal that a thread can wait for."""
        return ThreadSignal()

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


def _run(close: Callable[[], Coroutine[Any, Any, None]]) -> None:
    drive(close())


def _close_pools(pools: Pools) -> None:
    drive(pools.aclose())
