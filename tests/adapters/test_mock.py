"""Calls that are answered with their `mock_response`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.answers import MESSAGES, completion_body
from tests.support.worlds import World
from trunkline import BadRequestError, Client, ModelResponse


@pytest.fixture
def client() -> Iterator[Client]:
    with Client(middlewares=[]) as bare:
        yield bare


def test_two_calls_do_not_share_a_response(world: World, mode: str, client: Client) -> None:
    given = ModelResponse.model_validate(completion_body("Hello"))
    given.call.model = "as-given"
    first = world.answer(client, mode, "groq/a", MESSAGES, mock_response=given)
    second = world.answer(client, mode, "groq/b", MESSAGES, mock_response=given)
    assert first is not given
    assert first.choices[0].message is not second.choices[0].message
    assert (first.call.model, second.call.model) == ("groq/a", "groq/b")
    assert given.call.model == "as-given"
    first.choices[0].message.content = "changed"
    assert second.choices[0].message.content == given.choices[0].message.content == "Hello"


def test_fields_of_the_provider_are_kept(client: Client) -> None:
    given = ModelResponse.model_validate({**completion_body("Hello"), "beyond": [1]})
    copied = World("sync").complete(client, "groq/a", MESSAGES, mock_response=given)
    assert copied.model_extra["beyond"] == [1]
    assert copied.model_dump() == given.model_dump()


@pytest.mark.parametrize("given", [{1: 2}, {"\ud800": "x"}, "\ud800", 5])
def test_what_cannot_be_a_response(world: World, mode: str, client: Client, given: object) -> None:
    with pytest.raises(BadRequestError, match="mock_response: ") as caught:
        world.answer(client, mode, "groq/a", MESSAGES, mock_response=given)
    assert caught.value.param == "mock_response"
