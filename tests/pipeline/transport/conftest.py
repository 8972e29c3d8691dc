"""Clients and servers of tests of connections."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.support.servers.raw_server import RawServer
from trunkline import Client
from trunkline.pipeline.engines import Engine

Serve = Callable[..., RawServer]


@pytest.fixture
def serve() -> Iterator[Serve]:
    running: list[RawServer] = []

    def start(answer: bytes, **how: bool) -> RawServer:
        running.append(RawServer(answer, **how))
        return running[-1]

    yield start
    for server in running:
        server.close()


@pytest.fixture
def client(engine: Engine) -> Client:
    return Client(middlewares=[], engine=engine)
