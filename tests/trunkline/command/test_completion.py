"""Scripts that complete words, in the shells themselves; a shell that is missing is skipped."""

from __future__ import annotations

import os
import pty
import select
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from trunkline.__main__ import main

# What is typed, and what it becomes or what is offered.
WORDS = [
    ("trunkline mo", "models"),
    ("trunkline --sch", "--schema"),
    ("trunkline chat --sch", "--schema"),
    ("trunkline completion z", "zsh"),
    ("trunkline config un", "unset"),
    ("trunkline keys rem", "remove"),
    ("trunkline -m openai/gpt-4o-mini-search-preview-", "2025"),
    ("trunkline params openai/gpt-4o-mini-search-preview-", "2025"),
]
IN_BASH = """
source /dev/stdin <<< "$SCRIPT"
COMP_WORDS=(%s); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _trunkline; echo "${COMPREPLY[@]}"
"""
each_word = pytest.mark.parametrize(("words", "found"), WORDS)


def needs(shell: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(shell) is None, reason=f"{shell} is not installed")


@pytest.fixture
def environment(home: Path) -> dict[str, str]:
    """Return the variables of a shell that finds this interpreter's `trunkline`."""
    folder = str(Path(sys.executable).parent)
    return {"HOME": str(home), "PATH": f"{folder}:{os.environ['PATH']}", "TERM": "dumb"}


def script(shell: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["completion", shell]) == 0
    return capsys.readouterr().out


def complete_in_bash(words: str, environment: dict[str, str], completion: str) -> list[str]:
    """Return what bash offers for the last of some words."""
    done = subprocess.run(
        ["bash", "-c", IN_BASH % words],
        env={**environment, "SCRIPT": completion},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()


@each_word
def test_bash(
    words: str, found: str, environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    [completed] = complete_in_bash(words, environment, script("bash", capsys))
    assert found in completed


def test_subcommands_without_a_call_have_none_of_its_options(
    environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    found = complete_in_bash("trunkline models --", environment, script("bash", capsys))
    assert found == ["--help"]


@needs("fish")
@each_word
def test_fish(
    words: str,
    found: str,
    environment: dict[str, str],
    home: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = home / ".config/fish/completions"
    folder.mkdir(parents=True)
    folder.joinpath("trunkline.fish").write_text(script("fish", capsys))
    done = subprocess.run(
        ["fish", "-c", f"complete -C '{words}'"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    [completed] = done.stdout.splitlines()
    assert found in completed.partition("\t")[0]


@needs("zsh")
@each_word
def test_zsh(words: str, found: str, environment: dict[str, str]) -> None:
    child, terminal = pty.fork()
    if child == 0:
        os.execvpe("zsh", ["zsh", "-f", "-i"], environment)
    try:
        start = 'autoload -U compinit; compinit -u -D; eval "$(trunkline completion zsh)"'
        # The quotes tell what the shell prints apart from what it repeats of its input.
        os.write(terminal, f'{start}; echo re""ady\n'.encode())
        read_until(terminal, "ready")
        os.write(terminal, f"{words}\t".encode())
        read_until(terminal, found)
    finally:
        os.close(terminal)
        os.waitpid(child, 0)


def read_until(terminal: int, text: str) -> None:
    """Read what a terminal shows until it has shown a text; its end is an error."""
    shown = ""
    while text not in shown:
        assert select.select([terminal], [], [], 60)[0], shown
        shown += os.read(terminal, 4096).decode(errors="replace")


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_scripts_name_subcommands_and_options(
    shell: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = script(shell, capsys)
    assert all(word in text for word in ("models", "migrate", "schema"))
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=text, text=True, check=True)


def test_another_shell() -> None:
    with pytest.raises(SystemExit) as caught:
        main(["completion", "tcsh"])
    assert caught.value.code == 2
