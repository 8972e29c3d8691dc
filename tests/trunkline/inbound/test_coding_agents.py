"""Requests in the form that Claude Code and Codex send, to models of other vendors.

Written by hand after their public documentation and sources: the fields, headers and blocks are
theirs, the texts are not. https://code.claude.com/docs/en/llm-gateway and
https://github.com/openai/codex
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from trunkline import Client
from trunkline.inbound import Blocking, Front, Network, Received, Sent
from trunkline.inbound.event_bytes import EventBytes
from trunkline.pipeline.json_values import JSON
from trunkline.pipeline.sync import drive
from trunkline.testing import FakeProvider, tool_call

CACHED = {"cache_control": {"type": "ephemeral"}}
READ: JSON = {
    "type": "object",
    "properties": {"file_path": {"type": "string"}, "limit": {"type": "number"}},
    "required": ["file_path"],
    "additionalProperties": False,
    "$schema": "http://json-schema.org/draft-07/schema#",
}
CLAUDE_CODE: JSON = {
    "model": "openai/gpt-5",
    "max_tokens": 32000,
    "stream": True,
    "temperature": 1,
    "system": [
        {"type": "text", "text": "You are Claude Code, Anthropic's official CLI.", **CACHED},
        {"type": "text", "text": "You help with software engineering.", **CACHED},
    ],
    "messages": [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "<system-reminder>Today is Monday.</system-reminder>"},
                {"type": "text", "text": "Read the README.", **CACHED},
            ],
        },
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "I read it.", "signature": "c2lnbmVk"},
                {"type": "text", "text": "I read it."},
                {
                    "type": "tool_use",
                    "id": "toolu_1",
                    "name": "Read",
                    "input": {"file_path": "README.md"},
                },
            ],
        },
        {
            "role": "user",
            "content": [
                {
                    "type": "tool_result",
                    "tool_use_id": "toolu_1",
                    "content": "# A project",
                    "is_error": False,
                },
                {"type": "text", "text": "Go on.", **CACHED},
            ],
        },
    ],
    "tools": [
        {"name": "Read", "description": "Reads a file", "input_schema": READ},
        {"name": "Bash", "description": "Runs a command", "input_schema": READ, **CACHED},
    ],
    "thinking": {"type": "enabled", "budget_tokens": 31999},
    "context_management": {"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]},
    "metadata": {"user_id": "user_1_account__session_2"},
}
CLAUDE_CODE_HEADERS = {
    "anthropic-version": "2023-06-01",
    "anthropic-beta": "claude-code-20250219,interleaved-thinking-2025-05-14",
    "anthropic-dangerous-direct-browser-access": "true",
    "x-app": "cli",
    "user-agent": "claude-cli/2.0.0 (external, cli)",
    "x-stainless-lang": "js",
}
CODEX: JSON = {
    "model": "anthropic/claude-sonnet-4-5",
    "instructions": "You are a coding agent running in the Codex CLI.",
    "input": [
        {
            "type": "message",
            "role": "developer",
            "content": [{"type": "input_text", "text": "<permissions>read only</permissions>"}],
        },
        {
            "type": "message",
            "role": "user",
            "content": [{"type": "input_text", "text": "<environment_context/>"}],
        },
        {
            "type": "message",
            "role": "user",
            "content": [{"type": "input_text", "text": "List the files."}],
        },
        {"type": "reasoning", "summary": [], "content": None, "encrypted_content": "gAAAAA"},
        {
            "type": "function_call",
            "name": "shell_command",
            "arguments": '{"command":"ls"}',
            "call_id": "call_1",
        },
        {"type": "function_call_output", "call_id": "call_1", "output": "README.md"},
    ],
    "tools": [
        {
            "type": "function",
            "name": "shell_command",
            "description": "Runs a command",
            "strict": False,
            "parameters": {
                "type": "object",
                "properties": {"command": {"type": "string"}},
                "required": ["command"],
                "additionalProperties": False,
            },
        },
        {
            "type": "custom",
            "name": "apply_patch",
            "description": "Edits files",
            "format": {"type": "grammar", "syntax": "lark", "definition": "start: /.+/"},
        },
    ],
    "tool_choice": "auto",
    "parallel_tool_calls": False,
    "reasoning": {"effort": "medium", "summary": "auto"},
    "store": False,
    "stream": True,
    "include": ["reasoning.encrypted_content"],
    "prompt_cache_key": "0199-session",
    "text": {"verbosity": "medium"},
}
CODEX_HEADERS = {
    "originator": "codex_cli_rs",
    "session_id": "0199-session",
    "accept": "text/event-stream",
    "user-agent": "codex_cli_rs/0.60.0",
}


def send(client: Client, path: str, body: JSON, headers: dict[str, str]) -> Sent:
    front = Front(client, Blocking(), Network())
    received = Received(
        method="POST",
        path=path,
        headers={"content-type": "application/json", **headers},
        query={"beta": "true"},
        body=json.dumps(body).encode(),
    )
    return drive(front.answer(received))


def events_of(sent: Sent) -> list[JSON]:
    assert isinstance(sent.body, EventBytes)
    events = b"".join(sent.body).decode().split("\n\n")
    return [json.loads(event.partition("\ndata: ")[2]) for event in events if event]


def test_claude_code_with_a_model_of_openai() -> None:
    fake = FakeProvider([tool_call("Bash", file_path="x")])
    sent = send(fake.client(), "/v1/messages", CLAUDE_CODE, CLAUDE_CODE_HEADERS)
    events = events_of(sent)
    [start] = [event for event in events if event["type"] == "content_block_start"]
    assert start["content_block"]["name"] == "Bash"
    assert events[-2]["delta"]["stop_reason"] == "tool_use"
    [request] = fake.requests
    roles = [message["role"] for message in request.messages]
    assert roles == ["system", "user", "assistant", "tool", "user"]
    params: Any = request.params
    assert params["reasoning_effort"] == "high"
    assert [tool["function"]["name"] for tool in params["tools"]] == ["Read", "Bash"]
    assert not {"betas", "context_management", "thinking", "metadata"} & params.keys()
    dropped = sent.headers["x-trunkline-dropped-params"].split(", ")
    assert {"betas", "context_management"} <= set(dropped)
    assert request.extra_headers == {}


def test_claude_code_with_claude() -> None:
    fake = FakeProvider(["Done."])
    body = {**CLAUDE_CODE, "model": "anthropic/claude-sonnet-4-5"}
    events_of(send(fake.client(), "/v1/messages", body, CLAUDE_CODE_HEADERS))
    params: Any = fake.requests[0].params
    assert params["thinking"] == CLAUDE_CODE["thinking"]
    assert params["context_management"] == CLAUDE_CODE["context_management"]
    assert params["betas"] == ["claude-code-20250219", "interleaved-thinking-2025-05-14"]
    assert params["user"] == "user_1_account__session_2"


def test_codex_with_claude() -> None:
    tools = [tool for tool in CODEX["tools"] if tool["type"] == "function"]
    fake = FakeProvider([tool_call("shell_command", command="cat README.md")])
    sent = send(fake.client(), "/v1/responses", {**CODEX, "tools": tools}, CODEX_HEADERS)
    events = events_of(sent)
    assert events[0]["type"] == "response.created"
    assert events[-1]["type"] == "response.completed"
    [call] = [item for item in events[-1]["response"]["output"] if item["type"] == "function_call"]
    assert json.loads(call["arguments"]) == {"command": "cat README.md"}
    roles = [message["role"] for message in fake.requests[0].messages]
    assert roles == ["system", "developer", "user", "user", "assistant", "tool"]


@pytest.mark.parametrize("model", ["anthropic/claude-sonnet-4-5", "openai/gpt-5"])
def test_codex_compacts_and_counts_nothing_else(model: str) -> None:
    fake = FakeProvider(["A summary."])
    body: JSON = {**CODEX, "model": model, "tools": [], "stream": True}
    events = events_of(send(fake.client(), "/v1/responses", body, CODEX_HEADERS))
    assert events[-1]["response"]["output"][0]["content"][0]["text"] == "A summary."
