"""Flows of Langflow."""

from __future__ import annotations

import json

import pytest

from tests.adapters.wires.agents.calls import HELLO, TALK, TRANSCRIPT, ask
from tests.support.server import Answer, Server, answer_json
from tests.support.worlds import World
from trunkline import (
    APIResponseValidationError,
    Client,
    InternalServerError,
    NotFoundError,
    StreamInterruptedError,
)
from trunkline.pipeline.json_values import JSON


def lines(*events: JSON) -> Answer:
    pieces = [json.dumps(event).encode() + b"\n\n" for event in events]
    return Answer(pieces, headers={"content-type": "text/event-stream"})


def test_what_is_sent(server: Server) -> None:
    output = {"outputs": [{"results": {"message": {"text": "Hi"}}}]}
    server.reply(answer_json({"session_id": "s1", "outputs": [output]}))
    response = ask(
        server, "langflow/my flow", messages=TALK, session_id="s1", tweaks={"A": {"b": 1}}
    )
    seen = server.seen[0]
    assert seen.path == "/api/v1/run/my%20flow?stream=false"
    assert seen.headers["x-api-key"] == "key-of-the-agent"
    assert "authorization" not in seen.headers
    assert seen.json == {
        "input_value": TRANSCRIPT,
        "input_type": "chat",
        "output_type": "chat",
        "session_id": "s1",
        "tweaks": {"A": {"b": 1}},
    }
    assert response.choices[0].message.content == "Hi"
    assert response.provider_specific_fields == {"session_id": "s1"}


def test_without_a_key(world: World, server: Server) -> None:
    output = {"outputs": [{"results": {"message": {"text": "Hi"}}}]}
    server.reply(answer_json({"outputs": [output]}))
    with Client(middlewares=[]) as client:
        world.complete(client, "langflow/flow", HELLO, base_url=server.url)
    assert "x-api-key" not in server.seen[0].headers


def test_a_flow_that_does_not_stream(server: Server) -> None:
    server.reply(
        lines(
            {"event": "add_message", "data": {"sender": "User", "text": "Hello"}},
            {"event": "end", "data": {"result": {"session_id": "s", "message": "Hi"}}},
        )
    )
    response = ask(server, "langflow/flow", "stream")
    assert response.choices[0].message.content == "Hi"
    assert response.provider_specific_fields == {"session_id": "s"}
    assert server.seen[0].path == "/api/v1/run/flow?stream=true"


def test_errors(server: Server) -> None:
    server.reply(answer_json({"detail": "Flow identifier flow not found"}, 404))
    with pytest.raises(NotFoundError, match="not found"):
        ask(server, "langflow/flow")
    server.reply(answer_json({"outputs": []}))
    with pytest.raises(APIResponseValidationError, match="chat output"):
        ask(server, "langflow/flow")
    server.reply(lines({"event": "error", "data": {"error": "it broke"}}))
    with pytest.raises(InternalServerError, match="it broke"):
        ask(server, "langflow/flow", "stream")
    server.reply(lines({"event": "token", "data": {"chunk": "Hi"}}))
    with pytest.raises(StreamInterruptedError):
        ask(server, "langflow/flow", "stream")
