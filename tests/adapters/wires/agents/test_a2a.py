"""Agents that speak the Agent2Agent protocol."""

from __future__ import annotations

from typing import Any

import pytest

from tests.adapters.wires.agents.calls import TALK, TRANSCRIPT, ask
from tests.support.server import Server, answer_events, answer_json
from trunkline import (
    APIError,
    APIResponseValidationError,
    AuthenticationError,
    BadRequestError,
    InternalServerError,
    NotFoundError,
    StreamInterruptedError,
)
from trunkline.pipeline.json_values import JSON


def rpc(result: JSON) -> JSON:
    return {"jsonrpc": "2.0", "id": "1", "result": result}


def said(text: str, **more: Any) -> JSON:
    parts = [{"kind": "text", "text": text}, {"kind": "data", "data": {"a": 1}}]
    return {"kind": "message", "role": "agent", "messageId": "m", "parts": parts, **more}


def test_what_is_sent(server: Server) -> None:
    server.reply(answer_json(rpc(said("Hi"))))
    response = ask(server, "a2a/agent", messages=TALK, contextId="c1", metadata={"a": "b"})
    assert server.seen[0].path == "/"
    assert server.seen[0].headers["authorization"] == "Bearer key-of-the-agent"
    body = server.seen[0].json
    assert (body["jsonrpc"], body["method"]) == ("2.0", "message/send")
    message = body["params"]["message"]
    assert message["parts"] == [{"kind": "text", "text": TRANSCRIPT}]
    assert (message["kind"], message["role"]) == ("message", "user")
    assert message["contextId"] == "c1"
    assert message["messageId"]
    assert body["params"]["configuration"] == {"blocking": True}
    assert response.choices[0].message.content == "Hi"
    assert response.provider_specific_fields == {"result": said("Hi")}


def test_the_newer_version(server: Server, mode: str) -> None:
    head = {"id": "t", "contextId": "c"}
    artifact = {"artifactId": "1", "parts": [{"text": "Hi "}, {"text": "there"}]}
    done = {"state": "TASK_STATE_COMPLETED"}
    events = [
        {"task": {**head, "status": {"state": "TASK_STATE_SUBMITTED"}}},
        {"artifactUpdate": {"taskId": "t", "artifact": artifact}},
        {"statusUpdate": {"taskId": "t", "status": done}},
    ]
    whole = {"task": {**head, "status": done, "artifacts": [artifact]}}
    plain = answer_json(rpc(whole))
    stream = answer_events(map(rpc, events), done=False)
    server.reply(plain if mode == "plain" else stream)
    response = ask(server, "a2a/agent", mode, api_version="1.0")
    assert response.choices[0].message.content == "Hi there"
    assert response.choices[0].finish_reason == "stop"
    seen = server.seen[0]
    assert seen.headers["a2a-version"] == "1.0"
    method = "SendMessage" if mode == "plain" else "SendStreamingMessage"
    assert seen.json["method"] == method
    message = seen.json["params"]["message"]
    assert (message["role"], message["parts"]) == ("ROLE_USER", [{"text": "Hello"}])
    assert "kind" not in message


def test_a_version_that_there_is_not(server: Server) -> None:
    with pytest.raises(BadRequestError, match=r'"0\.3" or "1\.0"'):
        ask(server, "a2a/agent", api_version="2")


def test_a_stream(server: Server) -> None:
    def status(state: str, text: str = "", **more: Any) -> JSON:
        spoken = {"message": said(text)} if text else {}
        return {"kind": "status-update", "status": {"state": state, **spoken}, **more}

    def artifact(text: str) -> JSON:
        piece = {"artifactId": "1", "parts": [{"kind": "text", "text": text}]}
        return {"kind": "artifact-update", "artifact": piece, "append": True}

    events = [
        {"kind": "task", "id": "t", "status": {"state": "submitted"}},
        status("working", "Looking it up."),
        artifact("Hi "),
        artifact("there"),
        status("completed", "Done.", final=True),
    ]
    server.reply(answer_events(map(rpc, events), done=False))
    response = ask(server, "a2a/agent", "stream")
    message = response.choices[0].message
    assert (message.content, message.reasoning_content) == ("Hi there", "Looking it up.")
    choice = response.choices[0]
    assert choice.provider_specific_fields == {"native_finish_reason": "completed"}
    assert server.seen[0].json["method"] == "message/stream"
    assert "configuration" not in server.seen[0].json["params"]


