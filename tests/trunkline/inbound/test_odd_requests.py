"""Whatever a request of any API contains, the chain answers it or its own error refuses it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.server import Answer, Server, answer_json
from trunkline import APIError, BadRequestError, Client
from trunkline.inbound.caller import Blocking
from trunkline.inbound.event_bytes import EventBytes
from trunkline.inbound.exchange import Received
from trunkline.inbound.front import Front
from trunkline.inbound.policy import Network
from trunkline.pipeline.json_values import JSON, as_array, as_object
from trunkline.pipeline.sync import drive

IMAGE = "data:image/png;base64,aGk="
SCHEMA: JSON = {"type": "object"}
CHAT: JSON = {
    "messages": [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "Hi"},
                {"type": "image_url", "image_url": {"url": IMAGE}},
            ],
        },
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}
            ],
        },
        {"role": "tool", "tool_call_id": "a", "content": "x"},
    ],
    "tools": [{"type": "function", "function": {"name": "f", "parameters": SCHEMA}}],
    "tool_choice": {"type": "function", "function": {"name": "f"}},
    "response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": SCHEMA}},
    "stop": ["a"],
    "stream_options": {"include_usage": True},
    "metadata": {"a": "b"},
    "max_tokens": 5,
}
RESPONSES: JSON = {
    "input": [
        {
            "type": "message",
            "role": "user",
            "content": [
                {"type": "input_text", "text": "Hi"},
                {"type": "input_image", "image_url": IMAGE},
            ],
        },
        {"type": "function_call", "call_id": "a", "name": "f", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "a", "output": "x"},
    ],
    "instructions": "Be brief.",
    "tools": [{"type": "function", "name": "f", "parameters": SCHEMA, "strict": False}],
    "tool_choice": {"type": "function", "name": "f"},
    "text": {"format": {"type": "json_schema", "name": "a", "schema": SCHEMA}},
    "reasoning": {"effort": "low"},
    "metadata": {"a": "b"},
    "include": ["reasoning.encrypted_content"],
}
MESSAGES: JSON = {
    "max_tokens": 5,
    "system": [{"type": "text", "text": "s", "cache_control": {"type": "ephemeral"}}],
    "messages": [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "Hi"},
                {
                    "type": "image",
                    "source": {"type": "base64", "media_type": "image/png", "data": "aGk="},
                },
            ],
        },
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "x", "signature": "s"},
                {"type": "tool_use", "id": "a", "name": "f", "input": {}},
            ],
        },
        {
            "role": "user",
            "content": [
                {
                    "type": "tool_result",
                    "tool_use_id": "a",
                    "content": [{"type": "text", "text": "r"}],
                }
            ],
        },
    ],
    "tools": [{"name": "f", "description": "d", "input_schema": SCHEMA}],
    "tool_choice": {"type": "auto"},
    "thinking": {"type": "enabled", "budget_tokens": 1024},
    "metadata": {"user_id": "u"},
    "stop_sequences": ["a"],
}
BODIES = {"chat/completions": CHAT, "responses": RESPONSES, "messages": MESSAGES}
ODD: list[object] = [None, True, 5, "x", [], {}, [None], [[]], {"type": [None]}, {"type": {}}]
Path = tuple[str | int, ...]


def places_in(value: object, place: Path = ()) -> Iterator[Path]:
    """Yield the places of a body, without the body itself."""
    items: list[tuple[str | int, object]] = [*(as_object(value) or {}).items()]
    for name, item in (*items, *enumerate(as_array(value) or ())):
        yield (*place, name)
        yield from places_in(item, (*place, name))


def changed(body: JSON, place: Path, value: object) -> JSON:
    copied: JSON = json.loads(json.dumps(body))
    inner: Any = copied
    for name in place[:-1]:
        inner = inner[name]
    inner[place[-1]] = value
    return copied


@pytest.fixture
def front(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Front]:
    for name, path in (("GROQ", "/v1"), ("ANTHROPIC", ""), ("GEMINI", "")):
        monkeypatch.setenv(f"{name}_API_BASE", server.url + path)
        monkeypatch.setenv(f"{name}_API_KEY", "sk-0123456789")
    with Client(num_retries=0) as client:
        yield Front(client, Blocking(), Network())


def ask(front: Front, path: str, body: JSON) -> bytes | EventBytes:
    encoded = json.dumps(body).encode()
    received = Received(method="POST", path=f"/v1/{path}", headers={}, query={}, body=encoded)
    return drive(front.answer(received)).body


@pytest.mark.parametrize(
    "model", ["groq/x", "anthropic/claude-sonnet-4-5", "gemini/gemini-2.5-pro"]
)
@pytest.mark.parametrize("path", BODIES)
def test_values_of_other_types(front: Front, server: Server, path: str, model: str) -> None:
    server.reply(answer_json({"error": {"message": "enough"}}, 418))
    for place in places_in(BODIES[path]):
        for value in ODD:
            body = {"model": model, **changed(BODIES[path], place, value)}
            with pytest.raises(APIError) as caught:
                ask(front, path, body)
            assert caught.value.status_code in (400, 418), (place, value)
            assert caught.value.status_code == 418 or caught.value.param, (place, value)


@pytest.mark.parametrize("given", ["false", "true", 0, 1, [], {}])
@pytest.mark.parametrize("path", BODIES)
def test_a_stream_is_asked_for_with_a_boolean(
    front: Front, server: Server, path: str, given: object
) -> None:
    """`"false"` in a request is a mistake of its client, and never a stream."""
    body = {"model": "groq/x", **BODIES[path], "stream": given}
    with pytest.raises(BadRequestError, match="stream: expected bool") as caught:
        ask(front, path, body)
    assert caught.value.param == "stream"
    assert not server.seen


def test_an_event_of_a_provider_without_a_type(front: Front, server: Server) -> None:
    events = [
        b'data: {"message": {"id": "1"}}\n\n',
        b'event: ping\ndata: {"a": 1}\n\n',
        b'event: message_stop\ndata: {"type": "message_stop"}\n\n',
    ]
    server.reply(Answer(events, headers={"content-type": "text/event-stream"}))
    body = ask(
        front,
        "messages",
        {"model": "anthropic/claude-sonnet-4-5", **MESSAGES, "stream": True},
    )
    assert isinstance(body, EventBytes)
    sent = b"".join(body)
    assert b'event: ping\ndata: {"a":1,"type":"ping"}' in sent
    assert b'"message":{"id":"1"}' not in sent
    assert b"event: error" not in sent
