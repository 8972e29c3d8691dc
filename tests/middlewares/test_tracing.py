"""Spans and metrics as the real OpenTelemetry SDK collects them."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import subprocess
import sys
from typing import Any

import anyio
import pytest
import tenacity
from opentelemetry import trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import HistogramDataPoint, InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from tests.support.answers import (
    HEAD,
    MESSAGES,
    TEXT,
    chunk_body,
    completion_body,
    failing,
    good,
    unfinished,
)
from tests.support.server import Answer, Server, answer_events, answer_json
from tests.support.worlds import WORLDS, World
from trunkline import (
    Client,
    Handler,
    InternalServerError,
    Reply,
    Request,
    Retry,
    StreamInterruptedError,
)
from trunkline.middlewares.metadata import Metadata
from trunkline.middlewares.telemetry.conventions import CAPTURE_CONTENT, OPT_IN
from trunkline.middlewares.tracing import AttemptEvents, Tracing

KEY = "sk-very-secret-0123456789"
MODEL = "openai/test-model"


class Collected:
    """An application's own providers, and what they collect."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        self.tracers = TracerProvider()
        self.tracers.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.reader = InMemoryMetricReader()
        self.meters = MeterProvider([self.reader])

    def tracing(self, **arguments: Any) -> Tracing:
        return Tracing(tracer_provider=self.tracers, meter_provider=self.meters, **arguments)

    @property
    def spans(self) -> tuple[ReadableSpan, ...]:
        return self.exporter.get_finished_spans()

    @property
    def span(self) -> ReadableSpan:
        (span,) = self.spans
        return span

    @property
    def attributes(self) -> dict[str, Any]:
        return dict(self.span.attributes or {})

    @property
    def points(self) -> dict[str, list[Any]]:
        """Data points by the name of their metric."""
        data = self.reader.get_metrics_data()
        if data is None:
            return {}
        return {
            metric.name: list(metric.data.data_points)
            for resource in data.resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
        }


@pytest.fixture
def collected() -> Any:
    made = Collected()
    yield made
    made.tracers.shutdown()
    made.meters.shutdown()


def ask(world: World, client: Client, mode: str, server: Server, **arguments: Any) -> Any:
    given: dict[str, Any] = {"base_url": server.url, "api_key": KEY, **arguments}
    messages = given.pop("messages", MESSAGES)
    return world.answer(client, mode, given.pop("model", MODEL), messages, **given)


def test_the_span_of_a_call(world: World, mode: str, server: Server, collected: Collected) -> None:
    server.reply(good(mode))
    client = Client(middlewares=[Metadata(), collected.tracing()])
    response = ask(
        world,
        client,
        mode,
        server,
        temperature=0.5,
        max_tokens=10,
        seed=3,
        stop="x",
        n=2,
        response_format={"type": "json_object"},
        metadata={"tenant": "a", "session_id": "s-1", "object": object()},
        tags=["one"],
        user="someone",
    )
    span = collected.span
    assert (span.name, span.kind) == ("chat test-model", SpanKind.CLIENT)
    assert span.status.status_code is StatusCode.UNSET
    assert span.instrumentation_scope is not None
    assert span.instrumentation_scope.name == "trunkline"
    assert span.instrumentation_scope.schema_url == "https://opentelemetry.io/schemas/1.41.0"
    attributes = collected.attributes
    first = attributes.pop("gen_ai.response.time_to_first_chunk", None)
    assert (first is not None and first > 0) is (mode == "stream")
    host, _, port = server.url.removeprefix("http://").partition(":")
    expected = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "test-model",
        "gen_ai.request.temperature": 0.5,
        "gen_ai.request.max_tokens": 10,
        "gen_ai.request.seed": 3,
        "gen_ai.request.stop_sequences": ("x",),
        "gen_ai.request.choice.count": 2,
        "gen_ai.output.type": "json",
        "gen_ai.conversation.id": "s-1",
        "gen_ai.response.id": "chatcmpl-1",
        "gen_ai.response.model": "test-model",
        "gen_ai.response.finish_reasons": ("stop",),
        "gen_ai.usage.input_tokens": 5,
        "gen_ai.usage.output_tokens": 3,
        "server.address": host,
        "server.port": int(port),
        "user.id": "someone",
        "trunkline.call_id": response.call.call_id,
        "trunkline.attempts": 1,
        "trunkline.metadata.tenant": "a",
        "trunkline.metadata.session_id": "s-1",
        "trunkline.metadata.tags": ("one",),
        "trunkline.metadata.user": "someone",
    }
    if mode == "stream":
        expected["gen_ai.request.stream"] = True
    assert attributes == expected


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


