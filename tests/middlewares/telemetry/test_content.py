"""Messages are on spans only on request."""

from __future__ import annotations

import json

import pytest

from tests.support.answers import TEXT, completion_body, good
from tests.support.chain.telemetry import Collected, ask
from tests.support.server import Server, answer_json
from tests.support.worlds import WORLDS, World
from trunkline import Client
from trunkline.middlewares.telemetry.conventions import CAPTURE_CONTENT

CONVERSATION = [
    {"role": "system", "content": "Be brief."},
    {
        "role": "user",
        "content": [
            {"type": "text", "text": "What is this?"},
            {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
        ],
    },
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {
                "id": "call_1",
                "type": "function",
                "function": {"name": "look", "arguments": '{"at": 1}'},
            }
        ],
    },
    {"role": "tool", "tool_call_id": "call_1", "content": "a cat"},
]
TOOLS = [{"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}]


def test_content_stays_out(world: World, mode: str, server: Server, collected: Collected) -> None:
    server.reply(good(mode))
    client = Client(middlewares=[collected.tracing()])
    ask(world, client, mode, server, messages=CONVERSATION, tools=TOOLS)
    text = collected.span.to_json()
    assert "Be brief." not in text
    assert TEXT not in text


@pytest.mark.parametrize("setting", ["SPAN_ONLY", "span_and_event", "true"])
def test_content_on_request(
    setting: str,
    world: World,
    mode: str,
    server: Server,
    collected: Collected,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(CAPTURE_CONTENT, setting)
    server.reply(good(mode))
    client = Client(middlewares=[collected.tracing()])
    ask(world, client, mode, server, messages=CONVERSATION, tools=TOOLS)
    attributes = collected.attributes
    assert json.loads(attributes["gen_ai.system_instructions"]) == [
        {"type": "text", "content": "Be brief."}
    ]
    assert json.loads(attributes["gen_ai.tool.definitions"]) == TOOLS
    assert json.loads(attributes["gen_ai.input.messages"]) == [
        {
            "role": "user",
            "parts": [
                {"type": "text", "content": "What is this?"},
                {"type": "uri", "modality": "image", "uri": "https://example.com/a.png"},
                {"type": "blob", "modality": "image", "mime_type": "image/png"},
            ],
        },
        {
            "role": "assistant",
            "parts": [
                {"type": "tool_call", "id": "call_1", "name": "look", "arguments": {"at": 1}}
            ],
        },
        {
            "role": "tool",
            "parts": [{"type": "tool_call_response", "id": "call_1", "response": "a cat"}],
        },
    ]
    assert json.loads(attributes["gen_ai.output.messages"]) == [
        {
            "role": "assistant",
            "parts": [{"type": "text", "content": TEXT}],
            "finish_reason": "stop",
        }
    ]


@pytest.mark.parametrize("setting", ["NO_CONTENT", "EVENT_ONLY", "false", ""])
def test_content_that_is_not_for_spans(
    setting: str, server: Server, collected: Collected, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CAPTURE_CONTENT, setting)
    server.reply(good("plain"))
    ask(WORLDS[0], Client(middlewares=[collected.tracing()]), "plain", server)
    assert "gen_ai.input.messages" not in collected.attributes


def test_reasoning_and_tool_calls_of_an_answer(server: Server, collected: Collected) -> None:
    calls = [{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{broken"}}]
    body = completion_body(None, "tool_calls", reasoning_content="Hm.", tool_calls=calls)
    server.reply(answer_json(body))
    client = Client(middlewares=[collected.tracing(capture_content=True)])
    ask(WORLDS[0], client, "plain", server)
    assert json.loads(collected.attributes["gen_ai.output.messages"]) == [
        {
            "role": "assistant",
            "parts": [
                {"type": "reasoning", "content": "Hm."},
                {"type": "tool_call", "id": "c", "name": "f", "arguments": "{broken"},
            ],
            "finish_reason": "tool_call",
        }
    ]
