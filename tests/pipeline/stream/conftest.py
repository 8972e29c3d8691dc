"""Fixtures of the tests of streams."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from trunkline import Client, Handler, Outcome, Reply, Request, observe


@pytest.fixture
def outcomes() -> list[Outcome]:
    return []


@pytest.fixture
def client(outcomes: list[Outcome]) -> Client:
    async def watch(request: Request, call_next: Handler) -> Reply:
        return observe(await call_next(request), outcomes.append)

    return Client(middlewares=[watch])


@pytest.fixture(autouse=True)
def _collected() -> Iterator[None]:
    """What a test drops is found in that test; what stays is not looked through again."""
    yield
    gc.collect()
    gc.freeze()
