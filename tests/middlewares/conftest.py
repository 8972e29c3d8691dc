"""Fixtures that tests of several middlewares use."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.chain.callbacks import Recorder
from tests.support.chain.fallbacks import KEY, OTHER_KEY
from tests.support.clocks import Clock
from tests.support.server import Server
from trunkline.middlewares.routing.redis_state import RedisState
from trunkline.middlewares.routing.state import MemoryState, RouteState


@pytest.fixture
def recorder() -> Recorder:
    """Callbacks that record what they are called with."""
    return Recorder()


@pytest.fixture
def other() -> Iterator[Server]:
    """A second provider's server."""
    running = Server()
    yield running
    running.close()


@pytest.fixture
def addresses(monkeypatch: pytest.MonkeyPatch, server: Server, other: Server) -> None:
    """Send calls to two providers to the two servers, each with its own key."""
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("MISTRAL_BASE_URL", other.url)
    monkeypatch.setenv("MISTRAL_API_KEY", OTHER_KEY)


@pytest.fixture
def clock() -> Clock:
    """A clock that stands at the start of a minute."""
    return Clock(1_700_000_040.0)


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One Redis for all tests of this folder; each empties it first."""
    from tests.support.servers.redis_server import redis_server  # noqa: PLC0415  # redis-py is an extra

    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture(params=["memory", "redis"])
def state(request: pytest.FixtureRequest, clock: Clock) -> Iterator[RouteState]:
    """Both places where counts are stored, with the test's `clock`."""
    if request.param == "memory":
        yield MemoryState(clock=clock)
        return
    from tests.support.servers.redis_server import connect  # noqa: PLC0415  # redis-py is an extra

    with connect(request.getfixturevalue("redis_url")) as client:
        client.flushall()
        yield RedisState(client, clock=clock)
