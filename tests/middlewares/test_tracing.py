"""Tracing finds the providers of an application, and costs nothing without them."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from tests.support.answers import good
from tests.support.chain.telemetry import MODEL, Collected, ask
from tests.support.server import Server
from tests.support.worlds import World
from trunkline import Client, Request
from trunkline.middlewares.tracing import Tracing


def test_an_unknown_version() -> None:
    with pytest.raises(ValueError, match=r"conventions: expected one of 1\.41\.0, next, got '1.0'"):
        Tracing(conventions="1.0")  # type: ignore[arg-type]  # that is the point


def test_only_metrics_or_only_spans(world: World, mode: str, server: Server) -> None:
    server.reply(good(mode))
    for tracers, meters in ((True, False), (False, True)):
        collected = Collected()
        tracing = Tracing(
            tracer_provider=collected.tracers if tracers else None,
            meter_provider=collected.meters if meters else None,
        )
        ask(world, Client(middlewares=[tracing]), mode, server)
        assert len(collected.spans) == (1 if tracers else 0)
        assert bool(collected.points) is meters


def test_nothing_is_done_when_nobody_collects() -> None:
    request = Request(model=MODEL, messages=(), io=None, adapter=None)  # type: ignore[arg-type]  # neither is used
    answer: Any = object()

    def call_next(given: Request) -> Any:
        return answer

    assert Tracing()(request, call_next) is answer


UNTRACED = """
import sys
from trunkline import Client
from trunkline.middlewares.tracing import AttemptEvents, Tracing
client = Client(middlewares=[Tracing(), AttemptEvents()])
client.completion("openai/x", [{"role": "user", "content": "x"}], mock_response="hello")
print(sorted(name for name in sys.modules if name.split(".")[0] == "opentelemetry"))
"""
GLOBAL = """
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from trunkline import Client
from trunkline.middlewares.tracing import Tracing
client = Client(middlewares=[Tracing()])
def call():
    client.completion("openai/x", [{"role": "user", "content": "x"}], mock_response="hello")
call()
exporter = InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(exporter))
trace.set_tracer_provider(provider)
call()
print([span.name for span in exporter.get_finished_spans()])
"""


@pytest.mark.parametrize(("script", "printed"), [(UNTRACED, "[]"), (GLOBAL, "['chat x']")])
def test_the_applications_own_providers(script: str, printed: str) -> None:
    """In a process of its own, since a provider is set once for all of it."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=False
    )
    assert (done.stdout.strip(), done.stderr) == (printed, "")
