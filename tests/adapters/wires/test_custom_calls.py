"""Calls of OpenAI's custom tools, when the conversation goes on with another provider."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.adapters.wires.calls import sent
from tests.support.answers import MESSAGES
from tests.support.server import Server
from trunkline import Client, UnsupportedParamsError

TOOL: dict[str, Any] = {"type": "custom", "custom": {"name": "sql"}}
FLAT: dict[str, Any] = {"type": "custom", "name": "sql"}
FUNCTION: dict[str, Any] = {"type": "function", "function": {"name": "look"}}
LACKING = ["deepseek/deepseek-chat", "groq/qwen3-32b", "anthropic/claude-sonnet-4-5"]
TEXT = 'SELECT "a"\nFROM <b>'
HISTORY: list[dict[str, Any]] = [
    {"role": "user", "content": "How many?"},
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {"id": "call_1", "type": "custom", "custom": {"name": "sql", "input": TEXT}},
        ],
    },
    {"role": "tool", "tool_call_id": "call_1", "content": "12"},
]


def called(model: str, body: dict[str, Any]) -> tuple[str, Any]:
    """Return name and arguments of the call in a body."""
    match model.partition("/")[0]:
        case "anthropic":
            use = body["messages"][1]["content"][0]
            return use["name"], use["input"]
        case "bedrock":
            use = body["messages"][1]["content"][0]["toolUse"]
            return use["name"], use["input"]
        case "gemini":
            use = body["contents"][1]["parts"][0]["functionCall"]
            return use["name"], use["args"]
        case _:
            use = body["messages"][1]["tool_calls"][0]["function"]
            arguments = use["arguments"]
            return use["name"], json.loads(arguments) if isinstance(arguments, str) else arguments


@pytest.mark.parametrize(
    "model",
    [
        "anthropic/claude-sonnet-4-5",
        "bedrock/amazon.nova-pro-v1:0",
        "cohere/command-a-03-2025",
        "deepseek/deepseek-chat",
        "gemini/gemini-2.5-flash",
        "groq/qwen3-32b",
        "mistral/mistral-large-latest",
        "ollama/llama3",
    ],
)
def test_they_become_calls_of_functions(
    model: str, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    body = sent(server, model, messages=HISTORY).json
    assert called(model, body) == ("sql", {"input": TEXT})


@pytest.mark.parametrize("model", ["azure/gpt-5", "openai/gpt-5", "openrouter/openai/gpt-5"])
def test_they_stay_where_the_provider_has_custom_tools(model: str, server: Server) -> None:
    choice = {"type": "custom", "custom": {"name": "sql"}}
    body = sent(server, model, messages=HISTORY, tools=[TOOL], tool_choice=choice).json
    assert body["messages"][1]["tool_calls"] == HISTORY[1]["tool_calls"]
    assert (body["tools"], body["tool_choice"]) == ([TOOL], choice)


@pytest.mark.parametrize("tool", [TOOL, FLAT], ids=["nested", "flat"])
@pytest.mark.parametrize("model", LACKING)
def test_the_tools_are_refused_where_there_are_none(
    model: str, tool: dict[str, Any], server: Server
) -> None:
    refused = pytest.raises(UnsupportedParamsError, match=r"tools \(custom\): not supported by")
    with refused, Client() as client:
        client.completion(model, MESSAGES, api_key="k", base_url=server.url, tools=[tool])
    assert server.seen == []


@pytest.mark.parametrize("model", LACKING)
def test_the_tools_may_be_dropped(model: str, server: Server) -> None:
    choice = {"type": "custom", "custom": {"name": "sql"}}
    given: dict[str, Any] = {"tool_choice": choice, "drop_params": True}
    body = sent(server, model, tools=[TOOL, FUNCTION], **given).json
    assert len(body["tools"]) == 1
    assert "sql" not in str(body)
    body = sent(server, model, tools=[TOOL], **given).json
    assert not {"tools", "tool_choice"} & body.keys()


def test_a_function_in_anthropics_format_is_none(server: Server) -> None:
    tool = {"type": "custom", "name": "sql", "input_schema": {"type": "object"}}
    assert sent(server, "anthropic/claude-sonnet-4-5", tools=[tool]).json["tools"] == [tool]
