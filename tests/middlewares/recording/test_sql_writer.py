"""A log of prompts in SQLite and in a real PostgreSQL, with each driver."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from tests.support.answers import MESSAGES
from tests.support.worlds import World
from trunkline import PromptLog
from trunkline.testing import FakeProvider

pytest.importorskip("sqlalchemy", reason="the extra `sql` is not installed")

import sqlalchemy
from sqlalchemy import text

MODEL = "openai/gpt-4o"
POSTGRES = ["postgresql", "postgres", "postgresql+pg8000", "postgresql+asyncpg"]


def rows(url: str) -> list[Any]:
    engine = sqlalchemy.create_engine(url)
    try:
        with engine.connect() as connection:
            table = sqlalchemy.Table(
                "trunkline_calls", sqlalchemy.MetaData(), autoload_with=connection
            )
            found = connection.execute(table.select().order_by(table.c.id)).mappings().all()
        return [dict(row) for row in found]
    finally:
        engine.dispose()


def check(found: list[Any], mode: str) -> None:
    first, second = found
    assert (first["provider"], first["model"], first["outcome"]) == (
        "openai",
        "gpt-4o",
        "completed",
    )
    assert first["messages"] == MESSAGES
    assert first["params"] == {"temperature": 0}
    assert first["response"]["choices"][0]["message"]["content"] == "Hello 'there'"
    assert (first["prompt_tokens"], first["cost"], first["cache_hit"]) == (10, None, False)
    assert first["stream"] is (mode == "stream")
    assert second["metadata"] == {"user": "é"}
    assert second["id"] > first["id"]


def ask_twice(world: World, mode: str, log: PromptLog) -> None:
    client = FakeProvider(["Hello 'there'", "with \0 in it"]).client([log])
    world.answer(client, mode, MODEL, MESSAGES, temperature=0)
    world.answer(client, mode, MODEL, MESSAGES, metadata={"user": "é"})
    log.close(60)
    assert (log.written, log.dropped) == (2, 0)


@pytest.mark.parametrize("form", ["{path}", "sqlite:///{path}", "sqlite+aiosqlite:///{path}"])
def test_sqlite(world: World, mode: str, tmp_path: Path, form: str) -> None:
    path = tmp_path / "calls.db"
    ask_twice(world, mode, PromptLog(form.format(path=path)))
    check(rows(f"sqlite:///{path}"), mode)


@pytest.mark.parametrize("driver", POSTGRES)
def test_postgres(world: World, mode: str, postgres_url: str, driver: str) -> None:
    plain = postgres_url.replace("postgresql://", "postgresql+pg8000://")
    engine = sqlalchemy.create_engine(plain)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE IF EXISTS trunkline_calls"))
    engine.dispose()
    ask_twice(world, mode, PromptLog(postgres_url.replace("postgresql://", f"{driver}://")))
    check(rows(plain), mode)


def test_a_database_that_cannot_be_reached(
    world: World, mode: str, caplog: pytest.LogCaptureFixture
) -> None:
    log = PromptLog("postgresql://me:secret@127.0.0.1:1/calls")
    assert "secret" not in repr(log)
    assert "postgresql+pg8000://me:***@127.0.0.1:1/calls" in repr(log)
    client = FakeProvider(["Hello"]).client([log])
    with caplog.at_level(logging.WARNING, "trunkline"):
        world.answer(client, mode, MODEL, MESSAGES)
        log.close()
    assert (log.written, log.dropped) == (0, 1)
    assert "cannot write, and tries again: InterfaceError" in caplog.text
    assert "secret" not in caplog.text


@pytest.mark.parametrize(
    ("target", "error", "message"),
    [
        ("postgresql://me:secret@host:port/x", ValueError, "target: not a database URL"),
        ("nosuch://host/x", ValueError, "SQLAlchemy does not know 'nosuch'"),
        ("mysql+pymysql://host/x", ImportError, "mysql.pymysql needs pymysql: pip install"),
    ],
)
def test_targets_that_cannot_be_used(target: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message) as raised:
        PromptLog(target)
    assert "secret" not in str(raised.value)
