"""Stores of vectors: the same laws in memory, SQLite and Redis."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.middlewares.semantic.blocking_store import Store
from tests.middlewares.semantic.meanings import MODEL, SAME, WARM, ask, embed
from tests.support.clocks import Clock
from tests.support.worlds import World
from trunkline import MemoryVectors, RedisVectors, SemanticCache, SQLiteVectors
from trunkline.middlewares.semantic.vectors import VectorIndex, to_vector
from trunkline.pipeline.sync import drive
from trunkline.testing import FakeProvider

pytest.importorskip("redis", reason="the extra `redis` is not installed")

from tests.support.servers.redis_server import connect, connect_asyncio


@pytest.fixture(params=["memory", "sqlite", "redis"])
def kind(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


@pytest.fixture
def store(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path, clock: Clock
) -> Iterator[Store]:
    if kind == "memory":
        yield Store(MemoryVectors(3, clock=clock))
    elif kind == "sqlite":
        made = SQLiteVectors(tmp_path / "vectors.db", max_items=3, clock=clock)
        yield Store(made)
        made.close()
    else:
        with connect(request.getfixturevalue("redis_url")) as client:
            client.flushall()
            yield Store(RedisVectors(client, max_items=3))


def test_the_nearest_is_found(store: Store) -> None:
    store.add("a", [1, 0], "east")
    store.add("a", [0, 1], "north")
    assert store.find("a", [2, 0.2]) == ("east", 0.995)
    assert store.find("a", [0.1, 3]) == ("north", 0.999)
    assert store.find("a", [1, 1]) is None
    assert store.find("a", [1, 1], 0.7) is not None
    assert store.find("a", [-1, 0], 0.01) is None


def test_scopes_are_kept_apart(store: Store) -> None:
    store.add("a", [1, 0], "a")
    assert store.find("b", [1, 0]) is None
    store.add("b", [1, 0], "b")
    assert store.find("a", [1, 0]) == ("a", 1.0)
    assert store.find("b", [1, 0]) == ("b", 1.0)


def test_vectors_of_other_lengths_do_not_matter(store: Store) -> None:
    store.add("a", [1, 0, 0], "three")
    assert store.find("a", [1, 0]) is None
    store.add("a", [1, 0], "two")
    assert store.find("a", [1, 0]) == ("two", 1.0)
    assert store.find("a", [1, 0, 0]) == ("three", 1.0)


def test_the_oldest_are_dropped(store: Store) -> None:
    directions = [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]
    for number, direction in enumerate(directions):
        store.add("a", direction, str(number))
    assert [store.find("a", direction) for direction in directions] == [
        None,
        ("1", 1.0),
        ("2", 1.0),
        ("3", 1.0),
    ]


# Redis has another clock; see below.
@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_they_expire(store: Store, clock: Clock) -> None:
    store.add("a", [1, 0], "short", 10)
    store.add("a", [1, 0.1], "long", 100)
    clock.advance(11)
    assert store.find("a", [1, 0]) == ("long", 0.995)
    clock.advance(100)
    assert store.find("a", [1, 0]) is None


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("damaged", [[numpy.nan, numpy.nan], [1e30, 1e30], [numpy.inf, 0]])
def test_a_damaged_vector_is_nearest_to_nothing(store: Store, damaged: list[float]) -> None:
    """A wrong response would be worse than none: NaN is below no threshold."""
    data = numpy.array(damaged, dtype=numpy.float32)
    drive(store.store.add("a", data, b"anything", None))
    assert store.find("a", [1, 1], 0.01) is None
    store.add("a", [1, 0], "east")
    assert store.find("a", [1, 0]) == ("east", 1.0)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("values", [[1e300, 1], [numpy.nan, 1], [numpy.inf, 0], [0, 0], [], [[]]])
def test_what_has_no_direction_is_no_vector(values: Any) -> None:
    with pytest.raises(ValueError, match=r"no direction|expected one vector"):
        to_vector(values)


class TestSQLite:
    def test_processes_share_a_file(self, tmp_path: Path) -> None:
        one, two = (Store(SQLiteVectors(tmp_path / "vectors.db")) for _ in range(2))
        assert two.find("a", [1, 0]) is None
        one.add("a", [1, 0], "east")
        assert two.find("a", [1, 0]) == ("east", 1.0)
        two.add("a", [0, 1], "north")
        assert one.find("a", [0, 1]) == ("north", 1.0)

    def test_memory_stays_bounded(self, tmp_path: Path) -> None:
        made = SQLiteVectors(tmp_path / "vectors.db", max_items=3)
        store = Store(made)
        for number in range(20):
            store.add("a", [1, number], str(number))
            assert store.find("a", [1, number]) == (str(number), 1.0)
        [(index, _)] = made._indexes.values()  # pyright: ignore[reportPrivateUsage]
        assert len(index) <= 2 * 3 + 1


class TestRedis:
    @pytest.fixture
    def client(self, redis_url: str) -> Iterator[Any]:
        with connect(redis_url) as made:
            made.flushall()
            yield made

    def test_entries_expire(self, client: Any) -> None:
        store = Store(RedisVectors(client, search="here"))
        store.add("a", [1, 0], "east", 1000)
        for key in client.scan_iter("*"):
            assert client.ttl(key) > 0
        [entry] = [key for key in client.scan_iter("*") if client.type(key) == b"hash"]
        client.delete(entry)
        assert store.find("a", [1, 0]) is None

    def test_processes_share_it(self, client: Any, redis_url: str) -> None:
        with connect(redis_url) as other:
            one, two = Store(RedisVectors(client)), Store(RedisVectors(other))
            assert two.find("a", [1, 0]) is None
            one.add("a", [1, 0], "east")
            assert two.find("a", [1, 0]) == ("east", 1.0)

    def test_a_client_for_asyncio(self, client: Any, redis_url: str, mode: str) -> None:
        del client
        fake = FakeProvider(["Warm"])

        async def main() -> bool:
            async with connect_asyncio(redis_url) as asynchronous:
                cache = SemanticCache(embed, store=RedisVectors(asynchronous))
                calls = fake.client([cache])
                hit = False
                for question in (WARM, SAME):
                    reply: Any = await calls.acompletion(
                        MODEL, ask(question), stream=mode == "stream"
                    )
                    if mode == "stream":
                        _ = [chunk async for chunk in reply]
                    hit = reply.call.cache_hit
                return hit

        assert asyncio.run(main())

    def test_every_world(self, client: Any, world: World, mode: str) -> None:
        cache = SemanticCache(embed, store=RedisVectors(client))
        calls = FakeProvider(["Warm"]).client([cache])
        world.answer(calls, mode, MODEL, ask(WARM))
        assert world.answer(calls, mode, MODEL, ask(SAME)).call.cache_hit

    def test_a_client_that_decodes(self) -> None:
        import redis  # noqa: PLC0415

        with pytest.raises(ValueError, match="create it without decode_responses"):
            RedisVectors(redis.Redis(decode_responses=True))


STEPS = st.lists(st.tuples(st.booleans(), st.integers(0, 9)), max_size=60)


@given(STEPS)
def test_an_index_is_a_dictionary(steps: list[tuple[bool, int]]) -> None:
    index, expected = VectorIndex(2), dict[int, Any]()
    for adds, number in steps:
        if adds and number not in expected:
            expected[number] = to_vector([1, number])
            index.add(number, expected[number])
        elif not adds:
            expected.pop(number, None)
            index.remove(number)
        assert set(index.keys) == set(expected)
        for key, vector in expected.items():
            found = index.nearest(vector)
            assert found is not None
            assert found[0] == key
            assert abs(found[1] - 1) < 1e-6


@pytest.mark.parametrize("kind", [MemoryVectors, SQLiteVectors, RedisVectors])
def test_limits(kind: Any, tmp_path: Path) -> None:
    first: dict[Any, list[Any]] = {SQLiteVectors: [tmp_path / "a.db"], RedisVectors: [None]}
    arguments = first.get(kind, [])
    with pytest.raises(ValueError, match="max_items: expected an int of 1 or more, got 0"):
        kind(*arguments, max_items=0)
