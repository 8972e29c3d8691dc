"""FakeProvider: what users test their own code with."""

from __future__ import annotations

import doctest
from itertools import repeat
from typing import Any

import msgspec
import pytest

import trunkline.testing
from tests.support.answers import HEAD, MESSAGES, USAGE, chunk_body, completion_body
from tests.support.worlds import World
from trunkline import (
    BadRequestError,
    Client,
    Handler,
    InternalServerError,
    ModelResponse,
    ModelResponseStream,
    RateLimitError,
    Reply,
    Request,
    Retry,
    ServiceUnavailableError,
    StreamInterruptedError,
    Timeout,
    ToolCall,
    Usage,
)
from trunkline.pipeline.schema.parts import CustomTool
from trunkline.testing import Cut, FakeProvider, Pause, tool_call

MODEL = "openai/gpt-4o"


def texts(chunks: list[ModelResponseStream]) -> list[str]:
    contents = [choice.delta.content for chunk in chunks for choice in chunk.choices]
    return [content for content in contents if content]


def ask(fake: FakeProvider, world: World, mode: str, **arguments: Any) -> ModelResponse:
    return world.answer(fake.client([]), mode, MODEL, MESSAGES, **arguments)


def test_the_examples_in_its_docstrings() -> None:
    assert doctest.testmod(trunkline.testing).failed == 0


def test_text(world: World, mode: str) -> None:
    fake = FakeProvider(["Hello there,  you!\n"])
    response = ask(fake, world, mode)
    [choice] = response.choices
    assert (choice.message.content, choice.finish_reason) == ("Hello there,  you!\n", "stop")
    assert response.usage == Usage(prompt_tokens=10, completion_tokens=5, total_tokens=15)
    assert (response.call.provider, response.call.model) == ("openai", "gpt-4o")
    assert (response.attempts, fake.open_streams) == (1, 0)


def test_text_is_streamed_in_words(world: World) -> None:
    fake = FakeProvider(["one two", ["o", "n", "e"], ""])
    client = fake.client([])
    assert texts(world.stream(client, MODEL, MESSAGES)[0]) == ["one", " two"]
    assert texts(world.stream(client, MODEL, MESSAGES)[0]) == ["o", "n", "e"]
    assert world.stream(client, MODEL, MESSAGES)[1].response.choices[0].message.content == ""


def test_tool_calls(world: World, mode: str) -> None:
    fake = FakeProvider([["Look. ", tool_call("sea", at="noon"), tool_call("sky")]])
    [choice] = ask(fake, world, mode).choices
    calls = choice.message.tool_calls or []
    assert [call.function.name for call in calls] == ["sea", "sky"]
    assert [call.function.arguments for call in calls] == ['{"at":"noon"}', "{}"]
    assert len({call.id for call in calls}) == 2
    assert (choice.message.content, choice.finish_reason) == ("Look. ", "tool_calls")


def test_calls_of_custom_tools(world: World, mode: str) -> None:
    called = ToolCall(type="custom", custom=CustomTool(name="shell", input="ls -l"))
    [choice] = ask(FakeProvider([called]), world, mode).choices
    [call] = choice.message.tool_calls or []
    assert call.custom is not None
    assert (call.type, call.custom.name, call.custom.input) == ("custom", "shell", "ls -l")
    assert call.id
    assert choice.finish_reason == "tool_calls"


@pytest.mark.parametrize("as_object", [True, False])
def test_whole_responses(as_object: bool, world: World, mode: str) -> None:
    body = {**completion_body("Hi", "length", reasoning_content="Hm."), "x_extra": 1}
    item = msgspec.convert(body, ModelResponse) if as_object else body
    response = ask(FakeProvider([item]), world, mode)
    [choice] = response.choices
    assert (choice.message.content, choice.finish_reason) == ("Hi", "length")
    assert choice.message.reasoning_content == "Hm."
    assert response.usage == Usage(**USAGE)
    assert response.id == HEAD["id"]


def test_chunks(world: World, mode: str) -> None:
    chunks = [chunk_body({"content": "Hi"}), chunk_body({}, "content_filter")]
    response = ask(FakeProvider([chunks]), world, mode)
    [choice] = response.choices
    assert (choice.message.content, choice.finish_reason) == ("Hi", "content_filter")
    assert response.usage is None


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (RateLimitError("slow", retry_after=7), RateLimitError),
        (ServiceUnavailableError, ServiceUnavailableError),
        (500, InternalServerError),
        ([503, "never"], ServiceUnavailableError),
        (ZeroDivisionError("oh"), ZeroDivisionError),
    ],
)
def test_failures(item: Any, expected: type[Exception], world: World, mode: str) -> None:
    fake = FakeProvider([item])
    with pytest.raises(expected) as caught:
        ask(fake, world, mode)
    error = caught.value
    if isinstance(error, trunkline.APIError):
        assert error is not item
        assert (error.attempts, error.model, error.provider) == (1, MODEL, "openai")
    assert fake.open_streams == 0


