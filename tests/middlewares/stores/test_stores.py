"""Where answers are kept: memory, a file, Redis."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import sqlite3
import stat
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.answers import MESSAGES
from tests.support.clocks import Clock
from tests.support.redis_server import connect, connect_asyncio, redis_server
from tests.support.worlds import World
from trunkline import Client
from trunkline.middlewares.cache import Cache
from trunkline.middlewares.stores.memory import MemoryStore
from trunkline.middlewares.stores.redis_store import RedisStore
from trunkline.middlewares.stores.sqlite import SQLiteStore
from trunkline.middlewares.stores.store import Store
from trunkline.pipeline.sync import drive
from trunkline.testing import FakeProvider

MODEL = "openai/gpt-4o"
EVERY_BYTE = bytes(range(256)) * 4


@pytest.fixture
def redis_client(redis_url: str) -> Iterator[Any]:
    """A client of an empty Redis."""
    with connect(redis_url) as client:
        client.flushall()
        yield client


@pytest.fixture(params=["memory", "sqlite", "redis"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Each of the stores that serve all worlds."""
    if request.param == "memory":
        yield MemoryStore()
    elif request.param == "sqlite":
        made = SQLiteStore(tmp_path / "answers.db")
        yield made
        made.close()
    else:
        yield RedisStore(request.getfixturevalue("redis_client"))


def get(store: Store, key: str) -> bytes | None:
    return drive(store.get(key))


def put(store: Store, key: str, value: bytes, ttl: float | None = None) -> None:
    drive(store.set(key, value, ttl))


def ask(client: Client, world: World, mode: str = "plain") -> str | None:
    return world.answer(client, mode, MODEL, MESSAGES).choices[0].message.content


async def answer(client: Client, mode: str) -> str | None:
    if mode == "plain":
        response = await client.acompletion(MODEL, MESSAGES)
    else:
        stream = await client.acompletion(MODEL, MESSAGES, stream=True)
        _ = [chunk async for chunk in stream]
        response = stream.response
    return response.choices[0].message.content


def caching(store: Store) -> Client:
    """A client that caches, of a provider whose every answer is another."""
    fake = FakeProvider([f"answer {number}" for number in range(1, 20)])
    return fake.client([Cache(store)])


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


def write_many(path: str, number: int) -> list[str]:
    """What each process does; returns what went wrong."""
    store, wrong = SQLiteStore(path), list[str]()
    for turn in range(25):
        try:
            put(store, f"{number}-{turn}", EVERY_BYTE, 60)
            if get(store, f"{number}-{turn}") != EVERY_BYTE:
                wrong.append(f"{number}-{turn} is not there")
        except sqlite3.Error as error:
            wrong.append(repr(error))
    store.close()
    return wrong


