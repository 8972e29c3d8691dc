"""Fixtures for tests of spans and metrics."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.chain.telemetry import Collected


@pytest.fixture
def collected() -> Iterator[Collected]:
    """An application's own providers, and what they collect."""
    made = Collected()
    yield made
    made.tracers.shutdown()
    made.meters.shutdown()