def test_several_artifacts(server: Server, mode: str) -> None:
    def artifact(name: str, *parts: JSON) -> JSON:
        return {"artifactId": name, "parts": list(parts)}

    def text(words: str) -> JSON:
        return {"kind": "text", "text": words}

    chart = {"kind": "file", "file": {"uri": "https://a.example/chart.png"}}
    ids = {"taskId": "t", "contextId": "c"}
    pieces = [
        artifact("1", text("Sunny")),
        artifact("1", text(" today.")),
        artifact("2", chart),
        artifact("2", text("Rain tomorrow.")),
    ]
    asks = {"state": "input-required"}
    events: list[JSON] = [
        *({"kind": "artifact-update", **ids, "artifact": piece} for piece in pieces),
        {"kind": "status-update", **ids, "status": asks, "final": True},
    ]
    whole = [artifact("1", text("Sunny today.")), artifact("2", chart, text("Rain tomorrow."))]
    task = {"kind": "task", "id": "t", "contextId": "c", "status": asks, "artifacts": whole}
    plain = mode == "plain"
    stream = answer_events(map(rpc, events), done=False)
    server.reply(answer_json(rpc(task)) if plain else stream)
    response = ask(server, "a2a/agent", mode)
    assert response.choices[0].message.content == "Sunny today.\n\nRain tomorrow."
    fields = response.provider_specific_fields
    assert fields["result"] == (task if plain else events[-1])
    assert plain or fields["artifacts"] == [pieces[2]]


@pytest.mark.parametrize(
    ("task", "text"),
    [
        ({"status": {"state": "input-required"}}, "Which city?"),
        ({"status": {"state": "completed"}}, "Which city?"),
    ],
)
def test_what_the_status_says(server: Server, mode: str, task: JSON, text: str) -> None:
    task["status"]["message"] = said(text)
    body = rpc({"kind": "task", "id": "t", **task})
    server.reply(answer_json(body) if mode == "plain" else answer_events([body], done=False))
    choice = ask(server, "a2a/agent", mode).choices[0]
    assert (choice.message.content, choice.finish_reason) == (text, "stop")


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        ("failed", InternalServerError),
        ("rejected", BadRequestError),
        ("TASK_STATE_AUTH_REQUIRED", AuthenticationError),
    ],
)
def test_tasks_that_fail(server: Server, mode: str, state: str, kind: type[APIError]) -> None:
    status = {"state": state, "message": said("Sorry.")}
    body = rpc({"kind": "task", "id": "t", "status": status})
    server.reply(answer_json(body) if mode == "plain" else answer_events([body], done=False))
    with pytest.raises(kind, match="Sorry"):
        ask(server, "a2a/agent", mode)


@pytest.mark.parametrize(
    ("code", "kind"),
    [(-32601, NotFoundError), (-32602, BadRequestError), (-32603, InternalServerError)],
)
def test_errors(server: Server, mode: str, code: int, kind: type[APIError]) -> None:
    body = {"jsonrpc": "2.0", "id": "1", "error": {"code": code, "message": "no"}}
    events = [answer_events([body], done=False)] if mode == "stream" else []
    for answer in (answer_json(body), *events):
        server.reply(answer)
        with pytest.raises(kind, match="no"):
            ask(server, "a2a/agent", mode)


@pytest.mark.parametrize("result", [{"kind": "odd"}, {"status": {"state": "working"}}])
def test_no_answer(server: Server, result: JSON) -> None:
    server.reply(answer_json(rpc(result)))
    with pytest.raises(APIResponseValidationError):
        ask(server, "a2a/agent")


def test_a_stream_that_breaks_off(server: Server) -> None:
    piece = {"artifactId": "1", "parts": [{"kind": "text", "text": "Hi"}]}
    events = [rpc({"kind": "artifact-update", "artifact": piece})]
    server.reply(answer_events(events, done=False))
    with pytest.raises(StreamInterruptedError):
        ask(server, "a2a/agent", "stream")
