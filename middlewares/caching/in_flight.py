"""Requests under way that others may wait for: threads and tasks alike."""

from __future__ import annotations

import os
from contextlib import suppress
from threading import Lock, get_ident

from ...pipeline.port import IO, Signal


class Flight:
    """A request under way, and who waits for its answer.

    Attributes:
        landed: the answer, None while there is none.
        failed: whether it ended without an answer for others; where it is neither landed nor
            failed, whoever made it has gone.
    """

    __slots__ = ("blocking", "failed", "landed", "thread", "waiting")

    def __init__(self, *, blocking: bool) -> None:
        self.blocking = blocking
        self.thread = get_ident()
        self.waiting: list[Signal] = []
        self.landed: bytes | None = None
        self.failed = False

    def would_stop_itself(self, io: IO) -> bool:
        """Tell whether waiting here would keep the very request from going on.

        That is so for a blocking call in the thread of an event loop, and the other way round.
        """
        return self.thread == get_ident() and (self.blocking or io.blocking)


class Flights:
    """All requests under way, by key."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._lock = Lock()
        self._flights: dict[str, Flight] = {}
        self._pid = os.getpid()

    @property
    def waiting(self) -> int:
        """How many wait for another's request."""
        return sum(len(flight.waiting) for flight in list(self._flights.values()))

    def board(self, key: str, io: IO) -> tuple[Flight, Signal | None]:
        """Return the flight of a key and what to wait for; without that the caller leads it."""
        if self._pid != os.getpid():
            # Those under way at a fork land in the parent only.
            self._begin()
        with self._lock:
            flight = self._flights.get(key)
            if flight is None:
                flight = self._flights[key] = Flight(blocking=io.blocking)
                return flight, None
            landing = io.event()
            flight.waiting.append(landing)
            return flight, landing

    def leave(self, flight: Flight, landing: Signal) -> None:
        """Wait no longer."""
        with self._lock:
            if landing in flight.waiting:
                flight.waiting.remove(landing)

    def land(self, key: str, flight: Flight) -> None:
        """End a flight and let all go on who wait for it."""
        with self._lock:
            self._flights.pop(key, None)
            waiting, flight.waiting = flight.waiting, []
        for landing in waiting:
            # The loop of one who waited may have been closed meanwhile.
            with suppress(RuntimeError):
                landing.set()
