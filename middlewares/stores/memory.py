"""Store cached responses in this process's memory."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from threading import Lock
from time import monotonic

from cachetools import TLRUCache

from ..checked_arguments import check_count

MAX_ITEMS = 10_000
MAX_BYTES = 64 * 1024 * 1024

_Item = tuple[bytes, float | None]


class MemoryStore:
    """Stores responses in memory, and evicts the least recently used first.

    Threads and event loops share it. A response larger than `max_bytes` is not stored.

    Args:
        max_items: maximum number of responses.
        max_bytes: maximum size of all responses together.
        clock: monotonic seconds; tests pass their own.

    Raises:
        InvalidArgumentError: a limit is not an int of 1 or more.
    """

    def __init__(
        self,
        max_items: int = MAX_ITEMS,
        max_bytes: int = MAX_BYTES,
        *,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        for name, limit in (("max_items", max_items), ("max_bytes", max_bytes)):
            check_count(name, limit)
        self.max_items = max_items
        self.max_bytes = max_bytes
        self._lock = Lock()
        self._items: TLRUCache[str, _Item] = TLRUCache(
            max_bytes, ttu=_until, timer=clock, getsizeof=lambda item: len(item[0])
        )

    def __repr__(self) -> str:
        return f"MemoryStore(max_items={self.max_items}, max_bytes={self.max_bytes})"

    async def get(self, key: str) -> bytes | None:
        """See `Store.get`."""
        with self._lock:
            item = self._items.get(key)
        return None if item is None else item[0]

    async def set(self, key: str, value: bytes, ttl: float | None) -> None:
        """See `Store.set`."""
        if len(value) > self.max_bytes:
            return
        with self._lock:
            self._items.pop(key, None)
            while len(self._items) >= self.max_items:
                self._items.popitem()
            self._items[key] = (value, ttl)


def _until(_key: str, item: _Item, now: float) -> float:
    ttl = item[1]
    return inf if ttl is None else now + ttl
