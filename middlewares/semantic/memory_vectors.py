"""Store vectors in this process's memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from itertools import count
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING

from msgspec import Struct

from ..checked_arguments import check_count
from .vector_store import VectorMatch
from .vectors import VectorIndex, check_numpy

if TYPE_CHECKING:
    from .vectors import Vector

MAX_ITEMS = 10_000

_Scope = tuple[str, int]


class _Item(Struct, frozen=True):
    scope: _Scope
    value: bytes
    until: float | None


class MemoryVectors:
    """Stores responses with their vectors in memory, and drops the least recently used first.

    Args:
        max_items: responses at most, of all scopes together.
        clock: monotonic seconds; tests pass their own.

    Raises:
        ImportError: numpy is not installed.
        InvalidArgumentError: `max_items` is not above zero.
    """

    def __init__(
        self, max_items: int = MAX_ITEMS, *, clock: Callable[[], float] = monotonic
    ) -> None:
        check_count("max_items", max_items)
        check_numpy()
        self.max_items = max_items
        self._clock = clock
        self._lock = Lock()
        self._numbers = count()
        self._items: OrderedDict[int, _Item] = OrderedDict()
        self._indexes: dict[_Scope, VectorIndex] = {}

    def __repr__(self) -> str:
        return f"MemoryVectors(max_items={self.max_items})"

    async def find(self, scope: str, vector: Vector, threshold: float) -> VectorMatch | None:
        """See `VectorStore.find`."""
        with self._lock:
            now = self._clock()
            while index := self._indexes.get((scope, vector.size)):
                found = index.nearest(vector)
                if found is None or found[1] < threshold:
                    return None
                number, similarity = found
                item = self._items[number]
                if item.until is None or item.until > now:
                    self._items.move_to_end(number)
                    return VectorMatch(item.value, similarity)
                self._remove(number)
            return None

    async def add(self, scope: str, vector: Vector, value: bytes, ttl: float | None) -> None:
        """See `VectorStore.add`."""
        place = (scope, vector.size)
        with self._lock:
            while len(self._items) >= self.max_items:
                self._remove(next(iter(self._items)))
            number = next(self._numbers)
            until = None if ttl is None else self._clock() + ttl
            self._items[number] = _Item(place, value, until)
            index = self._indexes.get(place)
            if index is None:
                index = self._indexes[place] = VectorIndex(vector.size)
            index.add(number, vector)

    def _remove(self, number: int) -> None:
        item = self._items.pop(number)
        index = self._indexes[item.scope]
        index.remove(number)
        if not len(index):
            del self._indexes[item.scope]
