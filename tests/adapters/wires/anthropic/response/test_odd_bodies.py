"""Responses of Anthropic's wire with values of other types than documented."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from tests.support.calls.anthropic_calls import HELLO, PROVIDER, body_of_call, text, unchecked
from tests.support.calls.anthropic_responses import (
    USAGE,
    decode,
    encode_events,
    events,
    failing,
    message,
    read,
    thinking,
    tool_use,
)
from trunkline import APIResponseValidationError
from trunkline.adapters.wires import anthropic
from trunkline.pipeline.json_values import JSON
from trunkline.pipeline.port import HTTPResponse

WHOLE = message(thinking("Hm.", "s1"), text("Hello"), tool_use("toolu_1", city="Bonn"))
Path = tuple[str | int, ...]


def changed(value: JSON, path: Path, new: object) -> JSON:
    """Return a copy with another value at a path."""
    found = copy.deepcopy(value)
    parent: Any = found
    for step in path[:-1]:
        parent = parent[step]
    parent[path[-1]] = new
    return found


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        (("id",), 5, "$.id"),
        (("model",), 5, "$.model"),
        (("content",), {}, "$.content"),
        (("content", 0), None, "$.content[0]"),
        (("content", 0), {"thinking": "Hm."}, "type"),
        (("content", 0, "type"), ["thinking"], "$.type"),
        (("content", 0, "thinking"), ["Hm."], "$.thinking"),
        (("content", 0, "signature"), 5, "$.signature"),
        (("content", 1, "text"), 5, "$.text"),
        (("content", 1, "citations"), [None], "$.citations[0]"),
        (("content", 1, "citations"), [{"url": 5}], "$.citations[0].url"),
        (("content", 2, "id"), None, "$.id"),
        (("content", 2, "name"), {}, "$.name"),
        (("content", 2, "input"), "x", "$.input"),
        (("content", 2, "caller"), {"type": []}, "$.caller.type"),
        (("stop_reason",), ["end_turn"], "$.stop_reason"),
        (("stop_details",), "x", "$.stop_details"),
        (("usage",), [1], "$.usage"),
        (("usage", "input_tokens"), "5", "$.input_tokens"),
        (("usage", "output_tokens"), 1.5, "$.output_tokens"),
        (("usage", "cache_read_input_tokens"), True, "$.cache_read_input_tokens"),
        (("usage", "output_tokens_details"), {"thinking_tokens": []}, "thinking_tokens"),
        (("usage", "cache_creation"), {"ephemeral_1h_input_tokens": [0]}, "ephemeral_1h"),
        (("usage", "service_tier"), [{"a": 1}], "$.service_tier"),
        (("usage", "inference_geo"), ["x"], "$.inference_geo"),
        (("usage", "server_tool_use"), {"web_search_requests": "3"}, "web_search_requests"),
    ],
)
def test_messages(path: Path, value: object, place: str) -> None:
    body = json.dumps(changed(WHOLE, path, value)).encode()
    with pytest.raises(APIResponseValidationError) as caught:
        anthropic.decode(HTTPResponse(status=200, headers={}, body=body), PROVIDER)
    assert place in str(caught.value)


STREAM = events(message(text("Hello", citations=[{"url": "u"}]), tool_use("toolu_1", city="Bonn")))


@pytest.mark.parametrize(
    ("kind", "path", "value", "place"),
    [
        ("message_start", ("message",), None, "$.message"),
        ("message_start", ("message", "usage", "service_tier"), 5, "$.service_tier"),
        ("message_start", ("message", "content"), [5], "$.message.content[0]"),
        ("content_block_start", ("content_block",), None, "$.content_block"),
        ("content_block_start", ("content_block", "text"), 5, "$.text"),
        ("content_block_start", ("index",), "0", "$.index"),
        ("content_block_delta", ("delta",), None, "$.delta"),
        ("content_block_delta", ("delta", "type"), 5, "$.delta.type"),
        ("content_block_delta", ("delta", "citation"), [], "$.delta.citation"),
        ("content_block_delta", ("delta", "citation", "url"), 5, "$.url"),
        ("content_block_delta", ("index",), "7", "$.index"),
        ("content_block_stop", ("index",), None, "$.index"),
        ("message_delta", ("delta", "stop_reason"), ["x"], "$.delta.stop_reason"),
        ("message_delta", ("usage", "output_tokens"), "7", "$.output_tokens"),
        ("message_stop", ("type",), None, "$.type"),
    ],
)
def test_events(kind: str, path: Path, value: object, place: str) -> None:
    sent = [one["type"] for one in STREAM]
    found = list(STREAM)
    found[sent.index(kind)] = changed(found[sent.index(kind)], path, value)
    assert place in str(_error(found))


@pytest.mark.parametrize(
    ("delta", "place"),
    [
        ({"type": "text_delta", "text": ["x"]}, "$.delta.text"),
        ({"type": "text_delta"}, "text"),
        ({"type": "input_json_delta", "partial_json": {}}, "$.delta.partial_json"),
        ({"type": "thinking_delta", "thinking": None}, "$.delta.thinking"),
        ({"type": "signature_delta", "signature": 5}, "$.delta.signature"),
        ({"type": "compaction_delta", "content": []}, "$.delta.content"),
    ],
)
def test_deltas(delta: JSON, place: str) -> None:
    event = {"type": "content_block_delta", "index": 0, "delta": delta}
    assert place in str(_error([*STREAM[:3], event]))


def _error(found: list[JSON]) -> APIResponseValidationError:
    # `failing` names each event by its type.
    body = b"".join(f"data: {json.dumps(one)}\n\n".encode() for one in found)
    _, error = failing(body)
    assert isinstance(error, APIResponseValidationError)
    return error


def test_nesting_that_is_too_deep() -> None:
    deep = b"[" * 500_000 + b"]" * 500_000
    for body in (
        b'{"content": [], "new": %s}' % deep,
        b'{"content": [{"type": "tool_use", "id": "1", "name": "f", "input": {"x": %s}}]}' % deep,
    ):
        with pytest.raises(APIResponseValidationError):
            anthropic.decode(HTTPResponse(status=200, headers={}, body=body), PROVIDER)
        assert isinstance(failing(b"data: " + body)[1], APIResponseValidationError)


@pytest.mark.parametrize("arguments", ["[1]", "5", '"x"', "null", '{"a": ', "[" * 20_000])
def test_input_that_is_not_an_object(arguments: str) -> None:
    """Arguments are the model's own text, which the caller has to check."""
    found = events(message(tool_use("toolu_1"), text("Hello"), stop="tool_use"))
    deltas = [one for one in found if one["type"] == "content_block_delta"]
    deltas[1]["delta"]["partial_json"], deltas[2]["delta"]["partial_json"] = arguments, ""
    response = read(encode_events(found))
    [call] = response.choices[0].message.tool_calls or []
    assert call.function.arguments == arguments
    # The text follows the call, so the blocks are kept, and go back with an object.
    sent = body_of_call([*HELLO, response.choices[0].message])["messages"][1]["content"]
    assert sent == [tool_use("toolu_1"), text("Hello")]