class TestSQLite:
    def test_it_keeps(self, tmp_path: Path) -> None:
        path = tmp_path / "answers.db"
        for _ in range(2):
            store = SQLiteStore(path)
            assert ask(caching(store), World("sync")) == "answer 1"
            store.close()
        fake = FakeProvider()
        assert ask(fake.client([Cache(SQLiteStore(path))]), World("trio"), "stream") == "answer 1"

    def test_several_processes(self, tmp_path: Path) -> None:
        path = str(tmp_path / "answers.db")
        with multiprocessing.get_context("spawn").Pool(3) as pool:
            wrong = pool.starmap(write_many, [(path, number) for number in range(3)])
            pool.close()
            pool.join()
        assert wrong == [[], [], []]
        store = SQLiteStore(path)
        assert all(get(store, f"{n}-{turn}") == EVERY_BYTE for n in range(3) for turn in range(25))
        store.close()

    def test_after_a_fork_each_process_has_its_own_connection(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store = SQLiteStore(tmp_path / "answers.db")
        put(store, "parent", b"1")
        opened: list[str] = []
        connect: Callable[..., Any] = sqlite3.connect

        def counting(*arguments: Any, **named: Any) -> Any:
            opened.append("again")
            return connect(*arguments, **named)

        monkeypatch.setattr(sqlite3, "connect", counting)
        assert get(store, "parent") == b"1"
        assert opened == []
        with monkeypatch.context() as child:
            child.setattr(os, "getpid", lambda: -1)
            assert get(store, "parent") == b"1"
            assert opened == ["again"]
            store.close()
        # The child closed its own; the parent's still serves.
        assert get(store, "parent") == b"1"
        assert opened == ["again"]
        store.close()

    def test_the_file(self, tmp_path: Path) -> None:
        path = tmp_path / "answers.db"
        store = SQLiteStore(path)
        assert not path.exists()
        put(store, "a", b"1")
        for file in tmp_path.iterdir():
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name
        with sqlite3.connect(path) as other:
            assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        other.close()
        store.close()
        assert get(store, "a") == b"1"
        store.close()
        assert [file.name for file in tmp_path.iterdir()] == ["answers.db"]

    def test_the_file_is_closed_with_the_store(self, tmp_path: Path) -> None:
        store = SQLiteStore(tmp_path / "answers.db")
        put(store, "a", b"1")
        assert len(list(tmp_path.iterdir())) == 3
        del store
        assert [file.name for file in tmp_path.iterdir()] == ["answers.db"]

    def test_what_is_over_is_deleted(self, tmp_path: Path) -> None:
        clock, path = Clock(), tmp_path / "answers.db"
        store = SQLiteStore(path, clock=clock)
        for number in range(5):
            put(store, str(number), b"x", 1)
        clock.advance(2)
        put(store, "new", b"x", 1)
        store.close()
        with sqlite3.connect(path) as other:
            assert other.execute("SELECT key FROM answers").fetchall() == [("new",)]
        other.close()

    def test_no_such_folder(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError, match="nowhere: no such folder; create it or use"):
            SQLiteStore(tmp_path / "nowhere" / "answers.db")

    @pytest.mark.parametrize("content", [b"this is no database" * 100, b"SQLite format 3\x00" * 99])
    def test_a_broken_file(self, content: bytes, tmp_path: Path, world: World, caplog: Any) -> None:
        path = tmp_path / "answers.db"
        path.write_bytes(content)
        client = caching(SQLiteStore(path))
        assert [ask(client, world) for _ in range(2)] == ["answer 1", "answer 2"]
        assert [record.getMessage() for record in caplog.records] == [
            "cannot read from the cache: DatabaseError (logged only once)",
            "cannot write to the cache: DatabaseError (logged only once)",
        ]
        assert path.read_bytes() == content

    def test_it_prints(self, tmp_path: Path) -> None:
        path = tmp_path / "answers.db"
        assert repr(SQLiteStore(path)) == f"SQLiteStore({str(path)!r})"


class TestRedis:
    def test_from_an_address(self, redis_url: str, redis_client: Any, world: World) -> None:
        store = RedisStore.from_url(redis_url)
        assert store.blocking
        client = caching(store)
        assert [ask(client, world) for _ in range(2)] == ["answer 1"] * 2
        assert ask(caching(RedisStore(redis_client)), World("sync"), "stream") == "answer 1"

    def test_an_asynchronous_client(self, redis_url: str, redis_client: Any, mode: str) -> None:
        async def main() -> list[str | None]:
            async with connect_asyncio(redis_url) as connection:
                store = RedisStore(connection)
                assert not store.blocking
                client = caching(store)
                return [await answer(client, mode) for _ in range(2)]

        assert asyncio.run(main()) == ["answer 1"] * 2
        assert len(redis_client.keys("trunkline:*")) == 1

    def test_times(self, redis_client: Any) -> None:
        store = RedisStore(redis_client)
        put(store, "ever", b"1", None)
        put(store, "long", b"2", 100)
        put(store, "soon", b"3", 0.0001)
        assert redis_client.ttl("ever") == -1
        assert 0 < redis_client.pttl("long") <= 100_000
        while get(store, "soon") is not None:
            pass
        assert get(store, "long") == b"2"

    def test_keys_are_in_their_namespace(self, redis_client: Any, world: World) -> None:
        cache = Cache(RedisStore(redis_client), namespace="tenant-a")
        ask(FakeProvider(["Hi"]).client([cache]), world)
        [name] = redis_client.keys()
        assert name.startswith(b"tenant-a:")

    def test_rubbish(self, redis_client: Any, world: World, caplog: Any) -> None:
        client = caching(RedisStore(redis_client))
        ask(client, world)
        [name] = redis_client.keys()
        redis_client.set(name, b"rubbish")
        assert ask(client, world) == "answer 2"
        assert ask(client, world) == "answer 2"
        redis_client.delete(name)
        redis_client.lpush(name, b"a list")
        assert ask(client, world) == "answer 3"
        assert [record.getMessage() for record in caplog.records] == [
            "the cache contains invalid data: ValidationError (logged only once)",
            "cannot read from the cache: ResponseError (logged only once)",
        ]

    def test_down(self, tmp_path: Path, world: World, mode: str, caplog: Any) -> None:
        with redis_server(tmp_path) as url:
            store = RedisStore.from_url(url)
            client = caching(store)
            assert [ask(client, world, mode) for _ in range(2)] == ["answer 1"] * 2
        assert [ask(client, world, mode) for _ in range(2)] == ["answer 2", "answer 3"]
        assert [record.getMessage() for record in caplog.records] == [
            "cannot read from the cache: ConnectionError (logged only once)",
            "cannot write to the cache: ConnectionError (logged only once)",
        ]

    def test_a_client_that_decodes(self, redis_url: str) -> None:
        wrong = pytest.raises(ValueError, match="create it without decode_responses")
        with connect(f"{redis_url}?decode_responses=True") as client, wrong:
            RedisStore(client)

    def test_without_the_extra(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "redis", None)
        with pytest.raises(ImportError, match=r'pip install "trunkline\[redis\]"'):
            RedisStore.from_url("redis://localhost")

    def test_no_password_is_shown(self) -> None:
        assert "hunter2" not in repr(RedisStore.from_url("redis://:hunter2@localhost"))
