"""The OpenAI SDK through trunkline: plain, streams, tools, structured answers."""

from __future__ import annotations

import gc
import json
import sys
from typing import Any

import openai
import pytest
from openai.types.chat import ChatCompletion
from pydantic import BaseModel

from tests.integrations import sdk, weather
from tests.support.answers import TEXT
from tests.support.server import Answer, Server
from tests.support.worlds import World
from trunkline import Client, Router
from trunkline.integrations.openai import async_http_client, http_client
from trunkline.testing import FakeProvider

pytestmark = sdk.DROPPED_GENERATORS

TOOL: Any = {
    "type": "function",
    "function": {
        "name": "weather",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
            "additionalProperties": False,
        },
        "strict": True,
    },
}


@pytest.fixture(autouse=True)
def _served(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    weather.use_server(server, monkeypatch)


def text_of(chunks: list[Any]) -> str:
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)


def test_a_plain_answer(server: Server, world: World) -> None:
    server.reply(weather.claude_says("plain", TEXT))
    answer = sdk.create(world, Client(), max_tokens=7)
    assert isinstance(answer, ChatCompletion)
    assert answer.choices[0].message.content == TEXT
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage
    assert answer.usage.total_tokens == 8
    [seen] = server.seen
    assert seen.path == "/v1/messages"
    assert seen.headers["x-api-key"] == "sk-ant"
    assert seen.json["max_tokens"] == 7


def test_a_stream(server: Server, world: World) -> None:
    server.reply(weather.claude_says("stream", TEXT))
    chunks = sdk.stream(world, Client())
    assert text_of(chunks) == TEXT
    assert len(chunks) > 2
    assert not any(chunk.usage for chunk in chunks)
    assert chunks[-1].choices[0].finish_reason == "stop"


def test_usage_of_a_stream_is_shown_where_it_is_asked_for(server: Server, world: World) -> None:
    server.reply(weather.claude_says("stream", TEXT))
    chunks = sdk.stream(world, Client(), stream_options={"include_usage": True})
    assert chunks[-1].choices == []
    assert chunks[-1].usage
    assert chunks[-1].usage.prompt_tokens == 5


def unfinished() -> Answer:
    """An answer that begins and never ends."""
    answer = weather.claude_says("stream", TEXT)
    return Answer(answer.pieces[:4], headers=answer.headers, ending="stall")


def test_chunks_come_as_they_arrive_and_closing_closes_the_connection(
    server: Server, world: World
) -> None:
    server.reply(unfinished())
    params: Any = {"model": sdk.MODEL, "messages": sdk.MESSAGES, "stream": True}

    def read_one(client: Any) -> Any:
        opened = client.chat.completions.create(**params)
        if not world.blocking:
            return read_one_asynchronously(opened)
        with opened as stream:
            return text_of([next(stream), next(stream)])

    async def read_one_asynchronously(opening: Any) -> str:
        async with await opening as stream:
            return text_of([await anext(stream), await anext(stream)])

    assert sdk.call(world, Client(), read_one) in ("Hello ", TEXT)
    server.wait_until_gone()


def test_dropping_a_stream_closes_the_connection(server: Server) -> None:
    server.reply(unfinished())
    with Client() as client, sdk.blocking(client) as caller:
        params: Any = {"model": sdk.MODEL, "messages": sdk.MESSAGES, "stream": True}
        ask: Any = caller.chat.completions.create
        stream = ask(**params)
        for chunk in stream:
            if text_of([chunk]):
                break
        del stream
        gc.collect()  # the SDK's stream refers to itself
        server.wait_until_gone()


