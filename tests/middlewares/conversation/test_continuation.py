"""Answers that are continued: the caller sees one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.answers import MESSAGES
from tests.support.server import Server, answer_events, answer_json
from tests.support.worlds import World
from trunkline import (
    BadRequestError,
    Client,
    Continuation,
    Cost,
    StreamInterruptedError,
    default_middlewares,
)
from trunkline.testing import Cut, FakeProvider, Item, tool_call

# Both continue an answer; the second one needs a field for it.
MODEL, PREFIX = "anthropic/claude-sonnet-4-5", "mistral/mistral-large-latest"
PRICES = {MODEL: {"input_cost_per_token": 0.001, "output_cost_per_token": 0.01}}


def ended(reason: str) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": {}, "finish_reason": reason}], "usage": USAGE}


USAGE = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
LENGTH = ended("length")


def answer(
    world: World, mode: str, script: list[Item], model: str = MODEL, **given: Any
) -> tuple[Any, FakeProvider]:
    fake = FakeProvider(script)
    layers = [given.pop("layer", Continuation()), *default_middlewares(cost=Cost(PRICES))]
    response = world.answer(fake.client(layers), mode, model, MESSAGES, **given)
    assert fake.open_streams == 0
    return response, fake


def test_an_answer_that_reached_its_length_goes_on(world: World, mode: str) -> None:
    script: list[Item] = [["One, ", "two,", LENGTH], [" three", ", ", LENGTH], ["four."]]
    response, fake = answer(world, mode, script)
    assert response.choices[0].message.content == "One, two, three, four."
    assert response.choices[0].finish_reason == "stop"
    begun = [request.messages[1:] for request in fake.requests]
    assert begun == [
        (),
        ({"role": "assistant", "content": "One, two,"},),
        ({"role": "assistant", "content": "One, two, three,"},),
    ]
    assert response.attempts == 3
    assert response.usage.total_tokens == 45
    assert response.cost == pytest.approx(3 * 0.06)


def test_a_field_where_the_model_needs_one(world: World, mode: str) -> None:
    response, fake = answer(world, mode, [["One,", LENGTH], " two."], PREFIX)
    assert response.choices[0].message.content == "One, two."
    assert fake.requests[1].messages[-1] == {
        "role": "assistant",
        "content": "One,",
        "prefix": True,
    }


@pytest.mark.parametrize("repeats", [["One, two"], ["On", "e", ", ", "two"], ["One,", " two"]])
def test_a_repetition_is_not_shown(world: World, mode: str, repeats: list[str]) -> None:
    response, _ = answer(world, mode, [["One, ", LENGTH], repeats])
    assert response.choices[0].message.content == "One, two"


@pytest.mark.parametrize("second", [["Once more"], ["On"], ["O", "n and on"]])
def test_what_only_looks_like_a_repetition_is_shown(
    world: World, mode: str, second: list[str]
) -> None:
    response, _ = answer(world, mode, [["One,", LENGTH], second])
    assert response.choices[0].message.content == "One," + "".join(second)


def test_it_is_continued_so_many_times(world: World, mode: str) -> None:
    script: list[Item] = [["a", LENGTH], ["b", LENGTH], ["c", LENGTH]]
    response, fake = answer(world, mode, script, layer=Continuation(2))
    assert response.choices[0].message.content == "abc"
    assert response.choices[0].finish_reason == "length"
    assert len(fake.requests) == 3


def test_a_stream_that_broke_off_goes_on(world: World) -> None:
    response, fake = answer(world, "stream", [["One, ", "two", Cut()], [", three."]])
    assert response.choices[0].message.content == "One, two, three."
    assert response.attempts == len(fake.requests) == 2
    # What the broken part cost is not known.
    assert response.cost is None


def test_a_stream_that_breaks_off_too_often(world: World) -> None:
    fake = FakeProvider([["a", Cut()], ["b", Cut()]])
    client = fake.client([Continuation(1)])
    with pytest.raises(StreamInterruptedError) as caught:
        world.stream(client, MODEL, MESSAGES)
    assert caught.value.attempts == 2
    assert caught.value.partial is not None
    assert caught.value.partial.choices[0].message.content == "ab"


def test_a_stream_that_broke_off_before_its_content(world: World) -> None:
    with pytest.raises(StreamInterruptedError):
        world.stream(FakeProvider([[Cut()]]).client([Continuation()]), MODEL, MESSAGES)


def test_if_the_model_refuses_the_answer_stays_as_it_is(world: World, mode: str) -> None:
    response, fake = answer(world, mode, [["One,", LENGTH], BadRequestError("no prefill")])
    assert response.choices[0].message.content == "One,"
    assert response.choices[0].finish_reason == "length"
    assert response.attempts == len(fake.requests) == 2


def test_if_the_model_refuses_a_broken_stream_fails(world: World) -> None:
    fake = FakeProvider([["One,", Cut()], BadRequestError("no prefill")])
    with pytest.raises(StreamInterruptedError) as caught:
        world.stream(fake.client([Continuation()]), MODEL, MESSAGES)
    assert caught.value.attempts == 2


@pytest.mark.parametrize(
    ("model", "given", "item"),
    [
        ("openai/gpt-4o", {}, ["One,", LENGTH]),
        ("anthropic/claude-opus-4-6", {}, ["One,", LENGTH]),
        (MODEL, {"response_format": {"type": "json_object"}}, ["One,", LENGTH]),
        (MODEL, {"reasoning_effort": "low"}, ["One,", LENGTH]),
        (MODEL, {}, ["One,", tool_call("f"), LENGTH]),
        (MODEL, {}, [LENGTH]),
    ],
)
def test_what_is_not_continued(
    world: World, mode: str, model: str, given: dict[str, Any], item: Any
) -> None:
    response, fake = answer(world, mode, [item], model, **given)
    assert response.choices[0].finish_reason == "length"
    assert len(fake.requests) == response.attempts == 1


def claude(text: str, stop: str) -> dict[str, Any]:
    return {
        "id": "m",
        "type": "message",
        "role": "assistant",
        "model": "claude",
        "content": [{"type": "text", "text": text}],
        "stop_reason": stop,
        "usage": {"input_tokens": 1, "output_tokens": 1},
    }


def events(message: dict[str, Any]) -> list[dict[str, Any]]:
    start: dict[str, Any] = {**message, "content": [], "stop_reason": None}
    return [
        {"type": "message_start", "message": start},
        {"type": "content_block_start", "index": 0, "content_block": message["content"][0]},
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": message["stop_reason"]},
            "usage": {"output_tokens": 1},
        },
        {"type": "message_stop"},
    ]


def test_a_native_wire(world: World, mode: str, server: Server) -> None:
    parts = [claude("One, ", "max_tokens"), claude("two.", "end_turn")]
    if mode == "plain":
        server.reply(*map(answer_json, parts))
    else:
        server.reply(*(answer_events(events(part), done=False) for part in parts))
    client = Client([Continuation(), *default_middlewares()])
    arguments: dict[str, Any] = {"base_url": server.url, "api_key": "k" * 9, "max_tokens": 2}
    response = world.answer(client, mode, MODEL, MESSAGES, **arguments)
    assert response.choices[0].message.content == "One, two."
    last = server.seen[1].json["messages"][-1]
    assert last["role"] == "assistant"
    assert "One," in str(last["content"])


def test_a_real_model(world: World, mode: str, tiny_gguf: Path) -> None:
    """It sees only the last byte of its text, and has nothing to add; the server repeats it."""
    client = Client([Continuation(), *default_middlewares()])
    given: dict[str, Any] = {"temperature": 0, "max_tokens": 3}
    response = world.answer(client, mode, f"local/{tiny_gguf}", MESSAGES, **given)
    assert response.choices[0].message.content == "Hello from the"
    assert response.choices[0].finish_reason == "stop"
    assert response.attempts == 2


def test_mistakes_and_description() -> None:
    with pytest.raises(ValueError, match="times: expected an int of 1 or more, got 0"):
        Continuation(0)
    with pytest.raises(ValueError, match="two Continuation layers"):
        Client([Continuation(), Continuation()])
    assert "Continuation(times=3)" in Client([Continuation()]).describe()
