"""Idle connections are bounded in number and time, over all origins."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import anyio.to_thread
import pytest

from tests.pipeline.transport.test_connections import client
from tests.support.answers import MESSAGES, good
from tests.support.server import Server
from tests.support.worlds import World
from trunkline import Client

__all__ = ["client"]

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
