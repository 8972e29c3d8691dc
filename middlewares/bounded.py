"""Look-ups in stores that may block: each gives up after a time, whatever the store does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from contextvars import copy_context
from threading import Thread
from typing import Any, Generic, TypeVar, cast

from ..pipeline.port import IO

T = TypeVar("T")

#: How long the layers that share counts wait for a reply of Redis.
REDIS_SECONDS = 0.5
#: For how long calls do without Redis after it has not replied in time.
SKIP_SECONDS = 5.0


class TooSlowError(TimeoutError):
    """A store has not replied in time; unlike a TimeoutError that the store itself raises."""


async def run_within(io: IO, seconds: float, function: Callable[[], T]) -> T:
    """Return what a function that blocks returns; it runs in a thread of its own, in every world.

    A thread that is given up ends when the function does, and does not keep the process alive.

    Raises:
        TooSlowError: it took longer than `seconds`.
    """
    work = _Work(function, io)
    Thread(target=copy_context().run, args=(work.run,), name="trunkline store", daemon=True).start()
    if not await work.done.wait(seconds):
        raise TooSlowError(f"no reply within {seconds:.2g} s")
    return work.result()


async def await_within(
    io: IO, seconds: float, operation: Callable[[], Coroutine[Any, Any, T]]
) -> T:
    """Return what a coroutine returns that suspends under an event loop.

    Raises:
        TooSlowError: it took longer than `seconds`. In a blocking call it is not limited: there
            it must not suspend, and a store that blocks says so.
    """
    if io.blocking:
        return await operation()
    import anyio  # noqa: PLC0415  # event loops have loaded it

    # Only its deadline ends this scope without a result.
    with anyio.move_on_after(seconds):
        return await operation()
    raise TooSlowError(f"no reply within {seconds:.2g} s")


async def ask_redis(io: IO, function: Callable[[], object], *, asynchronous: bool) -> object:
    """Return the reply of Redis to what a function asks, with a blocking or asynchronous client.

    Raises:
        TooSlowError: there is no reply within `REDIS_SECONDS`.
    """
    if not asynchronous:
        return await run_within(io, REDIS_SECONDS, function)

    async def ask() -> object:
        return await cast("Awaitable[object]", function())

    return await await_within(io, REDIS_SECONDS, ask)


class _Work(Generic[T]):
    """A function that runs in another thread, and its outcome."""

    def __init__(self, function: Callable[[], T], io: IO) -> None:
        self._function = function
        self._results: list[T] = []
        self._error: BaseException | None = None
        self.done = io.event()

    def run(self) -> None:
        try:
            self._results.append(self._function())
        except BaseException as error:  # noqa: BLE001  # raised in the thread of the call
            self._error = error
        # The event loop of the call may have been closed in the meantime.
        with suppress(RuntimeError):
            self.done.set()

    def result(self) -> T:
        if self._error is not None:
            raise self._error
        return self._results[0]
