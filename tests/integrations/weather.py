"""A conversation with one tool, which every framework has: OpenAI is down, Claude answers."""

from __future__ import annotations

import json

import pytest

from tests.support.answers import failing
from tests.support.calls.wire_answers import named_events
from tests.support.server import Answer, Server, answer_json
from trunkline import Client
from trunkline.pipeline.json_values import JSON

ASKED, FALLBACK = "openai/gpt-4o", "anthropic/claude-sonnet-4-5"
#: The same model over the Responses API, and the path that it is asked at.
ASKED_RESPONSES, RESPONSES_PATH = "openai/responses/gpt-4o", "/v1/responses"
QUESTION = "What is the weather in Paris?"
RESULT = "21 degrees"
ANSWER = "It is 21 degrees in Paris."
ARGUMENTS: JSON = {"city": "Paris"}
#: What a framework's own client is given as its key, which no provider may ever see.
UNUSED_KEY = "sk-of-the-sdk"

USAGE = {"input_tokens": 5, "output_tokens": 3}
MESSAGE: JSON = {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude"}


def use_server(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have both providers' calls go to the server, each with its own key."""
    monkeypatch.setenv("OPENAI_API_BASE", f"{server.url}/v1")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-openai")
    monkeypatch.setenv("ANTHROPIC_API_BASE", server.url)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant")


def claude_says(mode: str, text: str = ANSWER) -> Answer:
    """An answer of Claude's."""
    return _claude(
        mode,
        {"type": "text", "text": text},
        {"type": "text", "text": ""},
        [{"type": "text_delta", "text": word} for word in text.replace(" ", " \0").split("\0")],
        "end_turn",
    )


def claude_calls(mode: str, name: str = "weather", arguments: JSON = ARGUMENTS) -> Answer:
    """A call of a tool by Claude, its arguments in two pieces where they are streamed."""
    encoded = json.dumps(arguments)
    block: JSON = {"type": "tool_use", "id": "toolu_1", "name": name}
    return _claude(
        mode,
        block | {"input": arguments},
        block | {"input": {}},
        [
            {"type": "input_json_delta", "partial_json": piece}
            for piece in (encoded[:5], encoded[5:])
        ],
        "tool_use",
    )


def _claude(mode: str, whole: JSON, begun: JSON, deltas: list[JSON], reason: str) -> Answer:
    if mode == "plain":
        return answer_json(MESSAGE | {"content": [whole], "stop_reason": reason, "usage": USAGE})
    return named_events(
        [
            {"type": "message_start", "message": MESSAGE | {"content": [], "usage": USAGE}},
            {"type": "content_block_start", "index": 0, "content_block": begun},
            *({"type": "content_block_delta", "index": 0, "delta": delta} for delta in deltas),
            {"type": "content_block_stop", "index": 0},
            {"type": "message_delta", "delta": {"stop_reason": reason}, "usage": USAGE},
            {"type": "message_stop"},
        ]
    )


def play(server: Server, mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the server fail as OpenAI, then call the tool and answer as Claude."""
    use_server(server, monkeypatch)
    server.reply(failing(503), claude_calls(mode), claude_says(mode))


def arguments() -> JSON:
    """Arguments of `http_client` for the conversation: a client of its own, and the fallback."""
    return {"client": Client(), "fallbacks": [FALLBACK], "num_retries": 0, "drop_params": True}


def check(server: Server, first_path: str = "/v1/chat/completions") -> None:
    """Assert that it was the conversation, and that each provider saw its own key only."""
    first, second, third = server.seen
    assert first.path == first_path
    assert first.headers["authorization"] == "Bearer sk-openai"
    assert [call.path for call in (second, third)] == ["/v1/messages"] * 2
    assert {call.headers["x-api-key"] for call in (second, third)} == {"sk-ant"}
    for call in server.seen:
        assert UNUSED_KEY not in str(call.headers)
    [tool] = second.json["tools"]
    assert tool["input_schema"]["properties"]["city"]["type"] == "string"
    asked, called, told = third.json["messages"]
    assert QUESTION in json.dumps(asked)
    [use] = [block for block in called["content"] if block["type"] == "tool_use"]
    assert use["id"] == "toolu_1"
    assert use["input"] == ARGUMENTS
    [result] = [block for block in told["content"] if block["type"] == "tool_result"]
    assert result["tool_use_id"] == "toolu_1"
    assert RESULT in json.dumps(result["content"])
