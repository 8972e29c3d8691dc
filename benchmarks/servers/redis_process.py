"""A Redis in its own process that can be stopped and started again."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
from typing import Any, Self, cast

import redis

_PROGRAM = shutil.which("redis-server")


class RedisProcess:
    """A server without persistence on a free port; a context manager."""

    def __init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listening:
            self._port: int = listening.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self._folder = tempfile.TemporaryDirectory()
        self._process: subprocess.Popen[bytes] | None = None

    @staticmethod
    def is_installed() -> bool:
        """Return whether there is a redis-server."""
        return _PROGRAM is not None

    def start(self) -> None:
        """Start it, and wait until it replies."""
        assert _PROGRAM is not None
        place = ["--port", str(self._port), "--bind", "127.0.0.1", "--dir", self._folder.name]
        self._process = subprocess.Popen(
            [_PROGRAM, *place, "--save", ""], stdout=subprocess.DEVNULL
        )
        with cast("Any", redis.Redis).from_url(self.url) as client:
            while not self._replies(client):
                assert self._process.poll() is None, "redis-server has ended"

    def _replies(self, client: Any) -> bool:
        try:
            client.ping()
        except redis.ConnectionError:
            return False
        return True

    def stop(self) -> None:
        """Stop it; its data is gone."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def held(self) -> int:
        """Return how many requests in progress it counts."""
        with cast("Any", redis.Redis).from_url(self.url) as client:
            return sum(client.zcard(key) for key in client.keys("*:active"))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()
        self._folder.cleanup()
