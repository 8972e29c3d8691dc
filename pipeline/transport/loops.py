"""The running event loop, and the connections of each event loop."""

from __future__ import annotations

import asyncio
import sys
import weakref
from collections.abc import AsyncGenerator, Callable
from typing import Generic, Protocol, TypeVar

import anyio


class _Closing(Protocol):
    async def aclose(self) -> None: ...


PoolT = TypeVar("PoolT", bound=_Closing)


def running_loop() -> object:
    """Return asyncio's running loop or trio's token."""
    trio = sys.modules.get("trio")
    if trio is not None and trio.lowlevel.in_trio_run():
        token: object = trio.lowlevel.current_trio_token()
        return token
    return asyncio.get_running_loop()


def soon_in(loop: object) -> Callable[[Callable[[], object]], object]:
    """Return what schedules a function in an event loop, from any thread; it holds no loop alive.

    What is returned raises RuntimeError if the loop has ended.
    """
    reference = weakref.ref(loop)
    name = (
        "call_soon_threadsafe" if isinstance(loop, asyncio.AbstractEventLoop) else "run_sync_soon"
    )

    def schedule(function: Callable[[], object]) -> object:
        return getattr(reference(), name, _ended)(function)

    return schedule


def _ended(_function: object) -> None:
    raise RuntimeError("the event loop has ended")


class LoopSignal:
    """A signal that a task of the running event loop waits for; see `Signal`."""

    def __init__(self) -> None:
        self._event = anyio.Event()
        self._call_soon = soon_in(running_loop())

    def set(self) -> None:
        """See `Signal.set`; any thread may call it.

        Raises:
            RuntimeError: the event loop has ended.
        """
        self._call_soon(self._event.set)

    async def wait(self, seconds: float | None = None) -> bool:
        """See `Signal.wait`."""
        with anyio.move_on_after(seconds):
            await self._event.wait()
        return self._event.is_set()


class _LoopPools(Generic[PoolT]):
    """The connections of one event loop, closed when the loop shuts down."""

    def __init__(self, pools: PoolT) -> None:
        self.pools = pools
        self._keeper = self._keep()

    async def start(self) -> None:
        """Register with the event loop, which closes its async generators when it shuts down."""
        await anext(self._keeper)

    async def _keep(self) -> AsyncGenerator[None]:
        try:
            yield
        finally:
            with anyio.CancelScope(shield=True):
                await self.pools.aclose()

    async def aclose(self) -> None:
        await self._keeper.aclose()


class LoopConnections(Generic[PoolT]):
    """The connection pools of each event loop.

    Args:
        make: creates the pools of the running event loop.
    """

    def __init__(self, make: Callable[[], PoolT]) -> None:
        self._make = make
        self._loops: weakref.WeakKeyDictionary[object, _LoopPools[PoolT]] = (
            weakref.WeakKeyDictionary()
        )

    async def pools(self) -> PoolT:
        """Return the pools of the running event loop."""
        loop = running_loop()
        pools = self._loops.get(loop)
        if pools is None:
            self._forget_closed_loops()
            pools = self._loops[loop] = _LoopPools(self._make())
            await pools.start()
        return pools.pools

    def _forget_closed_loops(self) -> None:
        """Drop loops that were closed without a shutdown: their connections keep them alive."""
        for loop in list(self._loops):
            if isinstance(loop, asyncio.AbstractEventLoop) and loop.is_closed():
                self._loops.pop(loop, None)

    async def aclose(self) -> None:
        """Close all connections of the running event loop."""
        pools = self._loops.pop(running_loop(), None)
        if pools is not None:
            await pools.aclose()
