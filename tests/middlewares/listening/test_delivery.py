"""In which order and context callbacks run, and what happens when one fails."""

from __future__ import annotations

import asyncio
import logging
from contextvars import ContextVar

import anyio
import pytest

from tests.support.answers import (
    MESSAGES,
    TEXT,
    USAGE,
    chunk_bodies,
    chunk_body,
    failing,
    good,
    unfinished,
)
from tests.support.chain.callbacks import (
    KEY,
    MODEL,
    Recorder,
    ask,
    open_blocking,
    open_stream,
    turn_until,
    twice,
)
from tests.support.server import Server, answer_events
from tests.support.worlds import World
from trunkline import (
    Client,
    Handler,
    InternalServerError,
    ModelResponseStream,
    Reply,
    Request,
    Stream,
    StreamInterruptedError,
    SuspendedError,
)
from trunkline.middlewares.callbacks import Callbacks
from trunkline.middlewares.listening.record import CallRecord


def test_the_order(world: World, mode: str, server: Server) -> None:
    server.reply(good(mode))
    heard: list[str] = []

    async def first(record: CallRecord) -> None:
        heard.append("first, async")

    async def third(record: CallRecord) -> None:
        heard.append("third, async")

    callbacks = Callbacks(
        [first, lambda record: heard.append("second")],
        success_callback=[third, lambda record: heard.append("fourth")],
    )
    ask(world, Client(middlewares=[callbacks]), mode, server)
    if world.blocking:
        assert heard == ["first, async", "second", "third, async", "fourth"]
    else:
        assert heard == ["second", "fourth", "first, async", "third, async"]


@pytest.mark.parametrize("status", [200, 500])
def test_success_and_failure(status: int, world: World, mode: str, server: Server) -> None:
    server.reply(good(mode) if status == 200 else failing(500))
    heard: list[str] = []
    callbacks = Callbacks(
        success_callback=[lambda record: heard.append(f"success {record.outcome}")],
        failure_callback=[lambda record: heard.append(f"failure {record.outcome}")],
    )
    client = Client(middlewares=[callbacks])
    if status == 200:
        ask(world, client, mode, server)
        assert heard == ["success completed"]
    else:
        with pytest.raises(InternalServerError):
            ask(world, client, mode, server)
        assert heard == ["failure failed"]


def test_what_the_caller_leaves_is_for_the_failure_callback(server: Server) -> None:
    server.reply(unfinished("stall"))
    success, failure = Recorder(), Recorder()
    callbacks = Callbacks(success_callback=[success.plain], failure_callback=[failure.plain])
    open_blocking(Client(middlewares=[callbacks]), server).close()
    assert success.events == []
    assert failure.outcomes == [("plain", "abandoned")]


