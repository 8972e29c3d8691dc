"""Streams one after the other on connections that the server closes: none needs a retry."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import trio

from trunkline import APIError, Client
from trunkline.pipeline.engines import EngineName

from ..progress import show
from ..servers.bodies import KEY, MESSAGES, MODEL
from ..servers.connections import answering
from .chaos_server import response_of

STREAMS = 30
_LONGEST_WAIT = 0.005


def _closing_server(streams: int) -> AbstractContextManager[str]:
    """Answer one request of each connection, and close it 0 to 5 ms later."""
    waits = iter([_LONGEST_WAIT * number / streams for number in range(streams)] * 100)

    def answer(connection: socket.socket) -> None:
        wait = next(waits)
        connection.recv(65536)
        connection.sendall(response_of("kept", stream=True))
        time.sleep(wait)

    return answering(answer)


def _blocking(client: Client, arguments: dict[str, Any]) -> int:
    good = 0
    for _ in range(STREAMS):
        with contextlib.suppress(APIError):
            good += len(list(client.completion(stream=True, **arguments))) > 3
    client.close()
    return good


async def _asynchronous(client: Client, arguments: dict[str, Any]) -> int:
    good = 0
    for _ in range(STREAMS):
        with contextlib.suppress(APIError):
            stream = await client.acompletion(stream=True, **arguments)
            good += len([chunk async for chunk in stream]) > 3
    await client.aclose()
    return good


def _in_each_world(server: str, arguments: dict[str, Any]) -> list[str]:
    worlds: dict[str, Callable[[Client], int]] = {
        "sync": lambda client: _blocking(client, arguments),
        "asyncio": lambda client: asyncio.run(_asynchronous(client, arguments)),
        "trio": lambda client: trio.run(_asynchronous, client, arguments),
    }
    engines: list[EngineName] = ["h11", "httptools", "httpx"]
    found: list[str] = []
    for world, run in worlds.items():
        for engine in engines:
            show(f"{STREAMS} streams of {server}, {world}, {engine}")
            good = run(Client(engine=engine))
            show("")
            print(f"{server}, {world}, {engine}: {good} of {STREAMS} streams")
            if good < STREAMS:
                found.append(f"{server}, {world}, {engine}: {good} of {STREAMS} streams")
    return found


def check_kept() -> list[str]:
    """Read streams of a server that closes, and of llama.cpp; return what failed."""
    options: dict[str, Any] = {"num_retries": 0, "timeout": 60, "messages": MESSAGES}
    with _closing_server(STREAMS) as base:
        at = {"model": MODEL, "base_url": base, "api_key": KEY}
        found = _in_each_world("a server that closes", {**options, **at})
    missing = [name for name in ("xllamacpp", "gguf") if find_spec(name) is None]
    if missing:
        print(f"llama.cpp was left out: {' and '.join(missing)} is not installed")
        return found
    from tests.support.tiny_gguf import write_tiny_gguf

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tiny.gguf"
        write_tiny_gguf(path)
        return found + _in_each_world("llama.cpp", {**options, "model": f"local/{path}"})
