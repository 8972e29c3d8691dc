"""An ASGI app behind a real server on loopback."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Generator
from typing import Any

import uvicorn


@contextlib.contextmanager
def served(app: Any) -> Generator[str]:
    """Serve an app in a thread, and yield its address."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=200)
    port: int = listening.getsockname()[1]
    config = uvicorn.Config(app, lifespan="off", ws="none", log_config=None, access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(30)
        listening.close()
