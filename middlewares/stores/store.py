"""What a cache needs from a store."""

from __future__ import annotations

from typing import Protocol


class Store(Protocol):
    """Where answers are kept.

    One whose methods block instead of suspending serves all worlds; with an attribute
    `blocking = True` it is used in a thread where blocking would stop others.
    """

    async def get(self, key: str) -> bytes | None:
        """Return what is kept under a key, None where that is nothing, or its time is over."""
        ...

    async def set(self, key: str, value: bytes, ttl: float | None) -> None:
        """Keep something for so many seconds, None for as long as there is room."""
        ...
