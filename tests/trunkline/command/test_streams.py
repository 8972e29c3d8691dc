"""Standard input without an end, and output that cannot be written."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import BinaryIO

import pytest

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
