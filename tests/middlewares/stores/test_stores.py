"""What all stores have in common."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.chain.stores import EVERY_BYTE, ask, caching, get, put
from tests.support.clocks import Clock
from tests.support.worlds import World
from trunkline.middlewares.stores.memory import MemoryStore
from trunkline.middlewares.stores.redis_store import RedisStore
from trunkline.middlewares.stores.sqlite import SQLiteStore
from trunkline.middlewares.stores.store import Store


@pytest.fixture(params=["memory", "sqlite", "redis"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Each kind of store that works in blocking and asynchronous calls."""
    if request.param == "memory":
        yield MemoryStore()
    elif request.param == "sqlite":
        made = SQLiteStore(tmp_path / "answers.db")
        yield made
        made.close()
    else:
        yield RedisStore(request.getfixturevalue("redis_client"))


class TestAll:
    def test_what_is_kept_comes_back(self, store: Store) -> None:
        assert get(store, "ns:a") is None
        put(store, "ns:a", EVERY_BYTE)
        put(store, "ns:b", b"", 60)
        assert (get(store, "ns:a"), get(store, "ns:b"), get(store, "ns:c")) == (
            EVERY_BYTE,
            b"",
            None,
        )

    def test_the_last_one_counts(self, store: Store) -> None:
        put(store, "a", b"1", 60)
        put(store, "a", b"2", None)
        assert get(store, "a") == b"2"

    def test_in_every_world(self, store: Store, world: World, mode: str) -> None:
        client = caching(store)
        assert [ask(client, world, mode) for _ in range(3)] == ["answer 1"] * 3
        # What one world has kept, the others find.
        for other in ("sync", "asyncio", "trio"):
            assert ask(client, World(other)) == "answer 1"

    def test_many_threads(self, store: Store) -> None:
        wrong: list[object] = []

        def work(number: int) -> None:
            for turn in range(30):
                put(store, f"{number}-{turn}", EVERY_BYTE, 60)
                if get(store, f"{number}-{turn}") != EVERY_BYTE:
                    wrong.append((number, turn))

        threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert wrong == []
        assert all(get(store, f"{n}-{turn}") == EVERY_BYTE for n in range(6) for turn in range(30))


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_time_passes(kind: str, tmp_path: Path) -> None:
    clock = Clock()
    store: Store = (
        MemoryStore(clock=clock)
        if kind == "memory"
        else SQLiteStore(tmp_path / "answers.db", clock=clock)
    )
    put(store, "short", b"1", 5)
    put(store, "long", b"2", 50)
    put(store, "ever", b"3", None)
    clock.advance(4.9)
    assert get(store, "short") == b"1"
    clock.advance(0.2)
    assert [get(store, key) for key in ("short", "long", "ever")] == [None, b"2", b"3"]
    put(store, "short", b"4", 5)
    clock.advance(1e9)
    assert [get(store, key) for key in ("short", "long", "ever")] == [None, None, b"3"]
