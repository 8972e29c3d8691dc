"""`trunkline serve` as a process of its own."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Generator, Mapping
from pathlib import Path

#: Where the package is that is tested, for processes in other folders.
_ROOT = Path(__file__).parents[3]


class Process:
    """A running server: its address and its process."""

    def __init__(self, url: str, process: subprocess.Popen[str]) -> None:
        self.url = url
        self.process = process


@contextlib.contextmanager
def serving(*arguments: str, **variables: str) -> Generator[Process]:
    """Run the command at a free port until the block ends."""
    environment: Mapping[str, str] = {**os.environ, **variables}
    process = subprocess.Popen(
        [sys.executable, "-m", "trunkline", "serve", "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    try:
        assert process.stdout
        said = process.stdout.readline()
        assert said, process.stderr.read() if process.stderr else ""
        yield Process(said.split()[-1].removesuffix("/v1"), process)
    finally:
        process.terminate()
        process.communicate(timeout=30)