def test_an_unknown_version() -> None:
    with pytest.raises(ValueError, match=r"conventions: expected one of 1\.41\.0, next, got '1.0'"):
        Tracing(conventions="1.0")  # type: ignore[arg-type]  # that is the point


# How calls end.


def test_a_failed_call(world: World, mode: str, server: Server, collected: Collected) -> None:
    server.reply(failing(500))
    with pytest.raises(InternalServerError) as caught:
        ask(world, Client(middlewares=[collected.tracing()]), mode, server)
    span = collected.span
    assert span.status.status_code is StatusCode.ERROR
    assert span.status.description == str(caught.value)
    assert collected.attributes["error.type"] == "InternalServerError"
    (duration,) = collected.points["gen_ai.client.operation.duration"]
    assert duration.attributes["error.type"] == "InternalServerError"
    assert "gen_ai.client.token.usage" not in collected.points


def test_a_failure_that_is_not_ours_is_only_named(
    world: World, mode: str, server: Server, collected: Collected
) -> None:
    def fail(request: Request, call_next: Handler) -> Any:
        raise KeyError(KEY)

    with pytest.raises(KeyError):
        ask(world, Client(middlewares=[collected.tracing(), fail]), mode, server)
    assert collected.span.status.description == "KeyError"


def test_a_truncated_stream(world: World, server: Server, collected: Collected) -> None:
    server.reply(unfinished("clean"))
    with pytest.raises(StreamInterruptedError):
        ask(world, Client(middlewares=[collected.tracing()]), "stream", server)
    attributes = collected.attributes
    assert collected.span.status.status_code is StatusCode.ERROR
    assert attributes["error.type"] == "StreamInterruptedError"
    assert attributes["trunkline.outcome"] == "truncated"
    assert "gen_ai.response.finish_reasons" not in attributes


@pytest.mark.parametrize("way", ["leave", "close", "drop"])
def test_an_abandoned_stream_ends_its_span(
    way: str, world: World, server: Server, collected: Collected
) -> None:
    server.reply(unfinished("stall"))
    client = Client(middlewares=[collected.tracing()])
    arguments: dict[str, Any] = {"base_url": server.url, "api_key": KEY}

    async def stop() -> None:
        stream = await client.acompletion(MODEL, MESSAGES, stream=True, **arguments)
        if way == "leave":
            async for _ in stream:
                break
        else:
            await anext(stream)
            if way == "close":
                await stream.aclose()
        del stream
        gc.collect()
        assert len(collected.spans) == 1

    def stop_blocking() -> None:
        stream = client.completion(MODEL, MESSAGES, stream=True, **arguments)
        if way == "leave":
            for _ in stream:
                break
        else:
            next(stream)
            if way == "close":
                stream.close()
        del stream
        gc.collect()

    if world.blocking:
        stop_blocking()
    else:
        world.run(stop)
    attributes = collected.attributes
    assert collected.span.status.status_code is StatusCode.UNSET
    assert attributes["trunkline.outcome"] == "abandoned"
    assert attributes["gen_ai.response.id"] == "chatcmpl-1"
    assert not {"error.type", "gen_ai.response.finish_reasons"} & set(attributes)
    (duration,) = collected.points["gen_ai.client.operation.duration"]
    assert "error.type" not in duration.attributes


def test_a_cancelled_call_ends_its_span(server: Server, collected: Collected) -> None:
    async def hang(request: Request, call_next: Handler) -> Reply:
        await anyio.sleep_forever()
        return await call_next(request)

    client = Client(middlewares=[collected.tracing(), hang])

    async def main() -> None:
        task = asyncio.ensure_future(client.acompletion(MODEL, MESSAGES, api_key=KEY))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert collected.span.status.status_code is StatusCode.UNSET
    assert collected.attributes["trunkline.outcome"] == "abandoned"


