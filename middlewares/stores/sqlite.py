"""Store cached responses in an SQLite file."""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from time import time
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    import sqlite3

BUSY_SECONDS = 5.0

_TABLE = """
CREATE TABLE IF NOT EXISTS answers
(key TEXT PRIMARY KEY, value BLOB NOT NULL, expires REAL) WITHOUT ROWID
"""
_INDEX = "CREATE INDEX IF NOT EXISTS answers_expire ON answers (expires)"
_GET = "SELECT value FROM answers WHERE key = ? AND (expires IS NULL OR expires > ?)"
_SET = "INSERT OR REPLACE INTO answers VALUES (?, ?, ?)"
_EXPIRE = "DELETE FROM answers WHERE expires <= ?"


class SQLiteStore:
    """Stores responses in a file that threads and processes may share.

    The file is created at first use, readable only by its owner, in WAL mode, which does not work
    on a network drive (https://www.sqlite.org/wal.html). Each write deletes expired responses.

    Args:
        path: the file; its folder must exist.
        clock: seconds since the epoch; tests pass their own.

    Raises:
        FileNotFoundError: the folder does not exist.
    """

    #: Asynchronous calls run it in a thread.
    blocking = True

    def __init__(self, path: str | os.PathLike[str], *, clock: Callable[[], float] = time) -> None:
        self.path = Path(path).absolute()
        if not self.path.parent.is_dir():
            raise FileNotFoundError(
                f"{self.path.parent}: no such folder; create it or use another path"
            )
        self._clock = clock
        # By process ID: a connection inherited through a fork must be neither used nor closed
        # (https://www.sqlite.org/howtocorrupt.html#_carrying_an_open_database_across_a_fork).
        self._files: dict[int, _File] = {}
        weakref.finalize(self, _close, self._files)

    def __repr__(self) -> str:
        return f"SQLiteStore({str(self.path)!r})"

    async def get(self, key: str) -> bytes | None:
        """See `Store.get`."""
        with self._file() as connection:
            found = connection.execute(_GET, (key, self._clock())).fetchone()
        return None if found is None else cast("bytes", found[0])

    async def set(self, key: str, value: bytes, ttl: float | None) -> None:
        """See `Store.set`."""
        now = self._clock()
        with self._file() as connection:
            connection.execute(_EXPIRE, (now,))
            connection.execute(_SET, (key, value, None if ttl is None else now + ttl))

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        _close(self._files)

    def _file(self) -> _File:
        pid = os.getpid()
        file = self._files.get(pid)
        return file or self._files.setdefault(pid, _File(self.path))


class _File:
    """The only connection of a process; `with` gives one thread at a time access to it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()
        self._connection: sqlite3.Connection | None = None

    def __enter__(self) -> sqlite3.Connection:
        self._lock.acquire()
        try:
            if self._connection is None:
                self._connection = _connect(self._path)
        except BaseException:
            self._lock.release()
            raise
        return self._connection

    def __exit__(self, *_error: object) -> None:
        self._lock.release()

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None


def _connect(path: Path) -> sqlite3.Connection:
    import sqlite3  # noqa: PLC0415  # most programs never need it

    path.touch(mode=0o600)
    connection = sqlite3.connect(
        path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        # In WAL mode a power failure may lose the latest writes, but never corrupts the file.
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(_TABLE)
        connection.execute(_INDEX)
    except BaseException:
        connection.close()
        raise
    return connection


def _close(files: dict[int, _File]) -> None:
    file = files.pop(os.getpid(), None)
    if file is not None:
        file.close()
