"""Write a log of prompts into a table of a database, with SQLAlchemy (the extra `sql`)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any

import msgspec

from ...pipeline.errors import InvalidArgumentError
from ...pipeline.json_values import change_texts
from .log_entries import LogEntry

if TYPE_CHECKING:
    from sqlalchemy import URL, Table

#: Drivers that are used where a URL names none, because their license lets everybody use them.
_DRIVERS = {"postgres": "postgresql+pg8000", "postgresql": "postgresql+pg8000"}
_TABLE = "trunkline_calls"


def read_url(target: str) -> URL:
    """Return a database URL with its driver.

    Raises:
        ImportError: SQLAlchemy is not installed; the message has the pip command.
        InvalidArgumentError: it is not a URL.
    """
    try:
        from sqlalchemy import make_url  # noqa: PLC0415  # an extra
        from sqlalchemy.exc import ArgumentError  # noqa: PLC0415
    except ImportError as error:
        raise ImportError(
            "a log in a database needs SQLAlchemy: pip install 'trunkline[sql]'"
        ) from error
    try:
        url = make_url(target)
    except (ArgumentError, ValueError):
        # Its message repeats the URL, which may contain a password.
        raise InvalidArgumentError(
            'target: not a database URL, such as "postgresql://user:password@host/database"'
        ) from None
    return url.set(drivername=_DRIVERS.get(url.drivername, url.drivername))


def sql_writer(url: URL) -> Callable[[], SQLWriter | AsyncSQLWriter]:
    """Return the function that makes the writer for a database URL.

    Raises:
        ImportError: the URL's driver is not installed.
        InvalidArgumentError: SQLAlchemy does not know the database.
    """
    from sqlalchemy.exc import NoSuchModuleError  # noqa: PLC0415  # an extra

    try:
        dialect = url.get_dialect()
        dialect.import_dbapi()
        if dialect.is_async:
            # SQLAlchemy needs it with these drivers.
            import_module("greenlet")
    except NoSuchModuleError:
        raise InvalidArgumentError(f"target: SQLAlchemy does not know {url.drivername!r}") from None
    except ImportError as error:
        raise ImportError(
            f"{url.drivername} needs {error.name}: pip install 'trunkline[sql]', or {error.name}"
        ) from error
    return lambda: AsyncSQLWriter(url) if dialect.is_async else SQLWriter(url)


class SQLWriter:
    """Writes entries with a driver that blocks. The table is created if it does not exist."""

    def __init__(self, url: URL) -> None:
        from sqlalchemy import create_engine  # noqa: PLC0415  # an extra

        self._engine = create_engine(url, pool_size=1, pool_pre_ping=True, hide_parameters=True)
        self._table = _make_table()
        self._created = False

    def write(self, entries: Sequence[LogEntry]) -> None:
        """See `Writer.write`."""
        with self._engine.begin() as connection:
            if not self._created:
                self._table.create(connection, checkfirst=True)
            connection.execute(self._table.insert(), [_row(entry) for entry in entries])
        self._created = True

    def close(self) -> None:
        """See `Writer.close`."""
        self._engine.dispose()


class AsyncSQLWriter:
    """Writes entries with a driver for asyncio, in its own event loop."""

    def __init__(self, url: URL) -> None:
        from sqlalchemy.ext.asyncio import create_async_engine  # noqa: PLC0415  # an extra

        self._runner = asyncio.Runner()
        self._engine = create_async_engine(url, pool_pre_ping=True, hide_parameters=True)
        self._table = _make_table()
        self._created = False

    def write(self, entries: Sequence[LogEntry]) -> None:
        """See `Writer.write`."""
        self._runner.run(self._write(entries))

    async def _write(self, entries: Sequence[LogEntry]) -> None:
        async with self._engine.begin() as connection:
            if not self._created:
                await connection.run_sync(self._table.create, checkfirst=True)
            await connection.execute(self._table.insert(), [_row(entry) for entry in entries])
        self._created = True

    def close(self) -> None:
        """See `Writer.close`."""
        self._runner.run(self._engine.dispose())
        self._runner.close()


def _make_table() -> Table:
    from sqlalchemy import (  # noqa: PLC0415  # an extra
        JSON,
        BigInteger,
        Boolean,
        Column,
        DateTime,
        Float,
        Integer,
        MetaData,
        Table,
        Text,
    )

    # SQLite numbers rows only in a column of this type.
    number = BigInteger().with_variant(Integer(), "sqlite")
    return Table(
        _TABLE,
        MetaData(),
        Column("id", number, primary_key=True, autoincrement=True),
        Column("time", DateTime(timezone=True), nullable=False, index=True),
        Column("call_id", Text(), nullable=False),
        Column("provider", Text(), nullable=False),
        Column("model", Text(), nullable=False),
        Column("outcome", Text(), nullable=False),
        Column("stream", Boolean(), nullable=False),
        Column("messages", JSON()),
        Column("params", JSON()),
        Column("response", JSON()),
        Column("error", Text()),
        Column("prompt_tokens", Integer()),
        Column("completion_tokens", Integer()),
        Column("cost", Float()),
        Column("seconds", Float(), nullable=False),
        Column("attempts", Integer(), nullable=False),
        Column("cache_hit", Boolean(), nullable=False),
        Column("metadata", JSON()),
    )


def _row(entry: LogEntry) -> Mapping[str, Any]:
    row = change_texts(msgspec.structs.asdict(entry), _without_nul)
    return {**row, "time": datetime.fromisoformat(entry.time)}


def _without_nul(text: str) -> str:
    """Return a text without the character NUL, which PostgreSQL cannot store."""
    return text.replace("\0", "")
