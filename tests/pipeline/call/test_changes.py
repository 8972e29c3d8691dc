"""Requests that a user's middleware changes with `replace`."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.answers import MESSAGES, good
from tests.support.server import Server
from tests.support.worlds import World
from trunkline import (
    BadRequestError,
    Client,
    Handler,
    InvalidArgumentError,
    Message,
    ModelResponse,
    Reply,
    Request,
    before,
    replace,
)
from trunkline.testing import FakeProvider

MODEL = "openai/gpt-4o"
MORE: Any = {"role": "user", "content": "And now?"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"messages": "Hello"}, "messages: expected a list of messages, got str"),
        ({"messages": [3]}, "messages[0]: expected"),
        ({"messages": [{"role": "user", "content": 3}]}, "messages[0].content: expected"),
        ({"messages": []}, "messages: expected at least one message"),
        ({"params": None}, "replace: params: expected dict, got NoneType"),
        ({"model": None}, "replace: model: expected str, got NoneType"),
        ({"stream": 1}, "replace: stream: expected bool, got int"),
        ({"base_url": 3}, "replace: base_url: expected str or None, got int"),
        ({"api_key": b"k"}, "replace: api_key: expected Secret, str or None, got bytes"),
        ({"extra_headers": [3]}, "replace: extra_headers: expected dict, got list"),
        ({"extra_body": "x"}, "replace: extra_body: expected dict, got str"),
        ({"timeouts": 5}, "replace: timeouts: expected Timeouts, got int"),
        ({"metadata": None}, "replace: metadata: expected dict, got NoneType"),
        ({"options": 3}, "replace: options: expected dict, got int"),
    ],
)
def test_wrong_values(world: World, mode: str, changes: dict[str, Any], message: str) -> None:
    fake = FakeProvider(["Hello"])
    client = fake.client([before(lambda request: replace(request, **changes))])
    with pytest.raises(BadRequestError) as caught:
        world.answer(client, mode, MODEL, MESSAGES)
    assert message in caught.value.message
    assert fake.requests == []


async def asks_again(request: Request, call_next: Handler) -> Reply:
    reply = await call_next(request)
    assert isinstance(reply, ModelResponse)
    messages = [*request.messages, reply.choices[0].message, MORE]
    return await call_next(replace(request, messages=messages))


def test_the_message_of_a_response_can_be_added(world: World) -> None:
    fake = FakeProvider(["Hello", "Later."])
    world.answer(fake.client([asks_again]), "plain", MODEL, MESSAGES)
    first, second = fake.requests
    assert list(second.messages) == [
        *first.messages,
        Message(content="Hello").model_dump(),
        MORE,
    ]


def test_dictionaries_stay_as_they_are() -> None:
    fake = FakeProvider(["Hello"])
    fake.client([]).completion(MODEL, MESSAGES)
    messages = [*fake.requests[0].messages, MORE]
    changed = replace(fake.requests[0], messages=messages)
    assert all(one is other for one, other in zip(changed.messages, messages, strict=True))
    assert replace(changed, model="groq/x").messages is changed.messages


def test_a_key_may_be_text(world: World, mode: str, server: Server) -> None:
    server.reply(good(mode))
    change = before(lambda request: replace(request, api_key="sk-of-a-middleware"))
    with Client([change]) as client:
        world.answer(client, mode, MODEL, MESSAGES, base_url=server.url, api_key="k")
    assert server.seen[0].headers["authorization"] == "Bearer sk-of-a-middleware"


def test_what_is_not_a_request() -> None:
    wrong: Any = {"model": MODEL}
    with pytest.raises(InvalidArgumentError, match="replace: "):
        replace(wrong, model="groq/x")
