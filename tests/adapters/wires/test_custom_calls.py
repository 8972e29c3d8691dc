"""Calls of OpenAI's custom tools, when the conversation goes on with another provider."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.adapters.wires.calls import sent
from tests.support.server import Server

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
        "gemini/gemini-2.5-flash",
        "ollama/llama3",
    ],
)
def test_they_become_calls_of_functions(
    model: str, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    body = sent(server, model, messages=HISTORY).json
    assert called(model, body) == ("sql", {"input": TEXT})