# Whose span is the current one.


def test_the_span_is_current_during_the_call_only(
    world: World, mode: str, server: Server, collected: Collected
) -> None:
    server.reply(good(mode))
    tracer = collected.tracers.get_tracer("the application")
    inside: list[trace.Span] = []
    outside: list[trace.Span] = []

    async def look(request: Request, call_next: Handler) -> Reply:
        inside.append(trace.get_current_span())
        return await call_next(request)

    client = Client(middlewares=[collected.tracing(), look])
    arguments: dict[str, Any] = {"base_url": server.url, "api_key": KEY}

    def call() -> None:
        if mode == "plain":
            client.completion(MODEL, MESSAGES, **arguments)
            outside.append(trace.get_current_span())
        else:
            for _ in client.completion(MODEL, MESSAGES, stream=True, **arguments):
                outside.append(trace.get_current_span())

    async def acall() -> None:
        if mode == "plain":
            await client.acompletion(MODEL, MESSAGES, **arguments)
            outside.append(trace.get_current_span())
        else:
            async for _ in await client.acompletion(MODEL, MESSAGES, stream=True, **arguments):
                outside.append(trace.get_current_span())

    async def traced() -> None:
        with tracer.start_as_current_span("parent") as span:
            await acall()
            assert span.is_recording()

    if world.blocking:
        with tracer.start_as_current_span("parent") as span:
            call()
            # It is the caller's to end.
            assert span.is_recording()
    else:
        world.run(traced)
    chat, parent = collected.spans
    assert chat.context is not None
    assert parent.context is not None
    assert (chat.name, parent.name) == ("chat test-model", "parent")
    assert chat.parent is not None
    assert chat.parent.span_id == parent.context.span_id
    assert [span.get_span_context().span_id for span in inside] == [chat.context.span_id]
    seen_outside = [span.get_span_context().span_id for span in outside]
    assert seen_outside == [parent.context.span_id] * (1 if mode == "plain" else 4)


def test_failed_attempts_are_events(
    world: World, mode: str, server: Server, collected: Collected
) -> None:
    server.reply(failing(503), failing(429), good(mode))
    retry = Retry(wait=tenacity.wait_none())
    client = Client(middlewares=[collected.tracing(), retry, AttemptEvents()])
    ask(world, client, mode, server)
    assert collected.attributes["trunkline.attempts"] == 3
    events = [(event.name, dict(event.attributes or {})) for event in collected.span.events]
    assert events == [
        (
            "attempt failed",
            {
                "gen_ai.request.model": MODEL,
                "gen_ai.provider.name": "openai",
                "error.type": name,
                "http.response.status_code": status,
            },
        )
        for name, status in (("ServiceUnavailableError", 503), ("RateLimitError", 429))
    ]


# Content.

