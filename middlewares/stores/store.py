"""The protocol that a cache's store implements."""

from __future__ import annotations

from typing import Protocol


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
