"""A middleware may respond with a complete response where a stream was requested."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
import pytest

from tests.support.answers import MESSAGES
from tests.support.clocks import Clock
from tests.support.worlds import World
from trunkline import (
    BadRequestError,
    Choice,
    Client,
    Handler,
    Message,
    ModelResponse,
    Outcome,
    Reply,
    Request,
    Stream,
    ToolCall,
    Usage,
    observe,
    stream_of,
)
from trunkline.testing import FakeProvider

MODEL = "openai/gpt-4o"
TEXT = "It has been seen before.  "


def made(text: str | None = TEXT, **message: Any) -> ModelResponse:
    choice = Choice(message=Message(content=text, **message), finish_reason="stop")
    usage = Usage(prompt_tokens=1, completion_tokens=2, total_tokens=3)
    return ModelResponse(id="a", model="m", choices=[choice], usage=usage)


def spoken(chunks: Iterable[Any]) -> list[str]:
    deltas = [choice.delta for chunk in chunks for choice in chunk.choices]
    return [delta.content for delta in deltas if delta.content]


def memory(response: ModelResponse, **options: Any) -> Any:
    async def remember(request: Request, call_next: Handler) -> Reply:
        return stream_of(response, request, **options) if request.stream else response

    return remember


def test_a_response_becomes_a_stream_at_once(world: World) -> None:
    response = made()
    client = Client([memory(response)])
    chunks, stream = world.stream(client, MODEL, MESSAGES)
    assert spoken(chunks) == [TEXT]
    assert stream.response.model_dump() == response.model_dump()
    assert stream.outcome is not None
    assert stream.outcome.kind == "completed"


def test_a_response_can_be_streamed_again(world: World) -> None:
    client = Client([memory(made())])
    first = world.stream(client, MODEL, MESSAGES)[1]
    second = world.stream(client, MODEL, MESSAGES)[1]
    assert first.response == second.response
    assert first.call is not second.call
    assert first.call.call_id != second.call.call_id


def test_a_pace(world: World) -> None:
    clock = Clock()
    client = Client([clock.fast_forward, memory(made(), pace=0.5)])
    chunks, stream = world.stream(client, MODEL, MESSAGES)
    assert spoken(chunks) == ["It", " has", " been", " seen", " before.", "  "]
    assert stream.response.choices[0].message.content == TEXT
    assert clock.sleeps == [0.5] * (len(chunks))  # usage is a chunk too, though hidden


def test_a_pace_keeps_choices_apart(world: World) -> None:
    response = made("one two")
    response.choices.append(
        Choice(index=1, message=Message(content="uno dos tres"), finish_reason="stop")
    )
    client = Client([Clock().fast_forward, memory(response, pace=0.1)])
    _, stream = world.stream(client, MODEL, MESSAGES)
    assert stream.response.model_dump() == response.model_dump()


def test_tool_calls_and_undeclared_fields(world: World) -> None:
    call = ToolCall.model_validate({"id": "c", "function": {"name": "f", "arguments": "{}"}})
    response = made(None, tool_calls=[call])
    for client in (Client([memory(response)]), Client([memory(response, pace=1e-9)])):
        _, stream = world.stream(client, MODEL, MESSAGES)
        calls = stream.response.choices[0].message.tool_calls
        assert calls is not None
        assert [call.function.name for call in calls] == ["f"]


class City(msgspec.Struct):
    name: str


def test_a_class_as_response_format(world: World) -> None:
    client = Client([memory(made('{"name": "Oslo"}'))])
    _, stream = world.stream(client, MODEL, MESSAGES, response_format=City)
    assert stream.response.parsed == City("Oslo")


def test_a_response_returned_for_a_stream_is_converted(world: World) -> None:
    outcomes: list[Outcome] = []

    async def watch(request: Request, call_next: Handler) -> Reply:
        return observe(await call_next(request), outcomes.append)

    async def always_whole(request: Request, call_next: Handler) -> Reply:
        return made()

    _, stream = world.stream(Client([watch, always_whole]), MODEL, MESSAGES)
    assert stream.response.choices[0].message.content == TEXT
    assert [outcome.kind for outcome in outcomes] == ["completed"]


def test_a_stream_returned_for_a_plain_call_is_read(world: World) -> None:
    async def always_stream(request: Request, call_next: Handler) -> Reply:
        return stream_of(made(), request)

    response = world.complete(Client([always_stream]), MODEL, MESSAGES)
    assert type(response) is ModelResponse
    assert response.choices[0].message.content == TEXT


@pytest.mark.parametrize("mode", ["plain", "stream"])
def test_anything_else_is_an_error(world: World, mode: str) -> None:
    async def forgetful(request: Request, call_next: Handler) -> Any:
        await call_next(request)

    client = FakeProvider(["Hi"]).client([forgetful])
    with pytest.raises(BadRequestError, match="returned NoneType instead of a response"):
        world.answer(client, mode, MODEL, MESSAGES)


@pytest.mark.parametrize(
    ("given", "options", "message"),
    [
        ("text", {}, "stream_of: expected a ModelResponse, got str"),
        (made(), {"pace": -1}, "pace: expected 0 or more seconds, got -1"),
        (made(), {"pace": "slow"}, "pace: expected 0 or more seconds, got 'slow'"),
        (made(), {"pace": float("nan")}, "pace: expected 0 or more seconds, got nan"),
        (made(), {}, "wrong value"),
    ],
)
def test_mistakes(given: Any, options: dict[str, Any], message: str) -> None:
    if message == "wrong value":
        given.choices[0].message.content = 3
    with pytest.raises(BadRequestError, match=message):
        list(Client([memory(given, **options)]).completion(MODEL, MESSAGES, stream=True))


def test_leaving_a_converted_stream_closes_it() -> None:
    stream = Client([memory(made(), pace=0.0)]).completion(MODEL, MESSAGES, stream=True)
    assert isinstance(stream, Stream)
    next(stream)
    stream.close()
    assert stream.outcome is not None
    assert stream.outcome.kind == "abandoned"
