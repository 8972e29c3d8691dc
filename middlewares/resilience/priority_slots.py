"""Slots for calls, with a bounded queue in which more important calls go first."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from threading import RLock

from ...pipeline.port import IO, Signal
from ..routing.state import average


class Waiter:
    """A call in the queue.

    Attributes:
        rank: its priority, 0 is the highest.
        granted: whether it has a slot.
        evicted: whether a more important call took its place in the queue.
    """

    __slots__ = ("evicted", "granted", "rank", "wakeup")

    def __init__(self, rank: int, wakeup: Signal) -> None:
        self.rank = rank
        self.wakeup = wakeup
        self.granted = False
        self.evicted = False


class QueueFullError(Exception):
    """There is no room in the queue for a call of this priority."""


class PrioritySlots:
    """Limits how many calls run at the same time, across threads and tasks.

    Taking and returning a slot needs no lock while nobody waits: appending to a deque and popping
    from it are atomic. A call without a queue pops from `free` and appends to it afterwards.
    """

    def __init__(self, limit: int, max_queue: int, ranks: int, clock: Callable[[], float]) -> None:
        self._limit = limit
        self._max_queue = max_queue
        self._clock = clock
        self.free: deque[None] = deque([None] * limit)
        self._queues: list[deque[Waiter]] = [deque() for _ in range(ranks)]
        self._lock = RLock()
        #: Seconds between two slots that become free while calls wait, a moving average.
        self._interval: float | None = None
        self._last: float | None = None
        #: Seconds for which a slot is taken, a moving average.
        self._duration: float | None = None
        self.waiting = 0

    @property
    def running(self) -> int:
        """How many slots are taken."""
        return self._limit - len(self.free)

    def release(self) -> None:
        """Return a slot, and give it to the first call in the queue."""
        self.free.append(None)
        if self.waiting:
            self.dispatch()

    def enqueue(self, io: IO, rank: int) -> Waiter:
        """Join the queue; if it is full, the latest call of the lowest lower priority leaves it.

        Raises:
            QueueFullError: all calls in the queue are at least as important.
        """
        evicted: Waiter | None = None
        with self._lock:
            if self.waiting >= self._max_queue:
                evicted = self._evict(rank)
            waiter = Waiter(rank, io.event())
            self._queues[rank].append(waiter)
            self.waiting += 1
        if evicted is not None:
            evicted.wakeup.set()
        # A slot may have become free before this call was in the queue.
        self.dispatch()
        return waiter

    def leave(self, waiter: Waiter) -> None:
        """Stop waiting; a slot that was granted at the same time is passed on."""
        with self._lock:
            if not waiter.granted:
                if not waiter.evicted:
                    self._queues[waiter.rank].remove(waiter)
                    self._left()
                return
        self.release()

    def settle(self, waiter: Waiter) -> bool:
        """End the wait of a call that was woken or waited long enough; return if it has a slot."""
        with self._lock:
            if not (waiter.granted or waiter.evicted):
                self._queues[waiter.rank].remove(waiter)
                self._left()
            return waiter.granted

    def estimate(self, rank: int) -> float | None:
        """Return the seconds until a new call of this priority gets a slot, None if unknown."""
        with self._lock:
            ahead = sum(len(queue) for queue in self._queues[: rank + 1])
            if self._interval is not None:
                stalled = 0.0 if self._last is None else self._clock() - self._last
                return max(self._interval, stalled) * (ahead + 1)
            if self._duration is None:
                return None
            # Until a queue has shown its pace: slots become free evenly.
            return self._duration * (ahead + 1) / self._limit

    def _evict(self, rank: int) -> Waiter:
        for queue in reversed(self._queues[rank + 1 :]):
            if queue:
                evicted = queue.pop()
                evicted.evicted = True
                self._left()
                return evicted
        raise QueueFullError

    def dispatch(self) -> None:
        """Give free slots to the calls that wait."""
        woken: list[Waiter] = []
        with self._lock:
            while self.waiting:
                try:
                    self.free.pop()
                except IndexError:
                    break
                waiter = next(queue for queue in self._queues if queue).popleft()
                waiter.granted = True
                woken.append(waiter)
                self._note_interval()
                self._left()
        for waiter in woken:
            waiter.wakeup.set()

    def note_duration(self, seconds: float) -> None:
        """Count for how long a slot was taken."""
        with self._lock:
            self._duration = average(self._duration, seconds)

    def _note_interval(self) -> None:
        now = self._clock()
        if self._last is not None:
            self._interval = average(self._interval, now - self._last)
        self._last = now

    def _left(self) -> None:
        self.waiting -= 1
        if not self.waiting:
            # Without a queue, slots become free at another pace.
            self._last = None
