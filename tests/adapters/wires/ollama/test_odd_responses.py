"""Responses and lines of Ollama that do not match its schema."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.calls.ollama_calls import MODEL
from tests.support.calls.weather_tool import USER
from tests.support.server import Answer, Server
from tests.support.worlds import World
from trunkline import APIResponseValidationError, Client, ModelResponse, StreamInterruptedError
from trunkline.adapters.table.table import find_provider
from trunkline.adapters.wires import ollama
from trunkline.pipeline.json_values import JSON
from trunkline.pipeline.port import HTTPResponse

PROVIDER = find_provider("ollama")
INVALID = b'{"model": "qwen3", "message": {"content": "\xff"}, "done": true}'
DEEP = b'{"model": "qwen3", "x": ' + b"[" * 20_000 + b"]" * 20_000 + b"}"


def body(message: Any, **fields: Any) -> JSON:
    return {"model": "qwen3", "message": message, "done": True, **fields}


def decode(data: bytes) -> ModelResponse:
    return ollama.decode(HTTPResponse(status=200, headers={}, body=data), PROVIDER)


@pytest.mark.parametrize(
    ("native", "path"),
    [
        (body("Hi"), "message"),
        (body({"content": 5}), "message.content"),
        (body({"thinking": ["x"]}), "message.thinking"),
        (body({"images": [None]}), r"images\[0\]"),
        (body({"tool_calls": [{"function": {"name": None}}]}), "function.name"),
        (body({"tool_calls": [{"function": {"name": "f", "arguments": "{}"}}]}), "arguments"),
        (body({"tool_calls": [{"id": 5, "function": {"name": "f"}}]}), "id"),
        (body({}, done_reason=["x"]), "done_reason"),
        (body({}, eval_count="5"), "eval_count"),
        (body({}, created_at=5), "created_at"),
        (body({}, logprobs=[{"logprob": "x"}]), "logprob"),
        (body({}, model=None), "model"),
    ],
)
def test_fields_of_another_type(native: JSON, path: str) -> None:
    with pytest.raises(APIResponseValidationError, match=path):
        decode(json.dumps(native).encode())


@pytest.mark.parametrize("data", [INVALID, DEEP])
def test_bodies_that_cannot_be_decoded(data: bytes) -> None:
    with pytest.raises(APIResponseValidationError):
        decode(data)


@pytest.mark.parametrize("odd", [INVALID, DEEP, json.dumps(body({"content": 5})).encode()])
def test_lines_that_cannot_be_decoded(odd: bytes, server: Server, world: World) -> None:
    first = json.dumps({"model": "qwen3", "message": {"content": "Hel"}, "done": False}).encode()
    server.reply(Answer([first + b"\n", odd + b"\n"]))
    with pytest.raises(StreamInterruptedError) as caught:
        world.stream(Client(), MODEL, USER, base_url=server.url)
    assert isinstance(caught.value.__cause__, APIResponseValidationError)
    assert caught.value.partial is not None
    assert caught.value.partial.choices[0].message.content == "Hel"


@pytest.mark.parametrize(
    "call", ["[" * 20_000 + "]" * 20_000, '{"name": 5}', '{"name": "f", "arguments": 5}']
)
def test_text_that_only_resembles_a_required_call(call: str) -> None:
    text = f'{{"forced_tool_call": {call}}}'
    message = decode(json.dumps(body({"content": text})).encode()).choices[0].message
    assert message.content == text
    assert message.tool_calls is None
