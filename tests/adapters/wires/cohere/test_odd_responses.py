"""Responses and events of Cohere that do not match its schema."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.calls.cohere_calls import MODEL
from tests.support.calls.weather_tool import USER
from tests.support.chunks import decode_cut
from tests.support.server import Answer, Server, answer_json
from tests.support.worlds import World
from trunkline import (
    APIResponseValidationError,
    Client,
    ModelResponse,
    RateLimitError,
    StreamInterruptedError,
)
from trunkline.adapters.table.table import find_provider
from trunkline.adapters.wire import load_wire
from trunkline.adapters.wires import cohere
from trunkline.pipeline.json_values import JSON
from trunkline.pipeline.port import HTTPResponse

PROVIDER = find_provider("cohere")
FUNCTION = {"name": "weather", "arguments": "{}"}


def body(message: Any, **fields: Any) -> JSON:
    return {"id": "1", "message": message, "finish_reason": "COMPLETE", **fields}


def decode(native: Any) -> ModelResponse:
    response = HTTPResponse(status=200, headers={}, body=json.dumps(native).encode())
    return cohere.decode(response, PROVIDER)


@pytest.mark.parametrize(
    ("native", "path"),
    [
        (body({}, usage={"tokens": {"input_tokens": [1]}}), "tokens.input_tokens"),
        (body({}, usage={"tokens": {"input_tokens": "x"}}), "tokens.input_tokens"),
        (body({}, usage=5), "usage"),
        (body({}, finish_reason=5), "finish_reason"),
        (body({}, id=5), "id"),
        (body("Hi"), "message"),
        (body({"content": "Hi"}), "message.content"),
        (body({"content": [{"text": ["x"]}]}), r"content\[0\].text"),
        (body({"content": [{"thinking": 5}]}), r"content\[0\].thinking"),
        (body({"tool_plan": 5}), "tool_plan"),
        (body({"tool_calls": [{"id": None, "function": FUNCTION}]}), r"tool_calls\[0\].id"),
        (body({"tool_calls": [{"id": "1", "function": "f"}]}), "function"),
        (body({"citations": [{"start": "0"}]}), "start"),
        (body({"citations": [{"sources": [None]}]}), "sources"),
        (body({}, logprobs=[{"logprobs": ["x"]}]), "logprobs"),
        ({"message": {}}, "finish_reason"),
    ],
)
def test_fields_of_another_type(native: JSON, path: str) -> None:
    with pytest.raises(APIResponseValidationError, match=path):
        decode(native)


def test_body_that_is_nested_too_deeply() -> None:
    deep = b'{"message": ' + b"[" * 500_000 + b"]" * 500_000 + b"}"
    with pytest.raises(APIResponseValidationError):
        cohere.decode(HTTPResponse(status=200, headers={}, body=deep), PROVIDER)


def test_parts_of_other_kinds_are_kept() -> None:
    parts: list[JSON] = [{"type": "image", "x": 1}, {"type": "text", "text": "Hi"}, {"type": "y"}]
    message = decode(body({"content": parts})).choices[0].message
    assert message.content == "Hi"
    assert message.provider_specific_fields == {"content": [parts[0], parts[2]]}


@pytest.mark.parametrize("document", ["x", [1], {"url": 5}, {"url": ""}, {"title": "T"}])
def test_documents_of_any_form(document: Any) -> None:
    """A document is the caller's own data, and so may have a field `url` of any type."""
    citation = {"start": 0, "end": 2, "sources": [{"type": "document", "document": document}]}
    message = decode(body({"content": [], "citations": [citation]})).choices[0].message
    assert message.annotations is None
    assert message.provider_specific_fields == {"citations": [citation]}


def event(kind: str, message: Any, **fields: Any) -> JSON:
    return {"type": kind, "index": 0, "delta": {"message": message}, **fields}


def events(*bodies: Any) -> Answer:
    pieces = [f"data: {json.dumps(found)}\n\n".encode() for found in bodies]
    return Answer(pieces, headers={"content-type": "text/event-stream"})


START = event("message-start", {"role": "assistant"}, id="1")
HELLO = event("content-delta", {"content": {"text": "Hel"}})


@pytest.mark.parametrize(
    ("odd", "path"),
    [
        ([], "an event of Cohere"),
        ({"type": 5}, "type"),
        (event("content-delta", {"content": {"text": 5}}), "content.text"),
        (event("content-delta", {"content": {"text": "x"}}, index="0"), "index"),
        (event("content-start", {"content": None}), "content"),
        (event("tool-plan-delta", {"tool_plan": None}), "tool_plan"),
        (event("tool-call-start", {"tool_calls": {"id": "1"}}), "function"),
        (event("tool-call-delta", {"tool_calls": {"function": {"arguments": {}}}}), "arguments"),
        (event("citation-start", {"citations": 5}), "citations"),
        (event("citation-start", {"citations": {"sources": 5}}), "sources"),
        ({"type": "message-end", "delta": {"finish_reason": []}}, "finish_reason"),
        ({"type": "message-end", "delta": {"usage": {"tokens": 5}}}, "tokens"),
    ],
)
def test_events_of_another_type(odd: Any, path: str, server: Server, world: World) -> None:
    server.reply(events(START, HELLO, odd))
    with pytest.raises(StreamInterruptedError) as caught:
        world.stream(Client(), MODEL, USER, base_url=server.url, api_key="k" * 9)
    assert isinstance(caught.value.__cause__, APIResponseValidationError)
    assert path in str(caught.value.__cause__)
    assert caught.value.partial is not None
    assert caught.value.partial.choices[0].message.content == "Hel"


def test_citations_in_a_list() -> None:
    citations: list[JSON] = [{"start": 0, "sources": []}, {"start": 1, "sources": []}]
    data = b"".join(events(START, event("citation-start", {"citations": citations})).pieces)
    chunks, decoder = decode_cut(load_wire("cohere"), PROVIDER, data)
    assert decoder.error is None
    assert chunks[-1].choices[0].delta.provider_specific_fields == {"citations": citations}


def test_error_without_a_type() -> None:
    data = b'data: {"message": "trial limit", "status_code": 429}\n\n'
    _, decoder = decode_cut(load_wire("cohere"), PROVIDER, data)
    assert isinstance(decoder.error, RateLimitError)


def test_whole_response_instead_of_a_stream(server: Server, world: World) -> None:
    server.reply(answer_json(body({"content": [{"type": "text", "text": "Hi"}]})))
    _, stream = world.stream(Client(), MODEL, USER, base_url=server.url, api_key="k" * 9)
    choice = stream.response.choices[0]
    assert (choice.message.content, choice.finish_reason) == ("Hi", "stop")
