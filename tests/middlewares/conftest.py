"""What tests of shared counts and shared answers have in common."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.clocks import Clock
from trunkline.middlewares.routing.redis_state import RedisState
from trunkline.middlewares.routing.state import MemoryState, RouteState


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One Redis for all tests of this folder; each empties it first."""
    from tests.support.redis_server import redis_server  # noqa: PLC0415  # redis-py is an extra

    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture(params=["memory", "redis"])
def state(request: pytest.FixtureRequest, clock: Clock) -> Iterator[RouteState]:
    """Both places where counts are kept, by the `clock` of the tests that ask."""
    if request.param == "memory":
        yield MemoryState(clock=clock)
        return
    from tests.support.redis_server import connect  # noqa: PLC0415  # redis-py is an extra

    with connect(request.getfixturevalue("redis_url")) as client:
        client.flushall()
        yield RedisState(client, clock=clock)
