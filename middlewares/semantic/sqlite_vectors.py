"""Store vectors in an SQLite file, and compare them here."""

from __future__ import annotations

import os
from collections.abc import Callable
from threading import Lock
from time import time
from typing import TYPE_CHECKING, cast

from cachetools import LRUCache

from ..checked_arguments import check_count
from ..stores.sqlite_file import SQLiteFile
from .vector_store import VectorMatch
from .vectors import VectorIndex, check_numpy, from_bytes

if TYPE_CHECKING:
    import sqlite3

    from .vectors import Vector

MAX_ITEMS = 10_000
#: How many scopes are kept in memory, with their vectors.
_SCOPES = 100

_TABLES = (
    """
CREATE TABLE IF NOT EXISTS vectors (
  id INTEGER PRIMARY KEY AUTOINCREMENT, scope TEXT NOT NULL, vector BLOB NOT NULL,
  value BLOB NOT NULL, expires REAL)
""",
    "CREATE INDEX IF NOT EXISTS vectors_scope ON vectors (scope, id)",
    "CREATE INDEX IF NOT EXISTS vectors_expire ON vectors (expires)",
)
_NEW = "SELECT id, vector FROM vectors WHERE scope = ? AND id > ? AND length(vector) = ?"
_GET = "SELECT value FROM vectors WHERE id = ? AND (expires IS NULL OR expires > ?)"
_ADD = "INSERT INTO vectors (scope, vector, value, expires) VALUES (?, ?, ?, ?)"
_EXPIRE = "DELETE FROM vectors WHERE expires <= ?"
_TRIM = "DELETE FROM vectors WHERE id <= (SELECT MAX(id) FROM vectors) - ?"


class SQLiteVectors:
    """Stores responses with their vectors in a file that threads and processes may share.

    Vectors are compared here, with numpy: those of recent scopes stay in memory, and each lookup
    reads only the new ones. The file is like that of `SQLiteStore`.

    Args:
        path: the file; its folder must exist.
        max_items: responses at most; the oldest are dropped.
        clock: seconds since the epoch; tests pass their own.

    Raises:
        FileNotFoundError: the folder does not exist.
        ImportError: numpy is not installed.
        InvalidArgumentError: `max_items` is not above zero.
    """

    #: Asynchronous calls run it in a thread.
    blocking = True

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        max_items: int = MAX_ITEMS,
        clock: Callable[[], float] = time,
    ) -> None:
        check_count("max_items", max_items)
        check_numpy()
        self.max_items = max_items
        self._file = SQLiteFile(path, _TABLES)
        self._clock = clock
        self._lock = Lock()
        # Each index with the number up to which it has been read.
        self._indexes: LRUCache[tuple[str, int], tuple[VectorIndex, int]] = LRUCache(_SCOPES)

    def __repr__(self) -> str:
        return f"SQLiteVectors({str(self._file.path)!r})"

    async def find(self, scope: str, vector: Vector, threshold: float) -> VectorMatch | None:
        """See `VectorStore.find`."""
        with self._lock, self._file.connect() as connection:
            index = self._read(connection, scope, vector.size)
            while found := index.nearest(vector):
                number, similarity = found
                if not similarity >= threshold:
                    return None
                row = connection.execute(_GET, (number, self._clock())).fetchone()
                if row is not None:
                    return VectorMatch(cast("bytes", row[0]), similarity)
                # It has expired, or another process has dropped it.
                index.remove(number)
            return None

    async def add(self, scope: str, vector: Vector, value: bytes, ttl: float | None) -> None:
        """See `VectorStore.add`."""
        now = self._clock()
        until = None if ttl is None else now + ttl
        with self._file.connect() as connection:
            connection.execute(_EXPIRE, (now,))
            connection.execute(_ADD, (scope, vector.tobytes(), value, until))
            connection.execute(_TRIM, (self.max_items,))

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        self._file.close()

    def _read(self, connection: sqlite3.Connection, scope: str, size: int) -> VectorIndex:
        """Return the vectors of a scope, with those that were added since the last time."""
        index, last = self._indexes.get((scope, size)) or (VectorIndex(size), 0)
        if len(index) >= 2 * self.max_items:
            # At least half of them are no longer in the file.
            index, last = VectorIndex(size), 0
        for number, data in connection.execute(_NEW, (scope, last, 4 * size)):
            index.add(number, from_bytes(data))
            last = max(last, number)
        self._indexes[scope, size] = index, last
        return index