CONVERSATION = [
    {"role": "system", "content": "Be brief."},
    {
        "role": "user",
        "content": [
            {"type": "text", "text": "What is this?"},
            {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
        ],
    },
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {
                "id": "call_1",
                "type": "function",
                "function": {"name": "look", "arguments": '{"at": 1}'},
            }
        ],
    },
    {"role": "tool", "tool_call_id": "call_1", "content": "a cat"},
]
TOOLS = [{"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}]


def test_content_stays_out(world: World, mode: str, server: Server, collected: Collected) -> None:
    server.reply(good(mode))
    client = Client(middlewares=[collected.tracing()])
    ask(world, client, mode, server, messages=CONVERSATION, tools=TOOLS)
    text = collected.span.to_json()
    assert "Be brief." not in text
    assert TEXT not in text


@pytest.mark.parametrize("setting", ["SPAN_ONLY", "span_and_event", "true"])
def test_content_on_request(
    setting: str,
    world: World,
    mode: str,
    server: Server,
    collected: Collected,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(CAPTURE_CONTENT, setting)
    server.reply(good(mode))
    client = Client(middlewares=[collected.tracing()])
    ask(world, client, mode, server, messages=CONVERSATION, tools=TOOLS)
    attributes = collected.attributes
    assert json.loads(attributes["gen_ai.system_instructions"]) == [
        {"type": "text", "content": "Be brief."}
    ]
    assert json.loads(attributes["gen_ai.tool.definitions"]) == TOOLS
    assert json.loads(attributes["gen_ai.input.messages"]) == [
        {
            "role": "user",
            "parts": [
                {"type": "text", "content": "What is this?"},
                {"type": "uri", "modality": "image", "uri": "https://example.com/a.png"},
                {"type": "blob", "modality": "image", "mime_type": "image/png"},
            ],
        },
        {
            "role": "assistant",
            "parts": [
                {"type": "tool_call", "id": "call_1", "name": "look", "arguments": {"at": 1}}
            ],
        },
        {
            "role": "tool",
            "parts": [{"type": "tool_call_response", "id": "call_1", "response": "a cat"}],
        },
    ]
    assert json.loads(attributes["gen_ai.output.messages"]) == [
        {
            "role": "assistant",
            "parts": [{"type": "text", "content": TEXT}],
            "finish_reason": "stop",
        }
    ]


@pytest.mark.parametrize("setting", ["NO_CONTENT", "EVENT_ONLY", "false", ""])
def test_content_that_is_not_for_spans(
    setting: str, server: Server, collected: Collected, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CAPTURE_CONTENT, setting)
    server.reply(good("plain"))
    ask(WORLDS[0], Client(middlewares=[collected.tracing()]), "plain", server)
    assert "gen_ai.input.messages" not in collected.attributes


def test_reasoning_and_tool_calls_of_an_answer(server: Server, collected: Collected) -> None:
    calls = [{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{broken"}}]
    body = completion_body(None, "tool_calls", reasoning_content="Hm.", tool_calls=calls)
    server.reply(answer_json(body))
    client = Client(middlewares=[collected.tracing(capture_content=True)])
    ask(WORLDS[0], client, "plain", server)
    assert json.loads(collected.attributes["gen_ai.output.messages"]) == [
        {
            "role": "assistant",
            "parts": [
                {"type": "reasoning", "content": "Hm."},
                {"type": "tool_call", "id": "c", "name": "f", "arguments": "{broken"},
            ],
            "finish_reason": "tool_call",
        }
    ]


# What must not be, and what it costs where nobody collects.


def test_no_credential_is_in_a_span(
    world: World, mode: str, server: Server, collected: Collected, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.reply(good(mode), failing(401, f"wrong key {KEY}"))
    client = Client(middlewares=[collected.tracing(capture_content=True), Retry(), AttemptEvents()])
    secrets = {
        "extra_headers": {"authorization": f"Bearer {KEY}"},
        "extra_query": {"key": KEY},
        "gateway_api_key": KEY,
    }
    ask(world, client, mode, server, **secrets)
    with pytest.raises(Exception, match="wrong key"):
        ask(world, client, mode, server, **secrets)
    assert len(collected.spans) == 2
    for span in collected.spans:
        assert KEY not in span.to_json()
    assert KEY not in str(collected.reader.get_metrics_data())
    assert KEY not in caplog.text


def test_what_cannot_be_described_does_not_fail_the_call(
    server: Server, collected: Collected, caplog: pytest.LogCaptureFixture
) -> None:
    server.reply(good("plain"))

    async def spoil(request: Request, call_next: Handler) -> Reply:
        reply = await call_next(request)
        reply.call.provider = ["not", "a", "text"]  # type: ignore[assignment]  # that is the point
        return reply

    client = Client(middlewares=[collected.tracing(), spoil])
    response = ask(WORLDS[0], client, "plain", server)
    assert response.choices[0].message.content == TEXT
    assert len(collected.spans) == 1
    assert "cannot record a call" in caplog.text


def test_arguments_that_cannot_be_described_are_the_providers_to_refuse(
    world: World, mode: str, server: Server, collected: Collected
) -> None:
    server.reply(good(mode))
    client = Client(middlewares=[collected.tracing(capture_content=True)])
    ask(world, client, mode, server, top_k="many", seed="x", n="x", response_format="json")
    assert collected.span.name == "chat test-model"
    with pytest.raises(Exception, match="base_url"):
        ask(world, client, mode, server, base_url="http://host:port")
    assert collected.spans[1].name == "chat openai/test-model"


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
