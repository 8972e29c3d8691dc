"""Recorded responses of every provider, as clients of the Messages API get them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from anthropic.types import Message, RawMessageStreamEvent
from pydantic import TypeAdapter

from tests.support.recorded.recordings import Row, body_of, recorded
from tests.support.server import Answer, Server
from trunkline import Client
from trunkline.inbound import Blocking, Front, Network, Received
from trunkline.inbound.event_bytes import EventBytes
from trunkline.pipeline.json_values import JSON, as_array, as_object
from trunkline.pipeline.sync import drive

#: By the recordings' name, a model of the provider that its rows are sent as.
MODELS = {
    "anthropic": "anthropic/claude-sonnet-4-5",
    "openai": "openai/chat/gpt-4o",
    "gemini": "gemini/gemini-2.5-pro",
    "openai-responses": "openai/responses/gpt-5",
}
COUNT = 60
_event: TypeAdapter[Any] = TypeAdapter(RawMessageStreamEvent)


def rows_of(wire: str, *, stream: bool) -> list[Row]:
    """Return good responses, spread over the recordings."""
    found = [
        row
        for row in recorded(wire)
        if row["stream"] is stream
        and row["status"] == 200
        and row["expect"].get("confidence") != "low"
        and not row["expect"].get("error_in_200")
        and not row["expect"].get("error_message")
        and not row.get("response_b64")
        and row["provider"] in (wire.partition("-")[0], "google", "gemini")
    ]
    return found[:: max(1, len(found) // COUNT)][:COUNT]


@pytest.fixture
def front(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Front]:
    for name, path in (("OPENAI", "/v1"), ("ANTHROPIC", ""), ("GEMINI", "")):
        monkeypatch.setenv(f"{name}_API_BASE", server.url + path)
        monkeypatch.setenv(f"{name}_API_KEY", "sk-0123456789")
    with Client(num_retries=0) as client:
        yield Front(client, Blocking(), Network())


def ask(front: Front, server: Server, row: Row, model: str) -> Any:
    """Return the body that a client gets for a recorded response."""
    server.reply(Answer([body_of(row)], headers=dict(row["response_headers"])))
    body = {
        "model": model,
        "max_tokens": 9,
        "messages": [{"role": "user", "content": "Hi"}],
        "stream": row["stream"],
    }
    received = Received(
        method="POST", path="/v1/messages", headers={}, query={}, body=json.dumps(body).encode()
    )
    return drive(front.answer(received)).body


def events_of(body: EventBytes) -> list[JSON]:
    """Return the events of a stream, each after its name."""
    found: list[JSON] = []
    for event in b"".join(body).decode().split("\n\n"):
        if event:
            name, _, data = event.partition("\ndata: ")
            found.append(json.loads(data))
            assert name == f"event: {found[-1]['type']}"
    return found


@pytest.mark.usefixtures("recordings")
@pytest.mark.parametrize("wire", MODELS)
def test_a_message(front: Front, server: Server, wire: str) -> None:
    rows = rows_of(wire, stream=False)
    assert rows
    for row in rows:
        message = json.loads(ask(front, server, row, MODELS[wire]))
        if wire != "anthropic":
            Message.model_validate(message)
        expected = row["expect"]
        texts = [block["text"] for block in message["content"] if block["type"] == "text"]
        assert "".join(texts) == said(expected), row["id"]
        calls = [block for block in message["content"] if block["type"] == "tool_use"]
        assert [call["name"] for call in calls] == [
            call["name"] for call in expected.get("tool_calls") or ()
        ], row["id"]
        if wire == "anthropic":
            own = json.loads(body_of(row))
            assert message["stop_reason"] == own["stop_reason"], row["id"]
            assert present(message["content"]) == present(own["content"]), row["id"]
            assert present(own["usage"]).items() <= message["usage"].items(), row["id"]


def said(expected: JSON) -> str:
    """Return what a model says, or why it says nothing: the API has one kind of text."""
    return expected.get("text") or expected.get("refusal") or ""


def present(value: Any) -> Any:
    """Return a value without nulls, and without who calls a tool if it is the model."""
    items = as_array(value)
    if items is not None:
        return [present(item) for item in items]
    fields = as_object(value)
    if fields is None:
        return value
    return {
        name: present(item)
        for name, item in fields.items()
        if item is not None and item != {"type": "direct"}
    }


@pytest.mark.usefixtures("recordings")
@pytest.mark.parametrize("wire", MODELS)
def test_a_stream(front: Front, server: Server, wire: str) -> None:
    rows = rows_of(wire, stream=True)
    assert rows
    for row in rows:
        body = ask(front, server, row, MODELS[wire])
        assert isinstance(body, EventBytes)
        events = events_of(body)
        assert body.error is None, row["id"]
        if wire != "anthropic":
            check_types(events)
            check_order(events, row["id"])
        texts = [
            event["delta"]["text"]
            for event in events
            if event["type"] == "content_block_delta" and event["delta"]["type"] == "text_delta"
        ]
        assert "".join(texts) == said(row["expect"]), row["id"]
        if wire == "anthropic":
            # Claude's own events arrive as they were sent.
            sent = [line for line in row["response_text"].splitlines() if line.startswith("data:")]
            assert events == [json.loads(line.removeprefix("data:")) for line in sent], row["id"]


def check_types(events: list[JSON]) -> None:
    """Assert that the vendor's client knows all events that are made here."""
    for event in events:
        _event.validate_python(event)


def check_order(events: list[JSON], name: str) -> None:
    """Assert that a stream has its events in the order that the API documents."""
    kinds = [event["type"] for event in events if event["type"] != "ping"]
    assert kinds[0] == "message_start", name
    assert kinds[-2:] == ["message_delta", "message_stop"], name
    open_blocks: list[int] = []
    begun = 0
    for event in events:
        match event["type"]:
            case "content_block_start":
                assert open_blocks == [], name
                assert event["index"] == begun, name
                open_blocks = [begun]
                begun += 1
            case "content_block_delta":
                assert event["index"] in open_blocks, name
            case "content_block_stop":
                assert open_blocks == [event["index"]], name
                open_blocks = []
            case _:
                pass
    assert open_blocks == [], name
