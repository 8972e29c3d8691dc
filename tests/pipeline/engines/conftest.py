"""The engine of tests that are written for our own connections, and run with httpx here."""

from __future__ import annotations

import pytest

from tests.pipeline.transport.conftest import client, serve

__all__ = ["client", "serve"]


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> str:
    """The engine "httpx", for all clients of a test."""
    monkeypatch.setenv("TRUNKLINE_ENGINE", "httpx")
    return "httpx"