def test_blocks_of_other_types_may_have_any_fields() -> None:
    blocks: list[JSON] = [
        {"type": "something_new", "text": 5, "citations": 5, "input": "x", "id": [1]},
        text("Hello"),
    ]
    found = decode(message(*blocks)).choices[0].message
    assert found.content == "Hello"
    assert unchecked([*HELLO, found])["messages"][1]["content"] == blocks


def test_known_deltas_of_blocks_of_other_types() -> None:
    start = {"type": "something_new", "text": 5, "citations": 5}
    found = events(message(start, text("Hello")))
    deltas: list[JSON] = [
        {"type": "text_delta", "text": "Well. "},
        {"type": "citations_delta", "citation": {"url": 5}},
    ]
    found[3:3] = [{"type": "content_block_delta", "index": 0, "delta": one} for one in deltas]
    response = read(encode_events(found))
    assert response.choices[0].message.content == "Well. Hello"
    fields = response.choices[0].message.provider_specific_fields or {}
    joined = {"type": "something_new", "text": "Well. ", "citations": [{"url": 5}]}
    assert fields["anthropic_content"] == [joined, text("Hello")]


def test_usage_keeps_what_is_not_declared() -> None:
    usage = {**USAGE, "iterations": [{"x": [1]}], "something_new": {"a": 1}}
    start = {"type": "message_start", "message": {"usage": usage}}
    end = {"type": "message_delta", "delta": {}, "usage": {"output_tokens": 7, "more": None}}
    body = json.dumps(message(text("Hello"), usage=usage)).encode()
    plain = anthropic.decode(HTTPResponse(status=200, headers={}, body=body), PROVIDER)
    streamed = read(encode_events([start, end, {"type": "message_stop"}]))
    for response in (plain, streamed):
        assert response.usage is not None
        assert response.usage.native == usage


@pytest.mark.parametrize("stored", [5, [5], [{}], [{"type": "text", "text": 5}], {"a": 1}, "x"])
def test_stored_blocks_that_the_caller_changed(stored: object) -> None:
    fields = {"anthropic_content": stored}
    changed = {"role": "assistant", "content": "Hi", "provider_specific_fields": fields}
    assert body_of_call([*HELLO, changed])["messages"][1]["content"] == [text("Hi")]
