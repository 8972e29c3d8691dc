"""An SQLite file that threads and processes share."""

from __future__ import annotations

import os
import weakref
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from ..checked_arguments import read_path

if TYPE_CHECKING:
    import sqlite3

BUSY_SECONDS = 5.0


class SQLiteFile:
    """A file that is created at first use, readable only by its owner, in WAL mode.

    WAL mode does not work on a network drive (https://www.sqlite.org/wal.html).

    Args:
        path: the file; its folder must exist.
        statements: create its tables and indexes, if they do not exist.

    Raises:
        FileNotFoundError: the folder does not exist.
    """

    def __init__(self, path: str | os.PathLike[str], statements: Sequence[str]) -> None:
        self.path = read_path("path", path).absolute()
        if not self.path.parent.is_dir():
            raise FileNotFoundError(
                f"{self.path.parent}: no such folder; create it or use another path"
            )
        self._statements = statements
        # By process ID: a connection inherited through a fork must be neither used nor closed
        # (https://www.sqlite.org/howtocorrupt.html#_carrying_an_open_database_across_a_fork).
        self._connections: dict[int, Connection] = {}
        weakref.finalize(self, _close, self._connections)

    def connect(self) -> Connection:
        """Return the only connection of this process; `with` gives one thread access to it."""
        pid = os.getpid()
        found = self._connections.get(pid)
        return found or self._connections.setdefault(pid, Connection(self.path, self._statements))

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        _close(self._connections)


class Connection:
    """The only connection of a process; `with` gives one thread at a time access to it."""

    def __init__(self, path: Path, statements: Sequence[str]) -> None:
        self._path = path
        self._statements = statements
        self._lock = Lock()
        self._connection: sqlite3.Connection | None = None

    def __enter__(self) -> sqlite3.Connection:
        self._lock.acquire()
        try:
            if self._connection is None:
                self._connection = _connect(self._path, self._statements)
        except BaseException:
            self._lock.release()
            raise
        return self._connection

    def __exit__(self, *_error: object) -> None:
        self._lock.release()

    def close(self) -> None:
        """Close the connection; the next use opens it again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None


def _connect(path: Path, statements: Sequence[str]) -> sqlite3.Connection:
    import sqlite3  # noqa: PLC0415  # most programs never need it

    path.touch(mode=0o600)
    connection = sqlite3.connect(
        path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        # In WAL mode a power failure may lose the latest writes, but never corrupts the file.
        connection.execute("PRAGMA synchronous = NORMAL")
        for statement in statements:
            connection.execute(statement)
    except BaseException:
        connection.close()
        raise
    return connection


def _close(connections: dict[int, Connection]) -> None:
    connection = connections.pop(os.getpid(), None)
    if connection is not None:
        connection.close()
