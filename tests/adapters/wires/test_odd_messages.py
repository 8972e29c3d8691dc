"""Messages that come back from a model in forms that not every provider knows."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.adapters.wires.calls import sent
from tests.support.server import Server

MODELS = [
    "openai/gpt-4.1",
    "mistral/mistral-large-latest",
    "anthropic/claude-sonnet-4-5",
    "gemini/gemini-2.5-flash",
    "bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "cohere/command-a-03-2025",
    "ollama/llama3",
    "sap/gpt-4o",
]
USER = {"role": "user", "content": "Hi"}


def body(server: Server, model: str, *messages: dict[str, Any]) -> str:
    """Return the body of a call, in which no character is escaped."""
    request = sent(server, model, messages=[USER, *messages, USER])
    return json.dumps(json.loads(request.body), ensure_ascii=False)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("content", [None, "Well.", [{"type": "text", "text": "Well."}]])
def test_refusals(model: str, content: object, server: Server) -> None:
    message = {"role": "assistant", "content": content, "refusal": "I will not."}
    written = body(server, model, message)
    assert "I will not." in written
    assert content is None or "Well." in written


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(
    ("arguments", "value"),
    [
        (r'{"a": "x\ud83d"}', "x\N{REPLACEMENT CHARACTER}"),
        ('{"a": "x\ud83d"}', "x\N{REPLACEMENT CHARACTER}"),
        (r'{"a": "x\ud83d\ude00"}', "x\N{GRINNING FACE}"),
        ('{"a": "x\ud83d\ude00"}', "x\N{GRINNING FACE}"),
    ],
)
def test_halves_of_characters(model: str, arguments: str, value: str, server: Server) -> None:
    function = {"name": "f", "arguments": arguments}
    call = {"id": "abcdefghi", "type": "function", "function": function}
    written = body(
        server,
        model,
        {"role": "assistant", "content": "y\ud83d\ude00", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "abcdefghi", "content": "z\udc00"},
    )
    assert "y\N{GRINNING FACE}" in written
    assert "z\N{REPLACEMENT CHARACTER}" in written
    assert re.search(r"[\ud800-\udfff]", written) is None
    # As text, the arguments stay what the caller gave.
    escaped = arguments[2:].isascii() and json.dumps(arguments)[1:-1] in written
    assert escaped or value in written
