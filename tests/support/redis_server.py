"""A real Redis on a free port, for the tests of what processes share."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest
import redis
import redis.asyncio


@contextmanager
def redis_server(folder: Path) -> Generator[str]:
    """Run a server that keeps nothing, and yield its address.

    Without the program the test is skipped, and under CI it fails.
    """
    program = shutil.which("redis-server")
    if program is None:
        reason = "redis-server is not installed"
        if os.environ.get("CI") == "true":
            pytest.fail(f"{reason}, and CI must have it")
        pytest.skip(reason)
    port = str(_free_port())
    command = [program, "--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        _wait_until_ready(f"redis://127.0.0.1:{port}", process)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait(30)


def connect(url: str) -> Any:
    """A blocking client; redis-py leaves the types of its arguments open."""
    return cast("Any", redis.Redis).from_url(url)


def connect_asyncio(url: str) -> Any:
    """The same for asyncio."""
    return cast("Any", redis.asyncio.Redis).from_url(url)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


def _wait_until_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    """Ask until it answers; a program that ended says so itself."""
    with connect(url) as client:
        while process.poll() is None:
            try:
                client.ping()
            except redis.ConnectionError:
                continue
            return
    pytest.fail(f"redis-server ended with {process.returncode}")
