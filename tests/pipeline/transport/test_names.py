"""Host names: looked up within the limits of a call, and connected to at any of their addresses."""

from __future__ import annotations

import asyncio
import itertools
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import anyio
import anyio.to_thread
import pytest

from tests.support.answers import MESSAGES, TEXT, good
from tests.support.fake_network import FakeNetwork
from tests.support.server import Server
from tests.support.worlds import World
from trunkline import APIConnectionError, Client, Timeout

pytestmark = pytest.mark.usefixtures("engine")

MODEL = "openai/gpt-4o"
# A look-up outlives the test that gave it up, so each test has its own names.
FRESH = itertools.count()
GIVEN: dict[str, Any] = {"api_key": "sk-0123456789"}


class StalledNames:
    """Replaces `getaddrinfo`: names under `.test` are looked up until `go` is set."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.go = threading.Event()
        self.asked: list[str] = []
        self._begun = threading.Semaphore(0)
        self._resolve = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", self)

    def __call__(self, host: str, port: int, *arguments: Any, **named: Any) -> Any:
        if not host.endswith(".test"):
            return self._resolve(host, port, *arguments, **named)
        self.asked.append(host)
        self._begun.release()
        self.go.wait(60)
        return self._resolve("127.0.0.1", port, *arguments, **named)

    async def begin(self) -> None:
        """Wait until a look-up has begun."""
        assert await anyio.to_thread.run_sync(self._begun.acquire, True, 60)


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Iterator[StalledNames]:
    stalled = StalledNames(monkeypatch)
    yield stalled
    stalled.go.set()


@pytest.mark.parametrize(
    "timeout", [0.2, {"connect": 0.2, "first_event": 60}, {"connect": None, "total": 0.2}]
)
def test_a_look_up_that_stalls(
    timeout: Any, world: World, mode: str, client: Client, names: StalledNames
) -> None:
    url = f"http://stalled{next(FRESH)}.test"
    began = time.monotonic()
    with pytest.raises(Timeout) as caught:
        world.answer(client, mode, MODEL, MESSAGES, base_url=url, timeout=timeout, **GIVEN)
    assert caught.value.phase == "connect"
    # The event loop has ended too: the thread would have held it for a minute.
    assert time.monotonic() - began < 30
    assert not names.go.is_set()


def test_calls_share_a_look_up(client: Client, names: StalledNames, server: Server) -> None:
    server.reply(good("plain"))
    port = server.url.rpartition(":")[2]
    host = f"shared{next(FRESH)}.test"
    url = f"http://{host}:{port}"

    async def calls() -> list[str | None]:
        made: list[Any] = [
            client.acompletion(MODEL, MESSAGES, base_url=url, **GIVEN) for _ in range(20)
        ]
        replies = asyncio.gather(*made)
        # All calls have taken their first step when the event loop hears of it.
        await names.begin()
        names.go.set()
        return [reply.choices[0].message.content for reply in await replies]

    assert World("asyncio").run(calls) == [TEXT] * 20
    assert names.asked == [host]


@pytest.mark.parametrize("loop", ["asyncio", "trio"])
def test_a_cancelled_call_leaves_the_look_up(
    loop: str, names: StalledNames, client: Client
) -> None:
    url = f"http://left{next(FRESH)}.test"

    async def call() -> None:
        await client.acompletion(MODEL, MESSAGES, base_url=url, **GIVEN)

    async def cancelled() -> bool:
        async with anyio.create_task_group() as group:
            group.start_soon(call)
            await names.begin()
            group.cancel_scope.cancel()
        return group.cancel_scope.cancelled_caught

    assert World(loop).run(cancelled)
    # The event loop has ended, although the thread has not.
    assert not names.go.is_set()


def test_an_unknown_name(world: World, mode: str, client: Client, names: StalledNames) -> None:
    with pytest.raises(APIConnectionError, match="cannot connect") as caught:
        world.answer(client, mode, MODEL, MESSAGES, base_url="http://nowhere.invalid", **GIVEN)
    assert caught.value.phase == "connect"
    assert names.asked == []


@pytest.mark.parametrize("dead", [["10.255.0.1"], ["10.255.0.1", "10.255.0.2"]])
def test_another_address_is_used_if_one_refuses(
    dead: list[str],
    world: World,
    client: Client,
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    addresses = [*dead, "127.0.0.1"]
    FakeNetwork(monkeypatch, {"many.test": addresses}, dict.fromkeys(dead))
    server.reply(good("plain"))
    url = f"http://many.test:{server.url.rpartition(':')[2]}"
    answer = world.complete(client, MODEL, MESSAGES, base_url=url, **GIVEN)
    assert answer.choices[0].message.content == TEXT


def test_no_address_answers(world: World, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    dead = ["10.255.0.1", "10.255.0.2"]
    FakeNetwork(monkeypatch, {"dead.test": dead}, dict.fromkeys(dead))
    with pytest.raises(APIConnectionError, match=r"dead\.test: cannot connect") as caught:
        world.complete(client, MODEL, MESSAGES, base_url="http://dead.test", **GIVEN)
    assert caught.value.phase == "connect"
