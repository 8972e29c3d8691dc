"""MemoryStore: its limits, and which responses it evicts."""

from __future__ import annotations

import pytest

from tests.support.chain.stores import get, put
from tests.support.clocks import Clock
from trunkline.middlewares.stores.memory import MemoryStore


class TestMemory:
    def test_so_many_items(self) -> None:
        store = MemoryStore(max_items=3)
        for number in range(3):
            put(store, str(number), b"x")
        assert get(store, "0") == b"x"
        put(store, "3", b"x")
        # The one that nobody asked for the longest has gone.
        assert [get(store, str(number)) for number in range(4)] == [b"x", None, b"x", b"x"]

    def test_an_answer_in_its_own_place_drives_none_out(self) -> None:
        store = MemoryStore(max_items=2)
        for key in ("a", "b", "b"):
            put(store, key, b"x")
        assert (get(store, "a"), get(store, "b")) == (b"x", b"x")

    def test_so_many_bytes(self) -> None:
        store = MemoryStore(max_bytes=100)
        for number in range(4):
            put(store, str(number), bytes(30))
        assert [get(store, str(number)) is None for number in range(4)] == [
            True,
            False,
            False,
            False,
        ]
        put(store, "large", bytes(100))
        assert [get(store, str(number)) for number in range(4)] == [None] * 4
        assert get(store, "large") == bytes(100)

    def test_what_is_larger_than_all(self) -> None:
        store = MemoryStore(max_bytes=100)
        put(store, "a", b"small")
        put(store, "b", bytes(101))
        assert (get(store, "a"), get(store, "b")) == (b"small", None)

    def test_expired_ones_make_room_first(self) -> None:
        clock = Clock()
        store = MemoryStore(max_items=2, clock=clock)
        put(store, "old", b"1")
        put(store, "brief", b"2", 1)
        clock.advance(2)
        put(store, "new", b"3")
        assert (get(store, "old"), get(store, "new")) == (b"1", b"3")

    @pytest.mark.parametrize("name", ["max_items", "max_bytes"])
    def test_wrong_limits(self, name: str) -> None:
        with pytest.raises(ValueError, match=f"{name}: expected an int of 1 or more, got 0"):
            _ = MemoryStore(0) if name == "max_items" else MemoryStore(max_bytes=0)

    def test_it_prints(self) -> None:
        assert repr(MemoryStore(5, 10)) == "MemoryStore(max_items=5, max_bytes=10)"
