"""Graphs on LangGraph's server."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.adapters.wires.agents.calls import TALK, ask
from tests.support.server import Answer, Server, answer_json
from trunkline import (
    APIResponseValidationError,
    InternalServerError,
    NotFoundError,
    StreamInterruptedError,
)


def events(*pieces: tuple[str, Any]) -> Answer:
    written = [
        f"event: {name}\r\ndata: {json.dumps(data)}\r\n\r\n".encode() for name, data in pieces
    ]
    return Answer(written, headers={"content-type": "text/event-stream"})


def test_what_is_sent(server: Server) -> None:
    server.reply(answer_json({"messages": [{"type": "ai", "content": "Hi"}]}))
    ask(
        server,
        "langgraph/agent",
        messages=TALK,
        input={"topic": "cats"},
        config={"recursion_limit": 9},
    )
    seen = server.seen[0]
    assert seen.path == "/runs/wait"
    assert seen.headers["x-api-key"] == "key-of-the-agent"
    assert seen.json == {
        "assistant_id": "agent",
        "input": {"messages": TALK, "topic": "cats"},
        "config": {"recursion_limit": 9},
    }


def test_the_last_message_is_the_answer(server: Server) -> None:
    usage = {"input_tokens": 5, "output_tokens": 2, "total_tokens": 7}
    call = {"type": "ai", "content": "", "usage_metadata": usage}
    blocks = [{"type": "text", "text": "Hi "}, "there", {"type": "tool_use", "name": "x"}]
    older = {"type": "ai", "content": "Older", "usage_metadata": usage}
    state = {
        "messages": [
            older,
            {"type": "human", "content": "Hello"},
            call,
            {"type": "tool", "content": "sun"},
            {**call, "content": blocks},
        ],
        "topic": "weather",
    }
    server.reply(answer_json(state))
    response = ask(server, "langgraph/agent")
    assert response.choices[0].message.content == "Hi there"
    assert response.usage.model_dump() == {
        "prompt_tokens": 10,
        "completion_tokens": 4,
        "total_tokens": 14,
    }
    assert response.provider_specific_fields == {"topic": "weather"}


def test_a_stream(server: Server) -> None:
    usage = {"input_tokens": 5, "output_tokens": 2}
    piece = {"type": "AIMessageChunk", "id": "m1"}
    server.reply(
        events(
            ("metadata", {"run_id": "r"}),
            ("messages", [{**piece, "content": "Hi "}, {"langgraph_node": "a"}]),
            ("messages|sub:1", [{**piece, "content": "there", "usage_metadata": usage}, {}]),
            ("messages", [{"type": "ai", "id": "m1", "content": "Hi there"}, {}]),
            ("messages", [{"type": "tool", "id": "m2", "content": "sun"}, {}]),
            ("messages", [{"type": "ai", "id": "m3", "content": "!"}, {}]),
        )
    )
    response = ask(server, "langgraph/agent", "stream")
    assert response.choices[0].message.content == "Hi there!"
    assert response.choices[0].finish_reason == "stop"
    assert response.usage.total_tokens == 7
    assert server.seen[0].path == "/runs/stream"
    assert server.seen[0].json["stream_mode"] == "messages-tuple"


def test_errors(server: Server) -> None:
    failure = {"error": "ValueError", "message": "no such city"}
    server.reply(answer_json({"__error__": failure}))
    with pytest.raises(InternalServerError, match="ValueError: no such city"):
        ask(server, "langgraph/agent")
    server.reply(events(("error", failure)))
    with pytest.raises(InternalServerError, match="ValueError: no such city"):
        ask(server, "langgraph/agent", "stream")
    server.reply(answer_json({"joke": "ha"}))
    with pytest.raises(APIResponseValidationError, match="no message"):
        ask(server, "langgraph/agent")
    server.reply(answer_json({"detail": "Assistant 'agent' not found"}, 404))
    with pytest.raises(NotFoundError, match="not found"):
        ask(server, "langgraph/agent")


def test_a_stream_that_breaks_off(server: Server) -> None:
    message = {"type": "AIMessageChunk", "id": "m1", "content": "Hi"}
    broken = events(("messages", [message, {}]), ("metadata", {}))
    broken.ending = "cut"
    server.reply(broken)
    with pytest.raises(StreamInterruptedError):
        ask(server, "langgraph/agent", "stream")


def test_counts_that_are_not_numbers(server: Server, mode: str) -> None:
    message = {"type": "ai", "id": "m", "content": "Hi", "usage_metadata": {"input_tokens": "c"}}
    server.reply(
        answer_json({"messages": [message]})
        if mode == "plain"
        else events(("messages", [message, {}]))
    )
    with pytest.raises(APIResponseValidationError, match=r"\$\.usage_metadata\.input_tokens"):
        ask(server, "langgraph/agent", mode)


def test_a_state_with_any_names(server: Server) -> None:
    state = {"messages": [{"type": "ai", "content": "Hi"}], "text": "a", "usage": 1}
    server.reply(answer_json(state))
    response = ask(server, "langgraph/agent")
    assert response.provider_specific_fields == {"text": "a", "usage": 1}
