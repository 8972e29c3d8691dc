"""Ports of loopback that nothing listens on."""

from __future__ import annotations

import socket


def closed_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return f"http://127.0.0.1:{listening.getsockname()[1]}"
