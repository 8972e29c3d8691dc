"""A real server with Anthropic's wire: llama.cpp with a tiny model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.calls.anthropic_calls import HELLO
from tests.support.tiny_gguf import CHAT_TEXT, REASONING_TEXT, TOOL_RESULT_TEXT
from tests.support.worlds import World
from trunkline import AuthenticationError, Client
from trunkline.adapters.wires.local.server import local_endpoint


def local(path: Path) -> dict[str, Any]:
    """Return arguments for a call to llama.cpp's server, with a tiny model."""
    base_url, api_key = local_endpoint(str(path))
    return {"api_key": api_key, "base_url": base_url, "temperature": 0, "max_tokens": 100}


def test_a_real_server(tiny_gguf: Path, world: World, mode: str) -> None:
    with Client([]) as client:
        response = world.answer(client, mode, "anthropic/tiny", HELLO, **local(tiny_gguf))
    assert response.choices[0].message.content == CHAT_TEXT
    assert response.choices[0].finish_reason == "stop"
    assert response.usage is not None
    assert response.usage.completion_tokens > 0


def test_a_real_server_and_tools(tiny_gguf: Path, mode: str) -> None:
    schema = {
        "type": "object",
        "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
        "required": ["city", "days"],
    }
    tools = [{"type": "function", "function": {"name": "forecast", "parameters": schema}}]
    arguments: Any = {**local(tiny_gguf), "tools": tools, "tool_choice": "required"}
    world = World("sync")
    with Client([]) as client:
        reply = world.answer(client, mode, "anthropic/tiny", HELLO, **arguments)
        [call] = reply.choices[0].message.tool_calls or []
        assert json.loads(call.function.arguments) == {"city": "Paris", "days": 42}
        assert reply.choices[0].finish_reason == "tool_calls"
        arguments.pop("tool_choice")
        result = {"role": "tool", "tool_call_id": call.id, "content": "Sunny"}
        messages = [*HELLO, reply.choices[0].message, result]
        reply = world.answer(client, mode, "anthropic/tiny", messages, **arguments)
    assert reply.choices[0].message.content == TOOL_RESULT_TEXT


def test_a_real_server_and_reasoning(thinking_gguf: Path, mode: str) -> None:
    with Client([]) as client:
        reply = World("sync").answer(client, mode, "anthropic/tiny", HELLO, **local(thinking_gguf))
    assert (reply.choices[0].message.reasoning_content or "").strip() == REASONING_TEXT
    assert reply.choices[0].message.content == CHAT_TEXT


def test_a_real_servers_error(tiny_gguf: Path, mode: str) -> None:
    with Client([]) as client, pytest.raises(AuthenticationError):
        World("sync").answer(
            client, mode, "anthropic/tiny", HELLO, **{**local(tiny_gguf), "api_key": "wrong-key"}
        )
