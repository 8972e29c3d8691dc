"""Idle connections are bounded in number and time, over all origins."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import anyio.to_thread
import pytest

from tests.support.answers import MESSAGES, good
from tests.support.server import END, Server
from tests.support.worlds import World
from trunkline import Client

pytestmark = pytest.mark.usefixtures("engine")

MODEL = "openai/gpt-4o"


@pytest.fixture
def servers() -> Iterator[list[Server]]:
    running = [Server().reply(good("plain")) for _ in range(6)]
    yield running
    for server in running:
        server.close()


def ask_each(
    world: World, client: Client, servers: list[Server], finally_do: Callable[[], None]
) -> None:
    """Ask each server once, in one event loop, and then call `finally_do` in a thread."""
    given: list[Any] = [{"base_url": each.url, "api_key": "sk-0123456789"} for each in servers]
    if world.blocking:
        for arguments in given:
            client.completion(MODEL, MESSAGES, **arguments)
        finally_do()
        return

    async def calls() -> None:
        for arguments in given:
            await client.acompletion(MODEL, MESSAGES, **arguments)
        await anyio.to_thread.run_sync(finally_do)

    world.run(calls)


def open_connections(servers: list[Server]) -> int:
    return sum(len(server._open) for server in servers)  # pyright: ignore[reportPrivateUsage]


def test_all_origins_share_the_bound(
    world: World, client: Client, servers: list[Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trunkline.pipeline.transport.idle.MAX_IDLE_CONNECTIONS", 2)

    def check() -> None:
        for server in servers[:4]:
            server.wait_until_open(0)
        assert open_connections(servers) == 2

    ask_each(world, client, servers, check)


def test_they_are_closed_without_further_calls(
    world: World, client: Client, servers: list[Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trunkline.pipeline.transport.idle.SWEEP_SECONDS", 0.01)
    monkeypatch.setattr("trunkline.pipeline.transport.connections.IDLE_SECONDS", 0.01)

    def check() -> None:
        for server in servers:
            server.wait_until_open(0)

    ask_each(world, client, servers, check)


class HalfClosing:
    """Answers one request, closes its side of the connection, and waits for the other side."""

    def __init__(self) -> None:
        self.gone = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        connection, _ = self._socket.accept()
        with connection:
            data = b""
            while END not in data or not data.endswith(b"}"):
                data += connection.recv(65536)
            [body] = good("plain").pieces
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
            connection.shutdown(socket.SHUT_WR)
            connection.settimeout(10)
            if not connection.recv(1):
                self.gone.set()

    def close(self) -> None:
        self._thread.join(10)
        self._socket.close()


def test_one_that_the_server_has_closed_is_closed_at_once(
    world: World, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trunkline.pipeline.transport.idle.SWEEP_SECONDS", 0.01)
    server = HalfClosing()

    def check() -> None:
        assert server.gone.wait(10)

    arguments: Any = {"base_url": server.url, "api_key": "sk-0123456789"}
    if world.blocking:
        client.completion(MODEL, MESSAGES, **arguments)
        check()
    else:

        async def call() -> None:
            await client.acompletion(MODEL, MESSAGES, **arguments)
            await anyio.to_thread.run_sync(check)

        world.run(call)
    server.close()
