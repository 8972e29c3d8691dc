"""Run a module's server in its own process, for as long as its parent wants it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def running(module: str, *arguments: str, stderr: int | None = None) -> Generator[str]:
    """Run a module that ends with `serve_parent`; yield the server's address."""
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.communicate()


async def serve_parent(server: asyncio.Server) -> None:
    """Tell the parent process the port of a server, and serve until the parent ends."""
    print(server.sockets[0].getsockname()[1], flush=True)
    # The parent holds the other end of stdin, which is closed however the parent ends.
    await asyncio.to_thread(sys.stdin.read)
