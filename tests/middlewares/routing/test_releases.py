"""Places in a Redis that replies late, or not at all, are given back when it replies again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import anyio
import pytest

from tests.support.answers import MESSAGES
from tests.support.servers.redis_server import connect
from tests.support.servers.resp_server import RESPServer
from tests.support.worlds import World
from trunkline import RedisState, SharedLimit
from trunkline.middlewares import bounded
from trunkline.middlewares.routing import releases
from trunkline.testing import FakeProvider

MODEL = "openai/a"


class Slow:
    """A Redis that holds replies back, or refuses commands, as long as a test wants."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.go.set()
        self.asked = threading.Event()
        self.refuses = False
        self.changed = threading.Condition()
        self.taken: list[bytes] = []
        self.given_back: list[bytes] = []
        self.server = RESPServer(self._reply)

    def _reply(self, command: list[bytes]) -> Any:
        if command[0] == b"ZREM":
            with self.changed:
                self.given_back.append(command[2])
                self.changed.notify_all()
            return 1
        # Of the two scripts, the one that takes a place has the longer list of arguments.
        if command[0] == b"EVALSHA" and len(command) == 5 + 8:
            self.asked.set()
            self.go.wait(30)
            self.taken.append(command[8])
            return 1
        return ConnectionError("LOADING") if self.refuses else 1

    def wait_until_given_back(self) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.given_back) > 0, 30)


@pytest.fixture
def slow() -> Iterator[Slow]:
    slow = Slow()
    yield slow
    slow.go.set()
    slow.server.close()


def _state(slow: Slow) -> RedisState:
    return RedisState(connect(slow.server.url))


def test_a_place_that_is_taken_after_the_call_has_ended(
    slow: Slow, world: World, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded, "REDIS_SECONDS", 0.05)
    slow.go.clear()
    limit = SharedLimit(_state(slow), max_parallel_requests=1)
    world.answer(FakeProvider(["Hello"]).client([limit]), mode, MODEL, MESSAGES)
    assert not slow.given_back
    slow.go.set()
    slow.wait_until_given_back()
    assert slow.given_back == slow.taken


@pytest.mark.parametrize("name", ["asyncio", "trio"])
def test_a_call_that_is_cancelled_while_its_place_is_taken(slow: Slow, name: str) -> None:
    slow.go.clear()
    client = FakeProvider(["Hello"]).client([SharedLimit(_state(slow), max_parallel_requests=1)])

    async def main() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(lambda: client.acompletion(MODEL, MESSAGES))
            while not slow.asked.is_set():
                await anyio.sleep(0)
            group.cancel_scope.cancel()

    World(name).run(main)
    slow.go.set()
    slow.wait_until_given_back()
    assert slow.given_back == slow.taken


def test_a_place_that_redis_did_not_take_back(
    slow: Slow, world: World, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(releases, "PAUSE_SECONDS", 0.01)
    slow.refuses = True
    limit = SharedLimit(_state(slow), max_parallel_requests=1)
    world.answer(FakeProvider(["Hello"]).client([limit]), mode, MODEL, MESSAGES)
    slow.wait_until_given_back()
    assert slow.given_back == slow.taken
