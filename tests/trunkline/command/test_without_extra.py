"""The command line with what the core installs only."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.answers import TEXT, good
from tests.support.server import Server
from tests.trunkline.command.runs import environment, hide, run

EXTRAS = ("rich", "platformdirs", "prompt_toolkit", "keyring")


@pytest.fixture
def env(server: Server, tmp_path: Path) -> dict[str, str]:
    return environment(server, **hide(tmp_path, *EXTRAS))


def test_a_prompt(env: dict[str, str], server: Server, home: Path) -> None:
    server.reply(good("stream"))
    done = run("-m", "gpt-4o", "Hi", env=env)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{TEXT}\n", "")
    assert list(home.rglob("*conversation*")) == []


@pytest.mark.parametrize(
    ("arguments", "package"),
    [
        (["-c", "And?"], "cli"),
        (["config"], "cli"),
        (["keys", "set", "openai"], "cli"),
        (["keys", "set", "openai", "--keyring"], "keyring"),
    ],
)
def test_what_needs_an_extra(arguments: list[str], package: str, env: dict[str, str]) -> None:
    done = run(*arguments, env=env, stdin="sk-012345")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"pip install 'trunkline[{package}]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_that_is_named(env: dict[str, str], server: Server, home: Path) -> None:
    server.reply(good("stream"))
    path = home / "config.toml"
    path.write_text('model = "openai/gpt-4o"')
    assert run("Hi", env={**env, "TRUNKLINE_CONFIG": str(path)}).returncode == 0
    assert server.seen[0].json["model"] == "gpt-4o"
