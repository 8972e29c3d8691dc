"""Answers that do not fit are asked again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pydantic
import pytest
import tenacity

from tests.support.answers import MESSAGES, chunk_body, completion_body
from tests.support.server import Server, answer_events, answer_json
from tests.support.worlds import World
from trunkline import (
    APIError,
    Client,
    Cost,
    JSONSchemaValidationError,
    RateLimitError,
    Reask,
    Retry,
    default_middlewares,
)
from trunkline.middlewares.conversation.json_schema import find_misfit
from trunkline.testing import FakeProvider, Item, tool_call

MODEL = "openai/gpt-4o"
PRICES = {MODEL: {"input_cost_per_token": 0.001, "output_cost_per_token": 0.01}}


class City(msgspec.Struct):
    name: str
    size: int


class Town(pydantic.BaseModel):
    name: str
    size: int


SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "size": {"type": "integer"}},
    "required": ["name", "size"],
    "additionalProperties": False,
}
FORMAT = {"type": "json_schema", "json_schema": {"name": "city", "schema": SCHEMA}}
GOOD, BAD = '{"name": "Oslo", "size": 7}', '{"name": "Oslo", "size": "large"}'
TOOL = {"type": "function", "function": {"name": "build", "parameters": SCHEMA}}


def answer(
    world: World, mode: str, script: list[Item], reask: Reask | None = None, **given: Any
) -> tuple[Any, FakeProvider]:
    fake = FakeProvider(script)
    client = fake.client([reask or Reask(), *default_middlewares(cost=Cost(PRICES))])
    response = world.answer(client, mode, MODEL, MESSAGES, **given)
    assert fake.open_streams == 0
    return response, fake


@pytest.mark.parametrize("wanted", [City, Town, FORMAT], ids=["struct", "pydantic", "schema"])
def test_an_answer_that_does_not_fit_is_asked_again(world: World, mode: str, wanted: Any) -> None:
    response, fake = answer(world, mode, [BAD, GOOD], response_format=wanted)
    assert response.choices[0].message.content == GOOD
    if isinstance(wanted, type):
        assert response.parsed == wanted(name="Oslo", size=7)
    told = fake.requests[1].messages
    assert [message["role"] for message in told] == ["user", "assistant", "user"]
    assert told[1].get("content") == BAD
    assert "size" in str(told[2].get("content"))
    assert response.attempts == 2
    assert response.usage.total_tokens == 30
    assert response.cost == pytest.approx(2 * 0.06)


def test_an_answer_that_fits_is_returned(world: World, mode: str) -> None:
    response, fake = answer(world, mode, [GOOD], response_format=City)
    assert response.parsed == City("Oslo", 7)
    assert len(fake.requests) == response.attempts == 1
    assert response.cost == pytest.approx(0.06)


@pytest.mark.parametrize("text", ["Here it is", "[1]", '{"a": '])
def test_any_json_object(world: World, mode: str, text: str) -> None:
    wanted = {"type": "json_object"}
    response, _ = answer(world, mode, [text, '{"a": 1}'], response_format=wanted)
    assert response.choices[0].message.content == '{"a": 1}'


@pytest.mark.parametrize("wanted", [City, FORMAT], ids=["struct", "schema"])
@pytest.mark.parametrize("attempts", [1, 3])
def test_the_last_misfit_is_an_error(world: World, mode: str, wanted: Any, attempts: int) -> None:
    fake = FakeProvider([BAD] * attempts)
    client = fake.client([Reask(attempts), Cost(PRICES)])
    with pytest.raises(JSONSchemaValidationError, match="the response does not fit") as caught:
        world.answer(client, mode, MODEL, MESSAGES, response_format=wanted)
    error = caught.value
    assert error.body == BAD
    assert error.attempts == len(fake.requests) == attempts
    if mode == "plain":
        assert error.partial.usage.total_tokens == 15 * attempts


def test_a_stream_shows_only_what_fits(world: World) -> None:
    fake = FakeProvider([BAD, ['{"name": "Oslo", ', '"size": 7}']])
    client = fake.client([Reask()])
    chunks, stream = world.stream(client, MODEL, MESSAGES, response_format=City)
    text = "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)
    assert text == GOOD
    assert stream.response.parsed == City("Oslo", 7)


def test_arguments_of_tool_calls(world: World, mode: str) -> None:
    wrong, fine = tool_call("build", name="Oslo"), tool_call("build", name="Oslo", size=7)
    script: list[Item] = [[fine, wrong], [fine]]
    response, fake = answer(world, mode, script, tools=[TOOL])
    (call,) = response.choices[0].message.tool_calls
    assert call.function.arguments == '{"name":"Oslo","size":7}'
    told = fake.requests[1].messages[2:]
    assert [message["role"] for message in told] == ["tool", "tool"]
    assert "Not run" in str(told[0].get("content"))
    assert "'size' is missing" in str(told[1].get("content"))


def test_calls_without_a_format_are_not_changed(world: World, mode: str) -> None:
    response, fake = answer(world, mode, ["Anything goes"])
    assert response.choices[0].message.content == "Anything goes"
    response, _ = answer(world, mode, ["Text beside tools"], tools=[TOOL])
    assert response.choices[0].message.content == "Text beside tools"
    assert len(fake.requests) == 1


def test_refusals_and_tool_calls_are_not_asked_again(world: World, mode: str) -> None:
    refusal = {"choices": [{"index": 0, "delta": {"refusal": "No."}, "finish_reason": "stop"}]}
    response, fake = answer(world, mode, [[refusal]], response_format=City)
    assert response.choices[0].message.refusal == "No."
    fine = tool_call("build", name="Oslo", size=7)
    response, fake = answer(world, mode, [["Let me ", fine]], response_format=FORMAT, tools=[TOOL])
    assert len(fake.requests) == 1


def test_another_failure_counts_all_requests(world: World, mode: str) -> None:
    fake = FakeProvider([BAD, RateLimitError("slow down")])
    with pytest.raises(APIError) as caught:
        world.answer(fake.client([Reask()]), mode, MODEL, MESSAGES, response_format=FORMAT)
    assert isinstance(caught.value, RateLimitError)
    assert caught.value.attempts == 2


def test_with_retries_inside(world: World, mode: str) -> None:
    fake = FakeProvider([503, BAD, 503, GOOD])
    client = fake.client([Reask(), Retry(2, wait=tenacity.wait_none())])
    response = world.answer(client, mode, MODEL, MESSAGES, response_format=City)
    assert response.attempts == len(fake.requests) == 4
    statuses = [attempt.status_code for attempt in response.call.tried if attempt.status_code]
    assert statuses == [503, 503]


def test_a_native_wire(world: World, mode: str, server: Server) -> None:
    bodies = [completion_body(BAD), completion_body(GOOD)]
    streams = [
        answer_events([chunk_body({"content": text}), chunk_body({}, "stop")])
        for text in (BAD, GOOD)
    ]
    server.reply(*(map(answer_json, bodies) if mode == "plain" else streams))
    client = Client([Reask(), *default_middlewares()])
    arguments: dict[str, Any] = {"base_url": server.url, "api_key": "k" * 9}
    response = world.answer(client, mode, MODEL, MESSAGES, response_format=City, **arguments)
    assert response.parsed == City("Oslo", 7)
    assert len(server.seen) == 2


def test_a_real_model(world: World, mode: str, tiny_gguf: Path) -> None:
    class Answer(msgspec.Struct):
        city: str
        days: int

    client = Client([Reask(), *default_middlewares()])
    response = world.answer(
        client, mode, f"local/{tiny_gguf}", MESSAGES, temperature=0, response_format=Answer
    )
    assert response.parsed == Answer("Paris", 42)


def test_mistakes_and_description() -> None:
    with pytest.raises(ValueError, match="attempts: expected an int of 1 or more, got 0"):
        Reask(0)
    with pytest.raises(ValueError, match="two Reask layers"):
        Client([Reask(), Reask()])
    assert "Reask(attempts=2)" in Client([Reask()]).describe()


FITS: list[tuple[Any, Any, str]] = [
    (1, {"type": "integer"}, ""),
    (1.0, {"type": "integer"}, ""),
    (True, {"type": "integer"}, "$: expected integer, got boolean"),
    (None, {"type": ["string", "null"]}, ""),
    (3, {"type": ["string", "null"]}, "$: expected string or null, got number"),
    ("b", {"enum": ["a", "b"]}, ""),
    (1, {"enum": [True]}, "$: expected one of True, got 1"),
    (2, {"const": 3}, "$: expected 3, got 2"),
    ("abc", {"maxLength": 2}, "$: expected at most 2 characters, got 3"),
    ("abc", {"pattern": "^b"}, "$: 'abc' does not match '^b'"),
    (5, {"exclusiveMaximum": 5}, "$: expected less than 5, got 5"),
    (5, {"minimum": 6}, "$: expected at least 6, got 5"),
    (5, {"multipleOf": 2}, "$: expected a multiple of 2, got 5"),
    ([1, "a"], {"items": {"type": "integer"}}, "$[1]: expected integer, got string"),
    ([1, 1], {"uniqueItems": True}, "$: an item occurs twice"),
    ([], {"minItems": 1}, "$: expected at least 1 items, got 0"),
    ([1, 2], {"prefixItems": [{"const": 1}], "items": False}, "$[1]: not allowed"),
    ({"x": 1}, {"properties": {}, "additionalProperties": False}, "$.x: unknown; expected nothing"),
    ({"x": 1}, {"additionalProperties": {"type": "string"}}, "$.x: expected string, got number"),
    ({"ab": 1}, {"patternProperties": {"^a": {"type": "null"}}}, "$.ab: expected null, got number"),
    ({"a": 1}, {"required": ["a", "b"]}, "$: 'b' is missing"),
    (1, {"anyOf": [{"type": "string"}, {"type": "integer"}]}, ""),
    (1, {"oneOf": [{"type": "number"}, {"type": "integer"}]}, "$: fits more than one of oneOf"),
    (1, {"allOf": [{"minimum": 0}, {"maximum": 0}]}, "$: expected at most 0, got 1"),
    (1, {"not": {"type": "integer"}}, "$: fits what it must not fit"),
    (
        {"next": {"next": {"next": 1}}},
        {
            "$ref": "#/$defs/Node",
            "$defs": {"Node": {"type": "object", "properties": {"next": {"$ref": "#/$defs/Node"}}}},
        },
        "$.next.next.next: expected object, got number",
    ),
    (1, {"$ref": "#"}, ""),
    (1, True, ""),
]


@pytest.mark.parametrize(("value", "schema", "misfit"), FITS)
def test_schemas(value: Any, schema: Any, misfit: str) -> None:
    assert find_misfit(value, schema) == misfit
