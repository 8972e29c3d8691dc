"""Use a store in any kind of call, for a limited time."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from threading import Lock
from time import monotonic
from typing import Any, TypeVar

from ...pipeline.call.request import Request
from ...pipeline.port import IO
from ...pipeline.sync import drive
from ...pipeline.timeouts import remaining
from ..bounded import TooSlowError, await_within, run_within
from .memory import MemoryStore

__all__ = ["SlowStores", "TooSlowError", "use_store"]

T = TypeVar("T")

#: How long an operation of a store may take: in seconds, and as a share of the call's time.
MAX_SECONDS = 1.0
SHARE = 0.25
#: For how long a store that took longer is skipped.
SKIP_SECONDS = 30.0


async def use_store(
    store: object,
    io: IO,
    operation: Callable[[], Coroutine[Any, Any, T]],
    seconds: float = MAX_SECONDS,
) -> T:
    """Return what an operation of a store returns; one that blocks runs in a thread.

    Raises:
        TooSlowError: it took longer than `seconds`.
    """
    if getattr(store, "blocking", False):
        return await run_within(io, seconds, lambda: drive(operation()))
    if isinstance(store, MemoryStore):
        return await operation()
    return await await_within(io, seconds, operation)


class SlowStores:
    """The stores that are skipped for a while, because they were too slow.

    Args:
        clock: monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._until: list[tuple[object, float]] = []

    def skip(self, store: object) -> None:
        """Skip a store from now on, for `SKIP_SECONDS`."""
        with self._lock:
            self._until.append((store, self._clock() + SKIP_SECONDS))

    def seconds(self, store: object, request: Request) -> float:
        """Return how long an operation may take, 0 if the store is to be skipped."""
        if self._until:
            now = self._clock()
            with self._lock:
                self._until = [(each, until) for each, until in self._until if until > now]
                if any(each is store for each, _ in self._until):
                    return 0.0
        # A stream that has begun may go on after the time by which it had to begin.
        left = remaining(request.deadline if request.stream else request.answer_by)
        return MAX_SECONDS if left is None else min(MAX_SECONDS, left * SHARE)
