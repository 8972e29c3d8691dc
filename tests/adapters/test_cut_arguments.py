"""Calls whose arguments `max_tokens` cut off go back with the part that arrived."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.calls.bedrock_calls import CLAUDE, answer_body
from tests.support.server import Server, answer_json
from trunkline import BadRequestError, Client

TEXT = '{"path": "a.txt", "text": "abc'
PART = {"path": "a.txt", "text": "abc"}


def messages(arguments: str) -> list[Any]:
    function = {"name": "save", "arguments": arguments}
    call = {"id": "call_1", "type": "function", "function": function}
    return [
        {"role": "user", "content": "Save it"},
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": "The text was cut off."},
    ]


def _anthropic(body: Any) -> Any:
    return body["messages"][1]["content"][0]["input"]


def _bedrock(body: Any) -> Any:
    return body["messages"][1]["content"][0]["toolUse"]["input"]


def _gemini(body: Any) -> Any:
    return body["contents"][1]["parts"][0]["functionCall"]["args"]


def _ollama(body: Any) -> Any:
    return body["messages"][1]["tool_calls"][0]["function"]["arguments"]


CALLS: list[tuple[str, Any, Callable[[Any], Any]]] = [
    ("anthropic/claude-opus-4-8", {"content": [], "stop_reason": "end_turn"}, _anthropic),
    (f"bedrock/{CLAUDE}", answer_body({"text": "Hi"}), _bedrock),
    (
        "gemini/gemini-2.5-flash",
        {"candidates": [{"content": {"parts": [{"text": "Hi"}]}, "finishReason": "STOP"}]},
        _gemini,
    ),
    (
        "ollama/x",
        {"model": "x", "message": {"role": "assistant", "content": "Hi"}, "done": True},
        _ollama,
    ),
]


@pytest.mark.parametrize(("model", "answer", "read"), CALLS)
def test_the_part_that_arrived(
    model: str, answer: Any, read: Callable[[Any], Any], server: Server
) -> None:
    server.reply(answer_json(answer))
    with Client() as client:
        given: dict[str, Any] = {"api_key": "k", "base_url": server.url, "num_retries": 0}
        client.completion(model, messages(TEXT), **given)
        assert read(server.seen[0].json) == PART
        with pytest.raises(BadRequestError, match=r"tool_calls\[0\]\.function\.arguments"):
            client.completion(model, messages("no JSON"), **given)
