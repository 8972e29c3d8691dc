"""ChatTrunkline with models that are asked over the Responses API."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.integrations.competent import TEXT, THOUGHT, answer_anthropic
from tests.integrations.competent_responses import ENCRYPTED, answer_responses
from tests.support.server import Seen, Server, answer_json
from trunkline.pipeline.json_values import JSON
from trunkline.testing import FakeProvider

pytest.importorskip("langchain_core", reason="langchain-core is not installed")

from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    HumanMessage,
    ToolMessage,
)

from trunkline.integrations.langchain import ChatTrunkline

MODEL = "openai/responses/gpt-5"
WEATHER: JSON = {
    "name": "weather",
    "description": "Tell the weather in a city.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
}
QUESTION = HumanMessage("What is the weather in 'Paris'?")
VERSIONS = (None, "v1")


def joined(chunks: list[AIMessageChunk]) -> AIMessageChunk:
    full = chunks[0]
    for chunk in chunks[1:]:
        full += chunk
    return full


async def _astreamed(model: Any, messages: list[BaseMessage]) -> AIMessage:
    return joined([chunk async for chunk in model.astream(messages)])


WAYS: dict[str, Callable[[Any, list[BaseMessage]], AIMessage]] = {
    "invoke": lambda model, messages: model.invoke(messages),
    "ainvoke": lambda model, messages: asyncio.run(model.ainvoke(messages)),
    "stream": lambda model, messages: joined(list(model.stream(messages))),
    "astream": lambda model, messages: asyncio.run(_astreamed(model, messages)),
}


def model_of(server: Server, **arguments: Any) -> Any:
    model = ChatTrunkline(MODEL, base_url=f"{server.url}/v1", api_key="key-of-tests", **arguments)
    return model.bind_tools([WEATHER])


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("way", WAYS)
def test_a_tool_loop_sends_the_items_back(way: str, version: str | None, server: Server) -> None:
    server.reply(answer_responses)
    model = model_of(server, reasoning_effort="low", output_version=version)
    called = WAYS[way](model, [QUESTION])
    [call] = called.tool_calls
    assert (call["name"], call["args"]) == ("weather", {"city": "Paris"})
    kinds = [block["type"] for block in called.content_blocks]
    assert kinds == ["reasoning", "tool_call"]
    result = ToolMessage("21 degrees", tool_call_id=call["id"])
    said = WAYS[way](model, [QUESTION, called, result])
    assert said.text == TEXT
    assert said.content_blocks[0].get("reasoning") == THOUGHT
    third = WAYS[way](model, [QUESTION, called, result, said, HumanMessage("And in 'Rome'?")])
    assert third.tool_calls[0]["args"] == {"city": "Rome"}
    items: list[JSON] = server.seen[-1].json["input"]
    assert [item.get("type", item.get("role")) for item in items] == [
        "user",
        "reasoning",
        "function_call",
        "function_call_output",
        "reasoning",
        "message",
        "user",
    ]
    assert items[1]["encrypted_content"] == items[4]["encrypted_content"] == ENCRYPTED
    assert (items[1]["id"], items[2]["id"], items[5]["id"]) == ("rs_1", "fc_0", "msg_1")
    assert items[2]["arguments"] == '{"city":"Paris"}'


def test_a_message_that_was_changed_is_not_sent_as_it_came(server: Server) -> None:
    server.reply(answer_responses)
    model = model_of(server, reasoning_effort="low")
    called = model.invoke([QUESTION])
    called.tool_calls[0]["args"]["city"] = "Rome"
    model.invoke([QUESTION, called, ToolMessage("21 degrees", tool_call_id="call_0")])
    items: list[JSON] = server.seen[-1].json["input"]
    assert [item.get("type") for item in items] == [None, "function_call", "function_call_output"]
    assert "Rome" in items[1]["arguments"]


@pytest.mark.parametrize("way", WAYS)
def test_a_fallback_goes_on_with_the_conversation(
    way: str, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first turn is OpenAI's, the second Claude's, the third OpenAI's again."""
    down = answer_json({"error": {"message": "down"}}, 503, retry_after="0")
    server.reply(answer_responses, down, answer_anthropic, answer_responses)
    monkeypatch.setenv("ANTHROPIC_API_BASE", server.url)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant")
    model = model_of(
        server,
        reasoning_effort="low",
        num_retries=0,
        fallbacks=["anthropic/claude-sonnet-4-5"],
    )
    messages: list[BaseMessage] = [QUESTION]
    messages.append(called := WAYS[way](model, messages))
    messages.append(ToolMessage("21 degrees", tool_call_id=called.tool_calls[0]["id"]))
    messages.append(WAYS[way](model, messages))
    messages.append(HumanMessage("Thanks."))
    WAYS[way](model, messages)
    paths = [seen.path for seen in server.seen]
    assert paths == ["/v1/responses", "/v1/responses", "/v1/messages", "/v1/responses"]
    assert used_by(server.seen[2]) == "call_0"
    kinds = [item.get("type") for item in server.seen[3].json["input"]]
    assert kinds.count("reasoning") == 1


def used_by(request: Seen) -> str:
    """Return the id of the tool call in a request to Claude."""
    blocks: list[JSON] = request.json["messages"][1]["content"]
    [used] = [block for block in blocks if block["type"] == "tool_use"]
    return str(used["id"])


QUERY = 'SELECT "1"'
CUSTOM: JSON = {"id": "call_1", "type": "custom", "custom": {"name": "sql", "input": QUERY}}
PIECES: list[Any] = [
    {"delta": {"tool_calls": [{**CUSTOM, "index": 0, "custom": {"name": "sql", "input": ""}}]}},
    {"delta": {"tool_calls": [{"index": 0, "custom": {"input": 'SELECT "'}}]}},
    {"delta": {"tool_calls": [{"index": 0, "custom": {"input": '1"'}}]}},
    {"delta": {}, "finish_reason": "tool_calls"},
]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("way", WAYS)
def test_custom_tools_take_text(way: str, version: str | None) -> None:
    whole = {"choices": [{"message": {"role": "assistant", "tool_calls": [CUSTOM]}}]}
    pieces = [{"choices": [{"index": 0, **piece}]} for piece in PIECES]
    fake = FakeProvider([pieces if "stream" in way else whole, "Done."])
    tool = {"type": "custom", "name": "sql"}
    model: Any = ChatTrunkline(MODEL, client=fake.client(), output_version=version)
    called = WAYS[way](model.bind_tools([tool]), [HumanMessage("How many?")])
    [call] = called.tool_calls
    assert (call["name"], call["id"], call["args"]) == ("sql", "call_1", {"__arg1": QUERY})
    assert not called.invalid_tool_calls
    model.invoke([HumanMessage("How many?"), called, ToolMessage("1", tool_call_id="call_1")])
    assert fake.requests[0].params["tools"] == [tool]
    assert fake.requests[1].messages[1].get("tool_calls") == [CUSTOM]
