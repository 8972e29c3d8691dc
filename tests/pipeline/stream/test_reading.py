"""Streams as people read them: text, the whole response, events."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.answers import MESSAGES
from tests.support.worlds import World
from trunkline import (
    APIError,
    DoneEvent,
    ModelResponse,
    Stream,
    StreamInterruptedError,
    ToolCall,
    UsageEvent,
)
from trunkline.pipeline.schema.model_response import is_response
from trunkline.testing import Cut, FakeProvider, Item, tool_call

MODEL = "openai/gpt-4o"


def read(world: World, script: list[Item], view: Callable[[Stream], Any]) -> tuple[list[Any], Any]:
    """Return what is read from a view of a stream, and the stream."""
    client = FakeProvider(script).client()
    if world.blocking:
        stream = client.completion(MODEL, MESSAGES, stream=True)
        return list(view(stream)), stream

    async def collect() -> tuple[list[Any], Any]:
        stream = await client.acompletion(MODEL, MESSAGES, stream=True)
        return [item async for item in view(stream)], stream

    return world.run(collect)


def test_text(world: World) -> None:
    thought = {"choices": [{"index": 0, "delta": {"reasoning_content": "hm"}}]}
    pieces, stream = read(world, [[thought, "Hello ", "there"]], Stream.text)
    assert pieces == ["Hello ", "there"]
    assert stream.outcome.kind == "completed"


def test_leaving_the_text_closes_the_stream(world: World) -> None:
    fake = FakeProvider([["a", "b", "c"]])
    client = fake.client()
    if world.blocking:
        stream = client.completion(MODEL, MESSAGES, stream=True)
        for _ in stream.text():
            break
        assert stream.outcome is not None
    else:

        async def leave() -> None:
            stream = await client.acompletion(MODEL, MESSAGES, stream=True)
            async for _ in stream.text():
                break
            assert stream.outcome is not None
            await stream.aclose()

        world.run(leave)
    assert fake.open_streams == 0


def final(world: World, script: list[Item], after: int = 0, *, close: bool = False) -> Any:
    client = FakeProvider(script).client()
    if world.blocking:
        stream = client.completion(MODEL, MESSAGES, stream=True)
        for _ in range(after):
            next(stream)
        if close:
            stream.close()
        return stream.final()

    async def collect() -> ModelResponse:
        stream = await client.acompletion(MODEL, MESSAGES, stream=True)
        for _ in range(after):
            await anext(stream)
        if close:
            await stream.aclose()
        return await stream.final()

    return world.run(collect)


@pytest.mark.parametrize("after", [0, 1, 3])
def test_final(world: World, after: int) -> None:
    response = final(world, [["Hello ", "there"]], after)
    assert is_response(response)
    assert response.choices[0].message.content == "Hello there"
    assert response.choices[0].finish_reason == "stop"
    assert response.usage is not None


def test_final_of_a_stream_that_fails(world: World) -> None:
    with pytest.raises(StreamInterruptedError) as caught:
        final(world, [["Hello ", Cut()]])
    assert caught.value.partial is not None
    assert caught.value.partial.choices[0].message.content == "Hello "


def test_final_of_a_closed_stream(world: World) -> None:
    with pytest.raises(StreamInterruptedError, match="closed before its end") as caught:
        final(world, [["Hello ", "there"]], 1, close=True)
    assert caught.value.partial is not None
    assert caught.value.partial.choices[0].message.content == "Hello "


def test_final_raises_again_what_reading_raised() -> None:
    stream = FakeProvider([["Hello ", Cut()]]).client().completion(MODEL, MESSAGES, stream=True)
    with pytest.raises(APIError) as first:
        list(stream)
    with pytest.raises(APIError) as second:
        stream.final()
    assert second.value is first.value


def test_events(world: World) -> None:
    thought = {"choices": [{"index": 0, "delta": {"reasoning_content": "hm"}}]}
    script: list[Item] = [
        [thought, "Let me ", "look", tool_call("search", query="tides"), tool_call("now")]
    ]
    events, stream = read(world, script, Stream.events)
    assert [event.type for event in events] == [
        "reasoning",
        "text",
        "text",
        "tool_call",
        "tool_call",
        "usage",
        "done",
    ]
    assert [event.text for event in events[:3]] == ["hm", "Let me ", "look"]
    search, now = events[3:5]
    assert (search.name, search.arguments) == ("search", {"query": "tides"})
    assert search.id == search.call.id
    assert (now.name, now.arguments) == ("now", {})
    assert isinstance(events[5], UsageEvent)
    assert isinstance(events[6], DoneEvent)
    assert events[6].response == stream.response


def test_a_tool_call_in_pieces_is_one_event(world: World) -> None:
    def piece(index: int, **function: str) -> dict[str, Any]:
        call: dict[str, Any] = {"index": index, "function": function}
        if "name" in function:
            call["id"] = f"call_{index}"
        return {"choices": [{"index": 0, "delta": {"tool_calls": [call]}}]}

    script: list[Item] = [
        [
            piece(0, name="a", arguments=""),
            piece(0, arguments='{"x"'),
            piece(0, arguments=": 1}"),
            piece(1, name="b", arguments="[]"),
            "after",
        ]
    ]
    events, _ = read(world, script, Stream.events)
    kinds = [event.type for event in events]
    assert kinds == ["tool_call", "text", "tool_call", "usage", "done"]
    assert (events[0].name, events[0].arguments) == ("a", {"x": 1})
    # Arguments that are no object are not parsed, but they can be read.
    assert (events[2].name, events[2].arguments) == ("b", None)
    assert events[2].call.function.arguments == "[]"
    assert isinstance(events[2].call, ToolCall)


def test_the_other_worlds_loop_is_refused_at_once() -> None:
    stream = FakeProvider(["a"]).client().completion(MODEL, MESSAGES, stream=True)
    with pytest.raises(TypeError, match="read it with 'for'"):
        aiter(stream.text())
    stream.close()


def test_editors_offer_what_is_for_users(world: World) -> None:
    response = world.complete(FakeProvider(["a"]).client(), MODEL, MESSAGES)
    _, stream = world.stream(FakeProvider(["a"]).client(), MODEL, MESSAGES)
    offered = {name for name in dir(stream) if not name.startswith("_")}
    assert offered >= {"text", "events", "final", "close", "response", "map"}
    assert not offered & {"prime", "pull", "take_hidden", "drop", "finish", "read_to_end"}
    for part in (response, response.choices[0], response.choices[0].message, response.usage):
        names = set(dir(part))
        assert not names & {"raw_", "path_", "always", "derived"}
        assert {"model_dump", "get"} <= names
    assert "content" in dir(response.choices[0].message)
    assert all(hasattr(stream, name) or inspect.isclass(name) for name in offered)