def test_one_error_is_raised_anew_each_time(world: World) -> None:
    error = RateLimitError("slow", retry_after=0)
    fake = FakeProvider([error, error, "Hi"])
    response = world.complete(fake.client([Retry()]), MODEL, MESSAGES)
    assert response.attempts == 3
    assert len(response.call.tried) == 2
    assert error.attempts == 0


def test_a_connection_that_breaks(world: World, mode: str) -> None:
    fake = FakeProvider([["Half an ", Cut(), "never"]])
    with pytest.raises(StreamInterruptedError) as caught:
        ask(fake, world, mode)
    assert fake.open_streams == 0
    partial = caught.value.partial
    if mode == "stream":
        assert partial is not None
        assert partial.choices[0].message.content == "Half an "


def test_a_failure_in_the_middle_of_a_stream(world: World) -> None:
    fake = FakeProvider([["Half an ", InternalServerError("oh")]])
    with pytest.raises(StreamInterruptedError, match="oh"):
        world.stream(fake.client([]), MODEL, MESSAGES)
    assert fake.open_streams == 0


def test_a_short_pause(world: World, mode: str) -> None:
    response = ask(FakeProvider([[Pause(0.001), "Hi"]]), world, mode)
    assert response.choices[0].message.content == "Hi"


@pytest.mark.parametrize(
    ("pieces", "timeout", "phase"),
    [
        ([Pause(3600)], {"first_event": 0.001}, "first_event"),
        (["Hi", Pause(3600)], {"idle": 0.001}, "mid_stream"),
        (["Hi", Pause(3600)], {"total": 0.001}, "mid_stream"),
    ],
)
def test_a_pause_that_is_too_long(
    pieces: Any, timeout: Any, phase: str, world: World, mode: str
) -> None:
    fake = FakeProvider([pieces])
    with pytest.raises(Timeout) as caught:
        ask(fake, world, mode, timeout=timeout)
    assert caught.value.phase == phase
    assert fake.open_streams == 0


def test_functions_see_the_request(world: World, mode: str) -> None:
    fake = FakeProvider(repeat(lambda request: f"{request.params['temperature']}"))
    for temperature in (0, 1):
        response = ask(fake, world, mode, temperature=temperature)
        assert response.choices[0].message.content == str(temperature)
    assert [request.stream for request in fake.requests] == [mode == "stream"] * 2
    assert [dict(message) for message in fake.requests[0].messages] == MESSAGES


def test_a_class_as_response_format(world: World, mode: str) -> None:
    class Person(msgspec.Struct):
        name: str

    response = ask(FakeProvider(['{"name": "Ada"}']), world, mode, response_format=Person)
    assert response.parsed == Person("Ada")


def test_a_stream_that_is_left_is_closed() -> None:
    fake = FakeProvider(["one two three"])
    stream = fake.client([]).completion(MODEL, MESSAGES, stream=True)
    assert fake.open_streams == 1
    next(stream)
    stream.close()
    assert fake.open_streams == 0


def test_the_end_of_the_script(world: World, mode: str) -> None:
    fake = FakeProvider(["Hi"])
    client = fake.client([Retry()])
    world.answer(client, mode, MODEL, MESSAGES)
    with pytest.raises(AssertionError, match=r"no item for request 2"):
        world.answer(client, mode, MODEL, MESSAGES)


@pytest.mark.parametrize("item", [200, None, True, 1.5, b"bytes", dict, ["a", None]])
def test_a_wrong_item(item: Any, world: World, mode: str) -> None:
    with pytest.raises(TypeError, match="expected text, chunk"):
        ask(FakeProvider([item]), world, mode)


def test_an_unknown_provider_is_refused_as_always(world: World) -> None:
    fake = FakeProvider(["Hi"])
    with pytest.raises(BadRequestError):
        world.complete(fake.client([]), "no-such-provider/model", MESSAGES)


def test_in_a_chain_of_ones_own(world: World, mode: str) -> None:
    seen: list[str] = []

    async def note(request: Request, call_next: Handler) -> Reply:
        seen.append(request.model)
        return await call_next(request)

    fake = FakeProvider(["one", "two", "three"])
    client = Client([note])
    assert isinstance(client.with_adapter(fake), Client)
    answers = [
        world.answer(own, mode, MODEL, MESSAGES)
        for own in (client.with_adapter(fake), Client([note, fake]))
    ]
    assert seen == [MODEL, MODEL]
    # For one call, it stands outside everything else.
    answers.append(world.answer(client, mode, MODEL, MESSAGES, middlewares=[fake]))
    noted = [(note.layer, note.event) for each in answers for note in each.call.trail.notes]
    assert noted == [("FakeProvider", "attempt")] * 3
    assert len(fake.requests) == 3
    assert seen == [MODEL, MODEL]
