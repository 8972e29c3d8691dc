"""Requests that a user's middleware changes with `replace`."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.answers import MESSAGES, TEXT, good
from tests.support.server import Server
from tests.support.worlds import World
from trunkline import (
    AuthenticationError,
    BadRequestError,
    Client,
    Handler,
    InvalidArgumentError,
    Message,
    ModelResponse,
    Reply,
    Request,
    Retry,
    Timeouts,
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
        ({"io": None}, "replace: io: expected a port, such as request.io, got NoneType"),
        ({"adapter": 3}, "replace: adapter: expected an adapter, such as request.adapter, got int"),
        ({"trail": None}, "replace: trail: expected Trail, got NoneType"),
        ({"deadline": "soon"}, "replace: deadline: expected float or None, got str"),
        ({"model": " "}, 'replace: model: expected "provider/model"'),
        ({"wire": "chats"}, 'wire: expected "chat" or "responses"'),
        ({"max_response_bytes": -1}, "max_response_bytes: expected a number of bytes above 0"),
        ({"base_url": ""}, "base_url: expected http://HOST or https://HOST"),
        ({"extra_headers": {"X-Number": 3}}, "extra_headers['X-Number']: expected str, got int"),
        ({"timeouts": Timeouts(total=-1)}, "timeouts.total: expected more than 0 seconds"),
        ({"params": {"temperature": "hot"}}, "temperature: expected a number, got str"),
        ({"params": {"tools": 5}}, "tools: expected list, got int"),
        ({"params": {"temprature": 1}}, "temprature: unknown argument; did you mean temperature?"),
        ({"params": {3: 4}}, "replace: params: expected names that are str, got 3"),
        ({"params": {"api_key": "k"}}, "replace: params: api_key is an argument of completion()"),
        ({"params": {"messages": []}}, "replace: params: messages is an argument of completion()"),
        ({"params": {"mock_response": "x"}}, "for the provider; change it in `options`"),
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


def test_an_empty_key_is_refused_as_in_a_call() -> None:
    change = before(lambda request: replace(request, api_key=""))
    with pytest.raises(AuthenticationError, match="api_key: expected str, got an empty str"):
        FakeProvider(["Hello"]).client([change]).completion(MODEL, MESSAGES)


def lookup(city: str) -> str:
    """Return the weather.

    Args:
        city: a city's name.
    """
    return city


def test_parameters_are_read_as_in_a_call(world: World, mode: str) -> None:
    def change(request: Request) -> Request:
        changed = {"tools": [lookup], "temperature": None, "user": "me", "_note": 1}
        return replace(request, params={**request.params, **changed})

    fake = FakeProvider(["Hello"])
    world.answer(fake.client([before(change)]), mode, MODEL, MESSAGES, temperature=1, seed=7)
    params = fake.requests[0].params
    assert params.keys() == {"seed", "tools", "user"}
    assert params["tools"][0]["function"]["name"] == "lookup"


def test_parameters_that_stay_are_not_read_again() -> None:
    fake = FakeProvider(["Hello"])
    fake.client([]).completion(MODEL, MESSAGES, temperature=1, vertex_credentials="secret")
    params = fake.requests[0].params
    changed = replace(fake.requests[0], params={**params, "seed": 7})
    assert changed.params == {**params, "seed": 7}
    assert all(changed.params[name] is value for name, value in params.items())


async def asks_for_all(request: Request, call_next: Handler) -> Reply:
    reply = await call_next(replace(request, stream=False))
    assert isinstance(reply, ModelResponse)
    reply.choices[0].message.content = reply.choices[0].message.content or ""
    reply.choices[0].message.content += " And more."
    return reply


@pytest.mark.parametrize("mode", ["plain", "stream"])
def test_a_stream_can_be_asked_for_as_a_whole(world: World, mode: str, server: Server) -> None:
    server.reply(good("plain"))
    options = {} if mode == "plain" else {"stream_options": {"include_usage": True}}
    with Client([asks_for_all]) as client:
        response = world.answer(
            client, mode, MODEL, MESSAGES, base_url=server.url, api_key="k", **options
        )
    assert response.choices[0].message.content == f"{TEXT} And more."
    assert response.usage is not None
    assert server.seen[0].json.keys() == {"model", "messages"}


@pytest.mark.parametrize("name", ["num_retries", "max_retries"])
def test_an_option_is_no_parameter(name: str) -> None:
    change = before(lambda request: replace(request, params={name: 2}))
    with pytest.raises(InvalidArgumentError, match=f"{name} is an .* change it in `options`"):
        FakeProvider(["Hello"]).client([change, Retry()]).completion(MODEL, MESSAGES)


def test_what_is_not_a_request() -> None:
    wrong: Any = {"model": MODEL}
    with pytest.raises(InvalidArgumentError, match="replace: expected a request, got dict"):
        replace(wrong, model="groq/x")
