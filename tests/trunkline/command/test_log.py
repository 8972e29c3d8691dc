from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.support.answers import good
from tests.support.server import Server
from tests.trunkline.command.runs import KEY, environment, hide, run

pytest.importorskip("sqlalchemy")


def rows(path: Path) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("select outcome, messages from trunkline_calls").fetchall()


def test_calls_are_logged_if_the_user_says_so(server: Server, home: Path, tmp_path: Path) -> None:
    server.reply(good("stream"))
    path = tmp_path / "calls.db"
    run("-m", "gpt-4o", "Not logged", server=server)
    assert list(home.rglob("*.db")) == []
    assert run("-m", "gpt-4o", "--log", str(path), "Hi", server=server).stderr == ""
    config = home / "config.toml"
    config.write_text(f'log = "{path}"')
    env = environment(server, TRUNKLINE_CONFIG=str(config))
    done = run("-m", "gpt-4o", "Bye", env=env)
    assert (done.returncode, done.stderr) == (0, "")
    (one, hi), (two, bye) = rows(path)
    assert (one, two) == ("completed", "completed")
    assert ('"Hi"' in hi, '"Bye"' in bye) == (True, True)
    assert path.stat().st_mode & 0o077 == 0
    assert KEY.encode() not in path.read_bytes()


@pytest.mark.parametrize(
    ("name", "problem"), [("calls.txt", "SQLite file"), ("none/calls.db", "no such folder")]
)
def test_files_that_cannot_be_written(name: str, problem: str, tmp_path: Path) -> None:
    done = run("-m", "gpt-4o", "--log", str(tmp_path / name), "Hi")
    assert done.returncode == 2
    assert problem in done.stderr


def test_without_the_extra(server: Server, tmp_path: Path) -> None:
    env = environment(server, **hide(tmp_path, "sqlalchemy"))
    done = run("-m", "gpt-4o", "--log", str(tmp_path / "calls.db"), "Hi", env=env)
    assert done.returncode == 1
    assert "pip install 'trunkline[sql]'" in done.stderr
