"""Standard input without an end, and output that cannot be written."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import BinaryIO

import pytest

from tests.support.answers import chunk_body
from tests.support.server import Server, answer_events
from tests.trunkline.command.runs import environment
from trunkline.command.attachments import MAX_BYTES, read_attachment, read_bounded
from trunkline.command.mistakes import MistakeError

COMMAND = [sys.executable, "-W", "error", "-m", "trunkline"]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's devices")


class Endless:
    """Counts what is read of it."""

    def __init__(self) -> None:
        self.taken = 0

    def read(self, size: int) -> bytes:
        self.taken += size
        return b"a" * size


def test_only_as_much_is_read_as_is_sent() -> None:
    endless = Endless()
    file: BinaryIO = endless  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]
    with pytest.raises(MistakeError, match="the pipe: it is larger than 100 MB"):
        read_bounded(file, "the pipe")
    assert endless.taken == MAX_BYTES + 1


def test_a_device_without_end() -> None:
    with pytest.raises(MistakeError, match="-a /dev/zero: it is larger than 100 MB"):
        read_attachment("/dev/zero")


def test_a_full_disk() -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*COMMAND, "models"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 1
    assert done.stderr == "trunkline: [Errno 28] No space left on device\n"


@pytest.mark.parametrize("closed", ["1", "2", "1 2", "0 1 2"])
def test_streams_that_are_closed(closed: str) -> None:
    closing = " ".join(f"{number}>&-" for number in closed.split())
    command = f'exec "$@" {closing}'
    done = subprocess.run(
        ["/bin/sh", "-c", command, "sh", *COMMAND, "providers"], capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("arguments", [["-m", "nobody/x", "Hi"], ["config", "set", "modle", "x"]])
def test_messages_never_go_to_standard_output(arguments: list[str]) -> None:
    command = ["/bin/sh", "-c", 'exec "$@" 2>&-', "sh", *COMMAND, *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    assert (done.returncode > 0, done.stdout) == (True, b"")


def test_a_reader_that_leaves() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [*COMMAND, "models"], stdout=writing, stderr=subprocess.PIPE, check=False
        )
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (1, b"")


BROKEN = [*COMMAND, "-m", "gpt-4o", "Hi"]


def test_an_error_begins_a_line_where_it_follows_the_text(server: Server, tmp_path: Path) -> None:
    server.reply(answer_events([chunk_body({"content": "Hel"})], done=False))
    path = tmp_path / "both"
    with path.open("wb") as file:
        subprocess.run(BROKEN, env=environment(server), stdout=file, stderr=file, check=False)
    first, second = path.read_text().splitlines()
    assert first == "Hel"
    assert second.startswith("trunkline: ")


@pytest.mark.parametrize(("word", "begins"), [("Hel", "\r\ntrunkline: "), (None, "trunkline: ")])
def test_an_error_in_a_terminal_that_may_have_shown_the_text(
    word: str | None, begins: str, server: Server
) -> None:
    """As in `trunkline Hi | cat`, whose text ends in the middle of a line."""
    server.reply(answer_events([chunk_body({"content": word})] if word else [], done=False))
    parent, child = pty.openpty()
    done = subprocess.run(
        BROKEN, env=environment(server), stdout=subprocess.PIPE, stderr=child, check=False
    )
    os.close(child)
    shown = os.read(parent, 1000).decode()
    os.close(parent)
    assert done.stdout.decode() == (word or "")
    assert shown.startswith(begins)


def test_input_that_does_not_end() -> None:
    command = f"yes | {sys.executable} -m trunkline -m openai/gpt-4o Hello"
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 2
    assert "standard input: it is larger than 100 MB" in done.stderr