def test_a_callback_that_raises(
    world: World, mode: str, server: Server, recorder: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    server.reply(good(mode))

    def broken(record: CallRecord) -> None:
        raise ZeroDivisionError("of the callback")

    async def broken_too(record: CallRecord) -> None:
        raise KeyError("of the other")

    callbacks = Callbacks([broken, broken_too, recorder.plain, recorder.awaited])
    response = ask(world, Client(middlewares=[callbacks]), mode, server)
    assert response.choices[0].message.content == TEXT
    assert recorder.outcomes == twice("completed")
    assert sum(callbacks.failures.values()) == 2
    assert [name.rpartition(".")[2] for name in callbacks.failures] == ["broken", "broken_too"]
    assert [entry.levelno for entry in caplog.records] == [logging.ERROR] * 2
    assert "of the callback" in caplog.text
    assert KEY not in caplog.text


def test_an_async_callback_that_awaits_a_loop_in_a_blocking_call(
    mode: str, server: Server, recorder: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    server.reply(good(mode))

    async def needs_a_loop(record: CallRecord) -> None:
        await asyncio.sleep(0)

    callbacks = Callbacks([needs_a_loop, recorder.plain])
    response = ask(World("sync"), Client(middlewares=[callbacks]), mode, server)
    assert response.choices[0].message.content == TEXT
    assert recorder.outcomes == [("plain", "completed")]
    assert sum(callbacks.failures.values()) == 1
    assert "needs_a_loop awaited an event loop in a blocking call" in caplog.text


@pytest.mark.parametrize("name", ["asyncio", "trio"])
def test_an_async_callback_that_never_ends_is_stopped(
    name: str,
    mode: str,
    server: Server,
    recorder: Recorder,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("trunkline.middlewares.listening.delivery.CALLBACK_SECONDS", 0.05)
    server.reply(good(mode))
    stopped: list[str] = []

    async def endless(record: CallRecord) -> None:
        try:
            await anyio.sleep_forever()
        finally:
            stopped.append(record.outcome)

    callbacks = Callbacks([endless, recorder.awaited])
    response = ask(World(name), Client(middlewares=[callbacks]), mode, server)
    assert response.choices[0].message.content == TEXT
    assert stopped == ["completed"]
    assert recorder.outcomes == [("async", "completed")]
    assert sum(callbacks.failures.values()) == 1
    assert "endless was stopped after 0.05 s" in caplog.text


def test_a_middleware_that_awaits_a_loop_is_a_failed_call(
    server: Server, recorder: Recorder
) -> None:
    async def suspend(request: Request, call_next: Handler) -> Reply:
        await asyncio.sleep(0)
        return await call_next(request)

    client = Client(middlewares=[recorder.both(), suspend])
    with pytest.raises(SuspendedError):
        client.completion(MODEL, MESSAGES, base_url=server.url, api_key=KEY)
    assert recorder.outcomes == twice("failed")
    assert isinstance(recorder.record.error, SuspendedError)


WHOSE: ContextVar[str] = ContextVar("whose", default="nobody's")


@pytest.mark.parametrize(
    ("mode", "ending"), [("plain", "clean"), ("stream", "clean"), ("stream", "stall")]
)
def test_callbacks_run_in_the_callers_context(
    ending: str, world: World, mode: str, server: Server
) -> None:
    server.reply(good(mode) if ending == "clean" else unfinished("stall"))
    seen: list[str] = []

    async def awaited(record: CallRecord) -> None:
        seen.append(WHOSE.get())

    client = Client(middlewares=[Callbacks([lambda record: seen.append(WHOSE.get()), awaited])])

    async def call() -> None:
        WHOSE.set("the caller's")
        if mode == "plain":
            await client.acompletion(MODEL, MESSAGES, base_url=server.url, api_key=KEY)
            return
        async for _ in await open_stream(client, server):
            if ending == "stall":
                break
        await turn_until(lambda: len(seen) >= 2)

    if world.blocking:
        token = WHOSE.set("the caller's")
        try:
            if ending == "clean":
                ask(world, client, mode, server)
            else:
                leave(client, server)
        finally:
            WHOSE.reset(token)
    else:
        world.run(call)
    assert seen == ["the caller's", "the caller's"]


def leave(client: Client, server: Server) -> None:
    for _ in open_blocking(client, server):
        break


def test_a_mapped_stream_keeps_usage_and_outcome(
    world: World, server: Server, recorder: Recorder
) -> None:
    async def shout(chunk: ModelResponseStream) -> ModelResponseStream:
        for choice in chunk.choices:
            if choice.delta.content:
                choice.delta.content = choice.delta.content.upper()
        return chunk

    async def mapped(request: Request, call_next: Handler) -> Reply:
        reply = await call_next(request)
        assert isinstance(reply, Stream)
        return reply.map(shout)

    client = Client(middlewares=[recorder.both(), mapped])
    server.reply(answer_events(chunk_bodies()))
    chunks, stream = world.stream(client, MODEL, MESSAGES, base_url=server.url, api_key=KEY)
    assert all(chunk.choices for chunk in chunks)
    assert stream.response.choices[0].message.content == TEXT.upper()
    assert recorder.record.usage == stream.response.usage
    assert recorder.record.usage is not None
    assert recorder.record.usage.total_tokens == USAGE["total_tokens"]
    assert recorder.record.first_token is not None
    events = [chunk_body({"content": "Hello"}), {"error": {"message": "full", "code": 503}}]
    server.reply(answer_events(events, done=False))
    recorder.events.clear()
    with pytest.raises(StreamInterruptedError):
        ask(world, client, "stream", server)
    assert recorder.outcomes == twice("failed")
