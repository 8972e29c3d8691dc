"""Stores are inside the limits of a call: one that does not reply is left, and then skipped."""

from __future__ import annotations

import logging
import queue
import socket
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.support.answers import MESSAGES
from tests.support.clocks import Clock
from tests.support.worlds import World
from trunkline import Cache, Client, Route, SharedLimit, SQLiteStore, default_middlewares
from trunkline.middlewares import bounded
from trunkline.middlewares.routing.redis_state import RedisState
from trunkline.middlewares.stores.access import SKIP_SECONDS
from trunkline.testing import FakeProvider

# A quarter of it is the time of an operation.
TIMEOUT = 2.0


class Stuck:
    """A store that replies only when it is released."""

    blocking = True

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.released = threading.Event()

    async def get(self, key: str) -> bytes | None:
        self.calls.append("get")
        self.released.wait()
        return None

    async def set(self, key: str, value: bytes, ttl: float | None) -> None:
        self.calls.append("set")
        self.released.wait()


class Suspended(Stuck):
    """A store of an event loop that does not reply."""

    blocking = False

    async def get(self, key: str) -> bytes | None:
        self.calls.append("get")
        await anyio.sleep_forever()
        return None

    async def set(self, key: str, value: bytes, ttl: float | None) -> None:
        raise AssertionError


@pytest.fixture(params=[Stuck, Suspended])
def store(request: pytest.FixtureRequest, world: World) -> Iterator[Stuck]:
    if request.param is Suspended and world.blocking:
        pytest.skip("a blocking call refuses such a store at once")
    stuck: Stuck = request.param()
    yield stuck
    stuck.released.set()


def _client(layer: Any) -> Client:
    fake = FakeProvider(["Hello"] * 9)
    return fake.client([default_middlewares()[3], layer])


def _ask(world: World, client: Client, mode: str) -> None:
    response = world.answer(client, mode, "openai/a", MESSAGES, timeout=TIMEOUT)
    assert response.choices[0].message.content == "Hello"


def test_a_slow_cache_is_skipped(
    store: Stuck, world: World, mode: str, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    client = _client(Cache(store, clock=clock))
    for _ in range(3):
        _ask(world, client, mode)
    assert store.calls == ["get"]
    assert "the cache is slow, and skipped for a while" in caplog.text
    clock.advance(SKIP_SECONDS)
    _ask(world, client, mode)
    assert store.calls == ["get", "get"]


def test_a_locked_file(tmp_path: Path, world: World, mode: str) -> None:
    path = tmp_path / "answers.db"
    lock = sqlite3.connect(path, isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    client = _client(Cache(SQLiteStore(path)))
    try:
        for _ in range(2):
            _ask(world, client, mode)
    finally:
        lock.execute("COMMIT")
        lock.close()


@pytest.fixture
def frozen() -> Iterator[tuple[Any, queue.SimpleQueue[socket.socket]]]:
    """A client of a Redis that accepts connections and never replies, and its connections."""
    redis = pytest.importorskip("redis", reason="the extra `redis` is not installed")
    listening = socket.create_server(("127.0.0.1", 0))
    accepted: queue.SimpleQueue[socket.socket] = queue.SimpleQueue()
    connections: list[socket.socket] = []

    def accept() -> None:
        while True:
            try:
                connections.append(listening.accept()[0])
            except OSError:
                return
            accepted.put(connections[-1])

    thread = threading.Thread(target=accept)
    thread.start()
    host, port = listening.getsockname()
    client = redis.Redis(host=host, port=port)
    yield client, accepted
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    thread.join()
    for connection in connections:
        connection.close()
    client.close()


@pytest.mark.parametrize("kind", ["route", "limit"])
def test_a_frozen_redis(
    frozen: tuple[Any, queue.SimpleQueue[socket.socket]],
    world: World,
    mode: str,
    kind: str,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bounded, "REDIS_SECONDS", 0.05)
    # Redis stays skipped, however long the calls take.
    monkeypatch.setattr("trunkline.middlewares.routing.redis_state.monotonic", lambda: 1.0)
    redis, accepted = frozen
    state = RedisState(redis)
    caplog.set_level(logging.WARNING)
    layer: Any = SharedLimit(state, max_parallel_requests=1)
    if kind == "route":
        layer = Route(
            [{"model_name": "openai/a", "litellm_params": {"model": "openai/b"}}], state=state
        )
    client = _client(layer)
    for _ in range(3):
        _ask(world, client, mode)
    # The thread that asks Redis may connect after it has been given up.
    accepted.get()
    assert accepted.empty()
    assert caplog.text.count("cannot reach Redis") == 1
