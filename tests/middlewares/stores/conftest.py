"""Fixtures for tests of stores."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture
def redis_client(redis_url: str) -> Iterator[Any]:
    """A client of an empty Redis."""
    from tests.support.servers.redis_server import connect  # noqa: PLC0415  # redis-py is an extra

    with connect(redis_url) as client:
        client.flushall()
        yield client
