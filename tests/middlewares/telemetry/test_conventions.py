"""Metrics, and the names of both versions of the conventions."""

from __future__ import annotations

import pytest
from opentelemetry.sdk.metrics.export import HistogramDataPoint

from tests.support.answers import HEAD, TEXT, chunk_body, completion_body, good
from tests.support.chain.telemetry import Collected, ask
from tests.support.server import Answer, Server, answer_events, answer_json
from tests.support.worlds import World
from trunkline import Client
from trunkline.middlewares.telemetry.conventions import OPT_IN


def test_the_metrics_of_a_call(
    world: World, mode: str, server: Server, collected: Collected
) -> None:
    server.reply(good(mode))
    ask(world, Client(middlewares=[collected.tracing()]), mode, server)
    points = collected.points
    names = {"gen_ai.client.operation.duration", "gen_ai.client.token.usage"}
    if mode == "stream":
        names.add("gen_ai.client.operation.time_to_first_chunk")
    assert set(points) == names
    (duration,) = points["gen_ai.client.operation.duration"]
    assert isinstance(duration, HistogramDataPoint)
    assert duration.count == 1
    assert duration.explicit_bounds[:3] == (0.01, 0.02, 0.04)
    assert len(duration.explicit_bounds) == 14
    host, _, port = server.url.removeprefix("http://").partition(":")
    shared = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "test-model",
        "gen_ai.response.model": "test-model",
        "server.address": host,
        "server.port": int(port),
    }
    assert dict(duration.attributes or {}) == shared
    tokens = {
        point.attributes["gen_ai.token.type"]: point.sum
        for point in points["gen_ai.client.token.usage"]
    }
    assert tokens == {"input": 5, "output": 3}


DETAILED = {
    "prompt_tokens": 50,
    "completion_tokens": 30,
    "total_tokens": 80,
    "prompt_tokens_details": {"cached_tokens": 20, "cache_creation_tokens": 10},
    "completion_tokens_details": {"reasoning_tokens": 7},
}


def detailed(mode: str) -> Answer:
    if mode == "plain":
        return answer_json({**completion_body(), "usage": DETAILED})
    return answer_events(
        [chunk_body({"content": TEXT}, "stop"), {**HEAD, "choices": [], "usage": DETAILED}]
    )


@pytest.mark.parametrize("by", ["argument", "variable"])
def test_the_names_to_come(
    by: str,
    world: World,
    mode: str,
    server: Server,
    collected: Collected,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server.reply(detailed(mode))
    if by == "variable":
        monkeypatch.setenv(OPT_IN, "http, gen_ai_latest_experimental")
        tracing = collected.tracing()
    else:
        tracing = collected.tracing(conventions="next")
    client = Client(middlewares=[tracing])
    ask(world, client, mode, server, reasoning_effort="low", top_k=4.0)
    attributes = collected.attributes
    assert attributes["gen_ai.usage.cache_write.input_tokens"] == 10
    assert attributes["gen_ai.request.reasoning.level"] == "low"
    assert isinstance(attributes["gen_ai.request.top_k"], int)
    assert "gen_ai.usage.cache_creation.input_tokens" not in attributes
    points = collected.points
    sums = {
        name.removeprefix("gen_ai.client.inference."): [
            getattr(point, "sum", getattr(point, "value", None)) for point in found
        ]
        for name, found in points.items()
    }
    assert len(sums.pop("duration")) == 1
    assert len(sums.pop("time_to_first_chunk", ())) == (mode == "stream")
    assert sums == {
        "operation.input_tokens": [50],
        "operation.output_tokens": [30],
        "usage.input_tokens": [50],
        "usage.output_tokens": [30],
        "usage.cache_read.input_tokens": [20],
        "usage.cache_write.input_tokens": [10],
        "usage.reasoning.output_tokens": [7],
    }


def test_the_names_of_today(world: World, mode: str, server: Server, collected: Collected) -> None:
    server.reply(detailed(mode))
    ask(world, Client(middlewares=[collected.tracing()]), mode, server, top_k=4)
    attributes = collected.attributes
    assert attributes["gen_ai.usage.cache_read.input_tokens"] == 20
    assert attributes["gen_ai.usage.cache_creation.input_tokens"] == 10
    assert attributes["gen_ai.usage.reasoning.output_tokens"] == 7
    assert isinstance(attributes["gen_ai.request.top_k"], float)
    assert all(name.startswith("gen_ai.client.") for name in collected.points)
    assert not any("inference" in name for name in collected.points)
