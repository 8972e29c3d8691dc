"""How a stream of Responses events is read, left and closed."""

from __future__ import annotations

import gc
from typing import Any

import pytest

from tests.support.worlds import World
from trunkline import ResponseStream, StreamInterruptedError
from trunkline.testing import Cut, FakeProvider

MODEL = "anthropic/claude-sonnet-4-5"
TYPES = [
    "response.created",
    "response.in_progress",
    "response.output_item.added",
    "response.content_part.added",
    "response.output_text.delta",
    "response.output_text.delta",
    "response.output_text.done",
    "response.content_part.done",
    "response.output_item.done",
    "response.completed",
]


def opened(world: World, fake: FakeProvider, read: Any) -> Any:
    """Open a stream in a world, and return what `read` makes of it."""
    client = fake.client()
    if world.blocking:
        return read(client.responses(MODEL, "Hi", stream=True))

    async def main() -> Any:
        return await read(await client.aresponses(MODEL, "Hi", stream=True))

    return world.run(main)


def test_events_one_by_one(world: World) -> None:
    def read(stream: ResponseStream) -> Any:
        if world.blocking:
            types = [next(stream).type for _ in TYPES]
            assert next(stream, None) is None
            return types
        return aread(stream)

    async def aread(stream: ResponseStream) -> list[str]:
        types = [(await anext(stream)).type for _ in TYPES]
        assert await anext(stream, None) is None
        return types

    assert opened(world, FakeProvider([["Hello ", "there"]]), read) == TYPES


def test_a_closed_stream_has_no_more_events(world: World) -> None:
    def read(stream: ResponseStream) -> Any:
        if world.blocking:
            next(stream)
            stream.close()
            return list(stream)
        return aread(stream)

    async def aread(stream: ResponseStream) -> list[Any]:
        await anext(stream)
        await stream.aclose()
        return [event async for event in stream]

    assert opened(world, FakeProvider([["Hello ", "there"]]), read) == []


def test_leaving_the_loop_closes_the_stream(world: World) -> None:
    def read(stream: ResponseStream) -> Any:
        if world.blocking:
            for _ in stream:
                break
            return repr(stream)
        return aread(stream)

    async def aread(stream: ResponseStream) -> str:
        async for _ in stream:
            break
        return repr(stream)

    assert "abandoned" in opened(world, FakeProvider([["Hello ", "there"]]), read)
    gc.collect()  # warnings about iterators that were not closed are errors


def test_a_stream_that_broke_off_does_not_complete() -> None:
    def read(stream: ResponseStream) -> list[str]:
        types: list[str] = []
        with pytest.raises(StreamInterruptedError):
            types.extend(event.type for event in iter(lambda: next(stream), None))
        return [event.type for event in stream]

    assert opened(World("sync"), FakeProvider([["Half an ", Cut()]]), read) == []
