"""A table with a value for each key, which forgets idle values only."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

V = TypeVar("V")

#: How many keys a table has at least before it looks for idle ones.
ROOM = 1_000


class PerKey(Generic[V]):
    """A value for each key, created when it is needed; the caller holds a lock.

    What is spent or held is never forgotten. When the table has doubled since the last time, the
    idle values go, so looking for them takes a constant time per new key.

    Args:
        make: creates the value of a new key.
        is_idle: whether a value may be forgotten, because a new one would be equal.
    """

    def __init__(self, make: Callable[[], V], is_idle: Callable[[V], bool]) -> None:
        self._make = make
        self._is_idle = is_idle
        self._values: dict[Hashable, V] = {}
        self._room = ROOM

    def __len__(self) -> int:
        return len(self._values)

    def find(self, key: Hashable) -> V | None:
        """Return the value of a key, None if it has none."""
        return self._values.get(key)

    def get(self, key: Hashable) -> V:
        """Return the value of a key, a new one if it has none."""
        value = self._values.get(key)
        if value is None:
            if len(self._values) >= self._room:
                self._forget_idle()
            value = self._values[key] = self._make()
        return value

    def _forget_idle(self) -> None:
        self._values = {
            key: value for key, value in self._values.items() if not self._is_idle(value)
        }
        self._room = max(ROOM, 2 * len(self._values))
