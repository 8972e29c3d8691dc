"""The span of a call: its attributes, how it ends, and when it is current."""

from __future__ import annotations

import asyncio
import gc
import logging
from typing import Any

import anyio
import pytest
import tenacity
from msgspec import structs
from opentelemetry import trace
from opentelemetry.trace import SpanKind, StatusCode

from tests.support.answers import MESSAGES, TEXT, failing, good, unfinished
from tests.support.chain.telemetry import KEY, MODEL, Collected, ask
from tests.support.server import Server
from tests.support.worlds import WORLDS, World
from trunkline import (
    Client,
    Handler,
    InternalServerError,
    Reply,
    Request,
    Retry,
    StreamInterruptedError,
    before,
)
from trunkline.middlewares.metadata import Metadata
from trunkline.middlewares.tracing import AttemptEvents


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


def test_no_credential_is_in_a_span(
    world: World, mode: str, server: Server, collected: Collected, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.reply(good(mode), failing(401, f"wrong key {KEY}"))
    client = Client(middlewares=[collected.tracing(capture_content=True), Retry(), AttemptEvents()])
    secrets = {
        "extra_headers": {"authorization": f"Bearer {KEY}"},
        "extra_query": {"key": KEY},
        "extra_body": {"gateway_api_key": KEY},
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

    @before
    def spoil(request: Request) -> Request:
        odd = {"seed": "x", "n": "x", "response_format": "json"}
        # trunkline's replace() checks the parameters.
        return structs.replace(request, params={**request.params, **odd})

    client = Client(middlewares=[spoil, collected.tracing(capture_content=True)])
    ask(world, client, mode, server, top_k="many")
    assert collected.span.name == "chat test-model"
    with pytest.raises(Exception, match="base_url"):
        ask(world, client, mode, server, base_url="http://host:port")
    # Refused before there was a call.
    assert len(collected.spans) == 1
