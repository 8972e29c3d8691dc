"""Observers may be `async`, whatever the reply is and however the stream ends."""

from __future__ import annotations

import gc
import logging
from typing import Any

import anyio
import pytest

from tests.support.answers import MESSAGES
from tests.support.worlds import World
from trunkline import (
    Handler,
    ModelResponse,
    Outcome,
    Reply,
    Request,
    Retry,
    after,
    before,
    observe,
    replace,
)
from trunkline.pipeline.call.chain import Before
from trunkline.pipeline.stream.parts import join_responses
from trunkline.testing import FakeProvider

MODEL = "openai/gpt-4o"


class Watch:
    """Observes each reply with an async function, which waits where there is an event loop."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    async def __call__(self, request: Request, call_next: Handler) -> Reply:
        async def note_the_end(outcome: Outcome) -> None:
            await request.io.sleep(0)
            self.seen.append(outcome.kind)

        return observe(await call_next(request), note_the_end)


@pytest.mark.parametrize("mode", ["plain", "stream"])
def test_an_async_observer_is_awaited_before_the_call_returns(world: World, mode: str) -> None:
    watch = Watch()
    world.answer(FakeProvider(["a b"]).client([watch, Retry(), watch]), mode, MODEL, MESSAGES)
    assert watch.seen == ["completed", "completed"]


def test_an_observer_of_a_response_that_is_part_of_another(world: World) -> None:
    async def twice(request: Request, call_next: Handler) -> Reply:
        parts = [await call_next(request), await call_next(request)]
        return join_responses([part for part in parts if isinstance(part, ModelResponse)])

    watch = Watch()
    response = world.complete(FakeProvider(["a", "b"]).client([twice, watch]), MODEL, MESSAGES)
    assert watch.seen == ["completed"] * 2
    assert response.choices[0].message.content == "b"
    assert response.attempts == 2
    assert response.usage is not None
    assert response.usage.total_tokens == 30


@pytest.mark.parametrize("name", ["asyncio", "trio"])
def test_leaving_a_loop_awaits_it(name: str) -> None:
    watch = Watch()
    client = FakeProvider([["a ", "b "]]).client([watch])

    async def leave() -> None:
        async for _ in await client.acompletion(MODEL, MESSAGES, stream=True):
            break
        for _ in range(5):
            await anyio.sleep(0)

    World(name).run(leave)
    assert watch.seen == ["abandoned"]


@pytest.mark.parametrize("name", ["asyncio", "trio"])
@pytest.mark.parametrize("inside", [True, False])
def test_one_of_a_stream_that_is_only_dropped_is_named(
    name: str, inside: bool, caplog: pytest.LogCaptureFixture
) -> None:
    watch = Watch()
    fake = FakeProvider([["a ", "b "]])
    kept: list[Any] = []

    async def forget() -> None:
        stream = await fake.client([watch]).acompletion(MODEL, MESSAGES, stream=True)
        await anext(stream)
        if inside:
            del stream
            gc.collect()
            for _ in range(5):
                await anyio.sleep(0)
        else:
            kept.append(stream)

    with caplog.at_level(logging.WARNING, "trunkline"):
        World(name).run(forget)
        kept.clear()
        gc.collect()
    assert not watch.seen
    (record,) = caplog.records
    assert "note_the_end was not awaited" in record.getMessage()
    assert "async with" in record.getMessage()


def test_an_async_after_of_a_plain_and_a_streamed_call(world: World) -> None:
    seen: list[str] = []

    @after
    async def note(request: Request, outcome: Outcome) -> None:
        await request.io.sleep(0)
        seen.append(outcome.kind)

    client = FakeProvider(["a", "b"]).client([note])
    world.complete(client, MODEL, MESSAGES)
    world.stream(client, MODEL, MESSAGES)
    assert seen == ["completed", "completed"]


def changed(asynchronous: bool) -> Before:
    async def look_up(request: Request) -> Request:
        await request.io.sleep(0)
        return replace(request, model="openai/gpt-4o-mini")

    def at_once(request: Request) -> Request:
        return replace(request, model="openai/gpt-4o-mini")

    return before(look_up) if asynchronous else before(at_once)


@pytest.mark.parametrize("asynchronous", [True, False])
@pytest.mark.parametrize("mode", ["plain", "stream"])
def test_before_may_be_async(world: World, mode: str, asynchronous: bool) -> None:
    fake = FakeProvider(["a"])
    client = fake.client([changed(asynchronous)])
    world.answer(client, mode, MODEL, MESSAGES)
    assert [request.model for request in fake.requests] == ["openai/gpt-4o-mini"]
    assert ("look_up" if asynchronous else "at_once") in client.describe()


def test_an_async_before_that_returns_nothing(world: World) -> None:
    @before
    async def forgetful(request: Request) -> Any:
        await request.io.sleep(0)

    with pytest.raises(Exception, match="forgetful returned NoneType instead of a request"):
        world.complete(FakeProvider(["a"]).client([forgetful]), MODEL, MESSAGES)
