"""Idle connections of all origins: how many are kept, and for how long.

A thread looks at them every few seconds while there are any, so that they are closed even if there
are no more calls. Those of an event loop are closed in that loop.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Coroutine
from time import monotonic
from typing import Any, Generic, Protocol, TypeVar
from weakref import WeakSet

from ..forks import after_fork

MAX_IDLE_CONNECTIONS = 100
IDLE_SECONDS = 30.0
SWEEP_SECONDS = 5.0


class _Idle(Protocol):
    idle_until: float

    def is_closed(self) -> bool:
        """Return whether the server has closed the connection."""
        ...

    async def aclose(self) -> None:
        """Close the connection."""
        ...


IdleT = TypeVar("IdleT", bound=_Idle)
#: Runs a function that closes connections, where they may be closed.
Run = Callable[[Callable[[], Coroutine[Any, Any, None]]], None]


class IdleConnections(Generic[IdleT]):
    """The idle connections of one client, by origin; the most recently used one is used first.

    Args:
        run: runs what closes connections; called by the thread that looks at them.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._by_origin: dict[str, list[IdleT]] = {}
        # Oldest first.
        self._origins: dict[IdleT, str] = {}
        self._lock = threading.Lock()
        self.watched = False

    def __len__(self) -> int:
        return len(self._origins)

    def take(self, origin: str) -> IdleT | None:
        """Return a connection to an origin, None if there is none."""
        with self._lock:
            kept = self._by_origin.get(origin)
            if kept is None:
                return None
            connection = kept.pop()
            del self._origins[connection]
            if not kept:
                del self._by_origin[origin]
            return connection

    def keep(self, origin: str, connection: IdleT) -> IdleT | None:
        """Keep a connection; return the oldest one, to be closed, if there are too many."""
        with self._lock:
            self._by_origin.setdefault(origin, []).append(connection)
            self._origins[connection] = origin
            surplus = len(self._origins) > MAX_IDLE_CONNECTIONS
            oldest = self._drop(next(iter(self._origins))) if surplus else None
        if not self.watched:
            _watch(self)
        return oldest

    def sweep(self) -> None:
        """Close the connections that were idle for too long or that the server has closed."""
        self._run(self.close_expired)

    async def close_expired(self) -> None:
        """See `sweep`."""
        now = monotonic()
        with self._lock:
            old = [each for each in self._origins if each.idle_until <= now or each.is_closed()]
            for connection in old:
                self._drop(connection)
        for connection in old:
            await connection.aclose()

    async def aclose(self) -> None:
        """Close all connections."""
        with self._lock:
            connections = list(self._origins)
            self._origins.clear()
            self._by_origin.clear()
        for connection in connections:
            await connection.aclose()

    def _drop(self, connection: IdleT) -> IdleT:
        origin = self._origins.pop(connection)
        kept = self._by_origin[origin]
        kept.remove(connection)
        if not kept:
            del self._by_origin[origin]
        return connection


class _Watch:
    """The thread that looks at idle connections, and those that it looks at."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.idle: WeakSet[IdleConnections[Any]] = WeakSet()
        self.thread: threading.Thread | None = None
        self.pause = threading.Event()

    def run(self) -> None:
        """Sweep until nothing is idle."""
        while True:
            self.pause.wait(SWEEP_SECONDS)
            with self.lock:
                for idle in list(self.idle):
                    # First, so that a thread that keeps a connection just now calls `_watch`.
                    idle.watched = False
                    if len(idle):
                        idle.watched = True
                    else:
                        self.idle.discard(idle)
                waiting = list(self.idle)
                if not waiting:
                    self.thread = None
                    return
            for idle in waiting:
                idle.sweep()
            del waiting


_state = [_Watch()]


def _watch(idle: IdleConnections[Any]) -> None:
    watch = _state[0]
    with watch.lock:
        idle.watched = True
        watch.idle.add(idle)
        if watch.thread is None:
            watch.thread = threading.Thread(target=watch.run, name="trunkline-idle", daemon=True)
            watch.thread.start()


def _forget() -> None:
    """Start over in a forked process, which has neither the thread nor the connections."""
    _state[0] = _Watch()


after_fork(_forget)
