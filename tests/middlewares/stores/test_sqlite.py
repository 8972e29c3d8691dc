"""SQLiteStore: its file, threads, processes and forks."""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.chain.stores import EVERY_BYTE, ask, caching, get, put
from tests.support.clocks import Clock
from tests.support.worlds import World
from trunkline.middlewares.cache import Cache
from trunkline.middlewares.stores.sqlite import SQLiteStore
from trunkline.testing import FakeProvider


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
