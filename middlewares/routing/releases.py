"""Places in Redis that calls could not give back in time; a thread gives them back later."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from threading import Lock, Thread
from typing import Any

#: Seconds between two attempts to give places back.
PAUSE_SECONDS = 5.0
#: Redis frees those that do not fit when their lease ends.
MOST_WAITING = 10_000


class Releases:
    """Gives places back that were taken late, or not given back because Redis did not reply.

    Args:
        client: a blocking redis-py client.
        errors: what it raises while Redis cannot be reached.
        lease: seconds after which Redis frees a place by itself.
    """

    def __init__(self, client: Any, errors: tuple[type[Exception], ...], lease: float) -> None:
        self._client = client
        self._errors = errors
        self._lease = lease
        self._lock = Lock()
        # Requests for a place that run in a thread: whether their call has ended meanwhile.
        self._asking: dict[str, bool] = {}
        self._waiting: deque[tuple[float, str, str]] = deque(maxlen=MOST_WAITING)
        self._thread: Thread | None = None

    def asking(self, key: str, ticket: str, ask: Callable[[], object]) -> Callable[[], object]:
        """Return `ask`, which takes a place; it gives it back if the call has ended meanwhile."""
        self._asking[ticket] = False

        def run() -> object:
            try:
                return ask()
            finally:
                with self._lock:
                    ended = self._asking.pop(ticket, False)
                if ended:
                    self.add(key, ticket)

        return run

    def is_asking(self, ticket: str) -> bool:
        """Return whether the place is still being taken; it is given back when it has been."""
        with self._lock:
            if ticket in self._asking:
                self._asking[ticket] = True
                return True
            return False

    def add(self, key: str, ticket: str) -> None:
        """Give a place back as soon as Redis replies."""
        with self._lock:
            self._waiting.append((time.monotonic() + self._lease, key, ticket))
            # A forked process has the object, but not the thread.
            if self._thread is None or not self._thread.is_alive():
                self._thread = Thread(target=self._work, name="trunkline releases", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        while True:
            with self._lock:
                now = time.monotonic()
                batch = [item for item in self._waiting if item[0] > now]
                self._waiting.clear()
                if not batch:
                    self._thread = None
                    return
            try:
                pipeline = self._client.pipeline(transaction=False)
                for _, key, ticket in batch:
                    pipeline.zrem(key, ticket)
                pipeline.execute()
            except self._errors:
                with self._lock:
                    self._waiting.extendleft(reversed(batch))
                time.sleep(PAUSE_SECONDS)
