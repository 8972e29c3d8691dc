"""Fixtures of the tests of resilience."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.clocks import Clock
from trunkline import RedisState


@pytest.fixture(params=["memory", "redis"])
def shared(request: pytest.FixtureRequest, clock: Clock) -> Iterator[RedisState | None]:
    """Where circuits are stored: None for memory, or Redis with the test's clock."""
    if request.param == "memory":
        yield None
        return
    from tests.support.servers.redis_server import connect  # noqa: PLC0415  # redis-py is an extra

    with connect(request.getfixturevalue("redis_url")) as client:
        client.flushall()
        yield RedisState(client, clock=clock)