@pytest.mark.parametrize("mode", ["plain", "stream"])
def test_tools_and_a_fallback(
    server: Server, world: World, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    weather.play(server, mode, monkeypatch)
    own = weather.arguments()
    messages: list[Any] = [{"role": "user", "content": weather.QUESTION}]
    params = {"model": weather.ASKED, "messages": messages, "tools": [TOOL]}

    def talk(client: Any) -> Any:
        ask = client.chat.completions
        if world.blocking:
            message = answer_of(ask, params, mode)
            messages.extend([message, *results_of(message)])
            return answer_of(ask, params, mode)
        return talk_asynchronously(ask)

    async def talk_asynchronously(ask: Any) -> Any:
        message = await aanswer_of(ask, params, mode)
        messages.extend([message, *results_of(message)])
        return await aanswer_of(ask, params, mode)

    answer = sdk.call(world, own.pop("client"), talk, **own)
    assert answer.content == weather.ANSWER
    weather.check(server)


def answer_of(ask: Any, params: Any, mode: str) -> Any:
    if mode == "plain":
        return ask.create(**params).choices[0].message
    with ask.stream(**params) as stream:
        return stream.get_final_completion().choices[0].message


async def aanswer_of(ask: Any, params: Any, mode: str) -> Any:
    if mode == "plain":
        return (await ask.create(**params)).choices[0].message
    async with ask.stream(**params) as stream:
        return (await stream.get_final_completion()).choices[0].message


def results_of(message: Any) -> list[Any]:
    return [
        {"role": "tool", "tool_call_id": tool_call.id, "content": weather.RESULT}
        for tool_call in message.tool_calls
        if json.loads(tool_call.function.arguments) == weather.ARGUMENTS
    ]


class City(BaseModel):
    name: str
    people: int


def test_structured_answers(server: Server, world: World) -> None:
    server.reply(weather.claude_says("plain", '{"name": "Tokyo", "people": 37000000}'))
    answer = sdk.call(
        world,
        Client(),
        lambda client: client.chat.completions.parse(
            model=sdk.MODEL, messages=sdk.MESSAGES, response_format=City
        ),
    )
    assert answer.choices[0].message.parsed == City(name="Tokyo", people=37000000)
    assert '"people"' in json.dumps(server.seen[0].json)


def test_tool_arguments_are_parsed(server: Server, world: World) -> None:
    server.reply(weather.claude_calls("plain", "City", {"name": "Tokyo", "people": 37000000}))
    tool = openai.pydantic_function_tool(City)
    answer = sdk.call(
        world,
        Client(),
        lambda client: client.chat.completions.parse(
            model=sdk.MODEL, messages=sdk.MESSAGES, tools=[tool]
        ),
    )
    [call] = answer.choices[0].message.tool_calls
    assert call.function.parsed_arguments == City(name="Tokyo", people=37000000)


def test_how_the_call_went_is_in_the_headers() -> None:
    fake = FakeProvider([503, "Hello there!"])
    with sdk.blocking(fake.client(), num_retries=0) as client:
        raw = client.chat.completions.with_raw_response.create(
            model="openai/gpt-4o",
            messages=sdk.MESSAGES,
            seed=1,
            extra_body={"fallbacks": [sdk.MODEL], "drop_params": True},
        )
    assert raw.headers["x-trunkline-provider"] == "anthropic"
    assert raw.headers["x-trunkline-attempts"] == "2"
    assert raw.headers["x-trunkline-fallback"] == sdk.MODEL
    assert raw.headers["x-trunkline-dropped-params"] == "seed"
    assert len(raw.headers["x-trunkline-call-id"]) == 32


def test_headers_of_the_provider_are_passed_on(server: Server) -> None:
    answer = weather.claude_says("plain")
    answer.headers |= {"request-id": "req_1", "x-odd": "caf\u00e9", "set-cookie": "a=b"}
    server.reply(answer)
    with Client() as own, sdk.blocking(own) as client:
        raw = client.chat.completions.with_raw_response.create(
            model=sdk.MODEL, messages=sdk.MESSAGES
        )
        assert raw.headers["request-id"] == "req_1"
        assert raw.request_id == "req_1"
        assert "caf" in raw.headers["x-odd"]
        assert "set-cookie" not in raw.headers
        assert raw.parse().choices[0].message.content == weather.ANSWER


def test_a_router_answers() -> None:
    deployment = {"model": "openai/gpt-4o", "mock_response": "From the group."}
    router = Router([{"model_name": "chat", "litellm_params": deployment}])
    with sdk.blocking(router) as client:
        answer = client.chat.completions.create(model="chat", messages=sdk.MESSAGES)
        assert answer.choices[0].message.content == "From the group."
        assert next(iter(client.models.list())).id == "chat"


def test_the_default_client_answers() -> None:
    with sdk.blocking(mock_response="Hi") as client:
        answer = client.chat.completions.create(model=sdk.MODEL, messages=sdk.MESSAGES)
    assert answer.choices[0].message.content == "Hi"


def test_the_clients_are_of_the_package_that_openai_is_built_on() -> None:
    assert isinstance(http_client(), openai.DefaultHttpxClient)
    assert isinstance(async_http_client(), openai.DefaultAsyncHttpxClient)


def test_a_client_that_is_none_is_refused() -> None:
    with pytest.raises(TypeError, match="expected a trunkline Client or Router, got FakeProvider"):
        http_client(FakeProvider())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # it is the point


def test_without_the_sdk_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openai", None)
    monkeypatch.delitem(sys.modules, "trunkline.integrations.openai")
    with pytest.raises(ImportError, match=r"trunkline\[openai\]"):
        __import__("trunkline.integrations.openai")


def test_the_http_client_can_be_used_after_it_was_closed(server: Server, world: World) -> None:
    # Strands makes a client for each call, with the same HTTP client, and closes it.
    server.reply(weather.claude_says("plain", TEXT))

    def ask(own: Any) -> Any:
        return own.chat.completions.create(model=sdk.MODEL, messages=sdk.MESSAGES)

    def blocking(client: Client) -> None:
        http = http_client(client)
        for _ in range(2):
            with http, openai.OpenAI(http_client=http, api_key="unused") as own:
                assert ask(own).choices[0].message.content == TEXT

    async def asynchronous(client: Client) -> None:
        http = async_http_client(client)
        for _ in range(2):
            async with http, openai.AsyncOpenAI(http_client=http, api_key="unused") as own:
                assert (await ask(own)).choices[0].message.content == TEXT

    with Client() as client:
        if world.blocking:
            blocking(client)
        else:
            world.run(lambda: asynchronous(client))
    assert len(server.seen) == 2
