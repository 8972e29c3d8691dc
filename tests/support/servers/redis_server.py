"""A real Redis on a free port, for tests of state that processes share."""

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
    """Run a server without persistence, and yield its address.

    If redis-server is missing, skip the test, or fail it in CI.
    """
    program = shutil.which("redis-server")
    if program is None:
        reason = "redis-server is not installed"
        if os.environ.get("CI") == "true":
            pytest.fail(f"{reason}, but required in CI")
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
    """Return a blocking client; redis-py does not type the arguments."""
    return cast("Any", redis.Redis).from_url(url)


def connect_asyncio(url: str) -> Any:
    """Return a client for asyncio."""
    return cast("Any", redis.asyncio.Redis).from_url(url)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


def _wait_until_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    """Ping the server until it responds or its process ends."""
    with connect(url) as client:
        while process.poll() is None:
            try:
                client.ping()
            except redis.ConnectionError:
                continue
            return
    pytest.fail(f"redis-server ended with {process.returncode}")
