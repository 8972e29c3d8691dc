"""Fixtures that many tests share."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.support.local_models import thinking_gguf, tiny_gguf
from tests.support.recorded.recordings import recordings
from tests.support.server import Server
from tests.support.worlds import WORLDS, World
from trunkline.pipeline.engines import Engine

__all__ = ["recordings", "thinking_gguf", "tiny_gguf"]

# How fast the machine is proves nothing.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@pytest.fixture
def server() -> Iterator[Server]:
    """A scripted server on a free loopback port."""
    running = Server()
    yield running
    running.close()


@pytest.fixture(params=WORLDS, ids=repr)
def world(request: pytest.FixtureRequest) -> World:
    """Each of the worlds in turn."""
    chosen: World = request.param
    return chosen


@pytest.fixture(params=["plain", "stream"])
def mode(request: pytest.FixtureRequest) -> str:
    """A whole answer, and a streamed one."""
    chosen: str = request.param
    return chosen


@pytest.fixture(params=["h11", "httptools"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """Each engine with connections of our own in turn, for all clients of a test."""
    chosen: Engine = request.param
    if chosen == "httptools":
        pytest.importorskip("httptools", reason="the extra `fast` is not installed")
    monkeypatch.setenv("TRUNKLINE_ENGINE", chosen)
    return chosen


@pytest.fixture(autouse=True)
def _no_keys_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys and addresses of the person who runs the tests play no part in them."""
    ends = ("_API_KEY", "_API_BASE", "_BASE_URL", "_TOKEN")
    begins = ("AWS_", "AZURE_", "GOOGLE_", "OTEL_", "VERTEXAI_", "WATSONX_")
    for name in list(os.environ):
        if name.endswith(ends) or name.startswith(begins) or "PROXY" in name.upper():
            monkeypatch.delenv(name)


def pytest_configure() -> None:
    """Undo what a shell does to its background jobs: tests that send Ctrl-C would wait forever."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that need recordings: `-m recordings` runs only these."""
    for item in items:
        if "recordings" in getattr(item, "fixturenames", ()):
            item.add_marker("recordings")


def pytest_collection_finish() -> None:
    """Spare the collector what was collected: thousands of recordings that stay to the end."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def provider_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the keys that fallbacks and deployments without their own would warn about."""
    for name in ("ANTHROPIC_API_KEY", "GROQ_API_KEY", "MISTRAL_API_KEY", "OPENAI_API_KEY"):
        monkeypatch.setenv(name, "sk-of-the-tests-0123456789")
