"""The protocol that a cache's store implements."""

from __future__ import annotations

import logging
from threading import Lock
from typing import Protocol

_log = logging.getLogger("trunkline")


class Store(Protocol):
    """Where `Cache` stores responses.

    A store whose methods block instead of suspending works in blocking and asynchronous calls. If
    it sets `blocking = True`, asynchronous calls run it in a thread, so that it does not block
    the event loop.
    """

    async def get(self, key: str) -> bytes | None:
        """Return the value of a key, or None if there is none or it has expired."""
        ...

    async def set(self, key: str, value: bytes, ttl: float | None) -> None:
        """Store a value for `ttl` seconds; None stores it for as long as there is room."""
        ...


class StoreWarnings:
    """Logs each kind of problem with a store once, whatever the number of calls.

    Args:
        owner: the middleware that the warnings name, "" for none.
    """

    def __init__(self, owner: str = "") -> None:
        self._prefix = f"{owner}: " if owner else ""
        self._lock = Lock()
        self._logged: set[str] = set()

    def warn(self, problem: str, why: str) -> None:
        """Log a problem and its cause, unless a problem of this kind has been logged before.

        Args:
            problem: what cannot be done; one text for each kind.
            why: the cause. For an exception of a store's client only its name, because the message
                may contain a password.
        """
        with self._lock:
            if problem in self._logged:
                return
            self._logged.add(problem)
        _log.warning("%s%s: %s (logged only once)", self._prefix, problem, why)
