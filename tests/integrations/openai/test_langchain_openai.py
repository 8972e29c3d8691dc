"""LangChain's ChatOpenAI over trunkline, with the Responses API and without."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import BaseModel

from tests.integrations import sdk, weather
from tests.integrations.competent import SIGNATURE, TEXT, THOUGHT, answer_anthropic
from tests.support.server import Server
from tests.support.worlds import World
from trunkline.integrations.openai import async_http_client, http_client

langchain_openai: Any = pytest.importorskip(
    "langchain_openai", reason="langchain-openai is not installed"
)
lc_messages: Any = pytest.importorskip("langchain_core.messages")

pytestmark = sdk.DROPPED_GENERATORS

WEATHER = {
    "name": "weather",
    "description": "Tell the weather in a city.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
}
MODELS = [
    (False, weather.ASKED, "/v1/chat/completions"),
    (True, weather.ASKED, "/v1/chat/completions"),
    (True, weather.ASKED_RESPONSES, weather.RESPONSES_PATH),
]


def chat_model(name: str, *, responses: bool = True, **arguments: Any) -> Any:
    return langchain_openai.ChatOpenAI(
        model=name,
        use_responses_api=responses,
        stream_usage=True,
        api_key=weather.UNUSED_KEY,
        http_client=http_client(**weather.arguments()),
        http_async_client=async_http_client(**weather.arguments()),
        **arguments,
    )


def ask(world: World, model: Any, mode: str, messages: Any) -> Any:
    """Return the message that a model answers with, whole or from its chunks."""
    if world.blocking:
        if mode == "plain":
            return model.invoke(messages)
        return joined(list(model.stream(messages)))

    async def main() -> Any:
        if mode == "plain":
            return await model.ainvoke(messages)
        return joined([chunk async for chunk in model.astream(messages)])

    return world.run(main)


def joined(chunks: list[Any]) -> Any:
    whole = chunks[0]
    for chunk in chunks[1:]:
        whole += chunk
    return whole


@pytest.fixture(params=[World("sync"), World("asyncio")], ids=str)
def world(request: pytest.FixtureRequest) -> World:
    """LangChain knows asyncio only."""
    chosen: World = request.param
    return chosen


@pytest.mark.parametrize("mode", ["plain", "stream"])
@pytest.mark.parametrize(("responses", "name", "path"), MODELS)
def test_a_tool_is_called(
    server: Server,
    world: World,
    mode: str,
    responses: bool,
    name: str,
    path: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    weather.play(server, mode, monkeypatch)
    model = chat_model(name, responses=responses).bind_tools([WEATHER])
    messages = [lc_messages.HumanMessage(weather.QUESTION)]
    called = ask(world, model, mode, messages)
    [call] = called.tool_calls
    assert call["args"] == weather.ARGUMENTS
    messages += [called, lc_messages.ToolMessage(weather.RESULT, tool_call_id=call["id"])]
    said = ask(world, model, mode, messages)
    assert said.text == weather.ANSWER
    assert said.usage_metadata["total_tokens"] == 8
    weather.check(server, path)


@pytest.mark.parametrize("mode", ["plain", "stream"])
def test_reasoning_goes_back_with_its_signature(
    server: Server, world: World, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    weather.use_server(server, monkeypatch)
    server.reply(answer_anthropic)
    model = chat_model(
        weather.FALLBACK,
        reasoning={"effort": "low", "summary": "auto"},
        include=["reasoning.encrypted_content"],
        store=False,
    ).bind_tools([WEATHER])
    messages = [lc_messages.HumanMessage(weather.QUESTION)]
    called = ask(world, model, mode, messages)
    [call] = called.tool_calls
    messages += [called, lc_messages.ToolMessage(weather.RESULT, tool_call_id=call["id"])]
    assert ask(world, model, mode, messages).text == TEXT
    thinking, used = server.seen[1].json["messages"][1]["content"]
    assert (thinking["thinking"], thinking["signature"]) == (THOUGHT, SIGNATURE)
    assert used["id"] == call["id"]


class City(BaseModel):
    name: str
    people: int


def test_structured_output(server: Server, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    weather.use_server(server, monkeypatch)
    server.reply(weather.claude_says("plain", '{"name": "Tokyo", "people": 37000000}'))
    model = chat_model(weather.FALLBACK).with_structured_output(City)
    assert ask(world, model, "plain", "A city") == City(name="Tokyo", people=37000000)
    assert '"people"' in json.dumps(server.seen[0].json)
