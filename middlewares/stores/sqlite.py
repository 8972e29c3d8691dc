"""Store cached responses in an SQLite file."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from time import time
from typing import cast

from .sqlite_file import SQLiteFile

_TABLES = (
    """
CREATE TABLE IF NOT EXISTS answers
(key TEXT PRIMARY KEY, value BLOB NOT NULL, expires REAL) WITHOUT ROWID
""",
    "CREATE INDEX IF NOT EXISTS answers_expire ON answers (expires)",
)
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
        self._file = SQLiteFile(path, _TABLES)
        self._clock = clock

    def __repr__(self) -> str:
        return f"SQLiteStore({str(self.path)!r})"

    @property
    def path(self) -> Path:
        """The file."""
        return self._file.path

    async def get(self, key: str) -> bytes | None:
        """See `Store.get`."""
        with self._file.connect() as connection:
            found = connection.execute(_GET, (key, self._clock())).fetchone()
        return None if found is None else cast("bytes", found[0])

    async def set(self, key: str, value: bytes, ttl: float | None) -> None:
        """See `Store.set`."""
        now = self._clock()
        with self._file.connect() as connection:
            connection.execute(_EXPIRE, (now,))
            connection.execute(_SET, (key, value, None if ttl is None else now + ttl))

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        self._file.close()
