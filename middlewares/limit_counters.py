"""Count what a Limit allows: places, requests of a minute, tokens of a minute."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from threading import RLock

from ..pipeline.port import IO, Signal
from ..pipeline.schema.model_response import ModelResponse

MINUTE = 60.0

Clock = Callable[[], float]


def used_tokens(response: ModelResponse | None) -> int:
    """Return the tokens of prompt and answer, 0 where nobody told."""
    return response.usage.total_tokens if response and response.usage else 0


class _Ticket:
    """One who waits for a place."""

    __slots__ = ("called", "granted")

    def __init__(self, called: Signal) -> None:
        self.called = called
        self.granted = False


class Places:
    """So many at the same time; who comes later waits in line, threads and tasks alike."""

    def __init__(self, limit: int | None) -> None:
        self._limit = limit
        self._taken = 0
        self._line: deque[_Ticket] = deque()
        self._lock = RLock()

    @property
    def full(self) -> bool:
        """Whether who comes now has to wait."""
        with self._lock:
            return self._limit is not None and self._taken >= self._limit

    async def take(self, io: IO, seconds: float | None) -> bool:
        """Take a place, waiting so long at most, None for any; return whether there was one."""
        with self._lock:
            if self._limit is None or self._taken < self._limit:
                self._taken += 1
                return True
            if seconds is not None and seconds <= 0:
                return False
            ticket = _Ticket(io.event())
            self._line.append(ticket)
        try:
            await ticket.called.wait(seconds)
        except BaseException:
            self._leave(ticket)
            raise
        with self._lock:
            if not ticket.granted:
                self._line.remove(ticket)
            return ticket.granted

    def give_back(self) -> None:
        """Leave a place to the first in the line."""
        with self._lock:
            if not self._line:
                self._taken -= 1
                return
            ticket = self._line.popleft()
            ticket.granted = True
        ticket.called.set()

    def _leave(self, ticket: _Ticket) -> None:
        """Give up waiting; who was called in the same moment passes the place on."""
        with self._lock:
            if not ticket.granted:
                self._line.remove(ticket)
                return
        self.give_back()


class RequestWindow:
    """So many requests within any minute, each at the first moment that is free."""

    def __init__(self, limit: int | None, clock: Clock) -> None:
        self._clock = clock
        self._lock = RLock()
        self._limit = limit
        self._moments: deque[float] = deque(maxlen=limit)

    def reserve(self, patience: float | None) -> float:
        """Take the next free moment and return the seconds until then.

        Where that is longer than `patience` nothing is taken.
        """
        if self._limit is None:
            return 0.0
        with self._lock:
            now = self._clock()
            full = len(self._moments) == self._limit
            moment = max(now, self._moments[0] + MINUTE) if full else now
            seconds = moment - now
            if patience is None or seconds <= patience:
                self._moments.append(moment)
            return seconds


class TokenWindow:
    """So many tokens within any minute, known only when they are spent."""

    def __init__(self, limit: int | None, clock: Clock) -> None:
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

    def seconds(self) -> float:
        """Return the seconds until there are tokens again, 0 where there are."""
        if self._limit is None:
            return 0.0
        with self._lock:
            now = self._clock()
            while self._spent and self._spent[0][0] + MINUTE <= now:
                self._sum -= self._spent.popleft()[1]
            left = self._sum
            for moment, tokens in self._spent:
                if left < self._limit:
                    break
                left -= tokens
                if left < self._limit:
                    return moment + MINUTE - now
            return 0.0
