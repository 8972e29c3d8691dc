"""Counters for limits, and the table that keeps one for each key.

They count concurrent requests, requests per minute, and tokens per minute.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Mapping
from threading import RLock
from typing import Generic, TypeVar

from ..pipeline.port import IO, Signal
from ..pipeline.schema.model_response import ModelResponse
from .checked_arguments import check_count

MINUTE = 60.0
#: How many keys a table has at least before it looks for idle ones.
ROOM = 1_000

V = TypeVar("V")

#: Returns monotonic seconds.
TimeSource = Callable[[], float]


def read_limits(given: Mapping[str, int | None]) -> dict[str, int]:
    """Return the limits that are given.

    Raises:
        InvalidArgumentError: one of them is not an int of 1 or more.
    """
    limits = {name: limit for name, limit in given.items() if limit is not None}
    for name, limit in limits.items():
        check_count(name, limit)
    return limits


def used_tokens(response: ModelResponse | None) -> int:
    """Return the tokens of prompt and completion, or 0 if the provider reported none."""
    return response.usage.total_tokens if response and response.usage else 0


class _Waiter:
    """A call that waits for a slot."""

    __slots__ = ("granted", "wakeup")

    def __init__(self, wakeup: Signal) -> None:
        self.wakeup = wakeup
        self.granted = False


class ConcurrencySlots:
    """Limits how many calls run at the same time; others queue, across threads and tasks."""

    def __init__(self, limit: int | None) -> None:
        self._limit = limit
        self._used = 0
        self._queue: deque[_Waiter] = deque()
        self._lock = RLock()

    @property
    def full(self) -> bool:
        """Whether the next call has to wait."""
        with self._lock:
            return self._limit is not None and self._used >= self._limit

    @property
    def free(self) -> bool:
        """Whether no call has a slot or waits for one."""
        with self._lock:
            return not self._used and not self._queue

    async def acquire(self, io: IO, seconds: float | None) -> bool:
        """Take a slot, and return whether there was one within `seconds`; None waits forever."""
        with self._lock:
            if self._limit is None or self._used < self._limit:
                self._used += 1
                return True
            if seconds is not None and seconds <= 0:
                return False
            waiter = _Waiter(io.event())
            self._queue.append(waiter)
        try:
            await waiter.wakeup.wait(seconds)
        except BaseException:
            self._abandon(waiter)
            raise
        with self._lock:
            if not waiter.granted:
                self._queue.remove(waiter)
            return waiter.granted

    def release(self) -> None:
        """Pass a slot on to the first waiter in the queue."""
        with self._lock:
            if not self._queue:
                self._used -= 1
                return
            waiter = self._queue.popleft()
            waiter.granted = True
        waiter.wakeup.set()

    def _abandon(self, waiter: _Waiter) -> None:
        """Stop waiting; a slot that was granted at the same time is passed on."""
        with self._lock:
            if not waiter.granted:
                self._queue.remove(waiter)
                return
        self.release()


class RequestWindow:
    """Limits requests within any 60 seconds, and gives each the earliest free time."""

    def __init__(self, limit: int | None, clock: TimeSource) -> None:
        self._clock = clock
        self._lock = RLock()
        self._limit = limit
        self._reserved: deque[float] = deque(maxlen=limit)

    def is_empty(self, now: float) -> bool:
        """Return whether there was no request in the last minute, and none is to come."""
        with self._lock:
            return not self._reserved or self._reserved[-1] + MINUTE <= now

    def reserve(self, max_wait: float | None) -> float:
        """Reserve the next free time and return the seconds until then.

        Nothing is reserved if that is longer than `max_wait`.
        """
        if self._limit is None:
            return 0.0
        with self._lock:
            now = self._clock()
            full = len(self._reserved) == self._limit
            start = max(now, self._reserved[0] + MINUTE) if full else now
            seconds = start - now
            if max_wait is None or seconds <= max_wait:
                self._reserved.append(start)
            return seconds


class TokenWindow:
    """Limits tokens within any 60 seconds; they are known only after they are spent."""

    def __init__(self, limit: int | None, clock: TimeSource) -> None:
        self._clock = clock
        self._lock = RLock()
        self._limit = limit
        self._spent: deque[tuple[float, int]] = deque()
        self._sum = 0

    def add(self, tokens: int) -> None:
        """Count tokens as spent now."""
        if self._limit is None or not tokens:
            return
        with self._lock:
            self._spent.append((self._clock(), tokens))
            self._sum += tokens

    def is_empty(self, now: float) -> bool:
        """Return whether no tokens were spent in the last minute."""
        with self._lock:
            return not self._spent or self._spent[-1][0] + MINUTE <= now

    def seconds(self) -> float:
        """Return the seconds until tokens are available, 0 if they are now."""
        if self._limit is None:
            return 0.0
        with self._lock:
            now = self._clock()
            while self._spent and self._spent[0][0] + MINUTE <= now:
                self._sum -= self._spent.popleft()[1]
            left = self._sum
            for spent_at, tokens in self._spent:
                if left < self._limit:
                    break
                left -= tokens
                if left < self._limit:
                    return spent_at + MINUTE - now
            return 0.0


class PerKey(Generic[V]):
    """A value for each key, created when it is needed; the caller holds a lock.

    What is spent or held is never forgotten. When the table has doubled since the last time, the
    idle values go, so looking for them takes a constant time per new key.

    Args:
        make: creates the value of a new key.
        is_idle: whether a value may be forgotten, because a new one would be equal.
    """

    def __init__(self, make: Callable[[], V], is_idle: Callable[[V], bool]) -> None:
        self._make = make
        self._is_idle = is_idle
        self._values: dict[Hashable, V] = {}
        self._room = ROOM

    def __len__(self) -> int:
        return len(self._values)

    def find(self, key: Hashable) -> V | None:
        """Return the value of a key, None if it has none."""
        return self._values.get(key)

    def get(self, key: Hashable) -> V:
        """Return the value of a key, a new one if it has none."""
        value = self._values.get(key)
        if value is None:
            if len(self._values) >= self._room:
                self._forget_idle()
            value = self._values[key] = self._make()
        return value

    def _forget_idle(self) -> None:
        self._values = {
            key: value for key, value in self._values.items() if not self._is_idle(value)
        }
        self._room = max(ROOM, 2 * len(self._values))
