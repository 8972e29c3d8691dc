"""Streams of Anthropic's Messages API, event by event."""

from __future__ import annotations

import json

import pytest

from tests.support.calls.anthropic_calls import HELLO, PROVIDER, text, unchecked
from tests.support.calls.anthropic_responses import (
    encode_events,
    events,
    failing,
    message,
    read,
    tool_use,
)
from trunkline import APIResponseValidationError
from trunkline.adapters.wires import anthropic


def test_usage_with_nothing_in_it() -> None:
    response = read(
        encode_events([{"type": "message_start", "message": {}}, {"type": "message_stop"}])
    )
    assert response.usage is None


def test_usage_comes_in_a_chunk_of_its_own() -> None:
    decoder = anthropic.Decoder(PROVIDER, {})
    chunks = decoder.feed(encode_events(events(message(text("Hello")))))
    assert [bool(chunk.choices) for chunk in chunks if chunk.usage] == [False]


def test_input_that_comes_at_once() -> None:
    """Some servers send a call's input at the start of its block."""
    found = events(message(tool_use("toolu_1"), stop="tool_use"))
    found = [one for one in found if one["type"] != "content_block_delta"]
    found[2]["content_block"]["input"] = {"city": "Bonn"}
    [call] = read(encode_events(found)).choices[0].message.tool_calls or []
    assert json.loads(call.function.arguments) == {"city": "Bonn"}
    del found[2]["content_block"]["input"]
    [call] = read(encode_events(found)).choices[0].message.tool_calls or []
    assert call.function.arguments == "{}"


def test_arguments_that_were_cut_off() -> None:
    found = events(message(tool_use("toolu_1", city="Bonn"), stop="max_tokens"))
    last = [one for one in found if one["type"] == "content_block_delta"][-1]
    last["delta"]["partial_json"] = 'y":"Bo'
    response = read(encode_events(found))
    [call] = response.choices[0].message.tool_calls or []
    assert call.function.arguments == '{"city":"Bo'
    assert response.choices[0].finish_reason == "length"


@pytest.mark.parametrize("content", ["So far", None])
def test_compaction_is_sent_back_unchanged(content: str | None) -> None:
    """Its content is null if it failed, and may not be empty then."""
    block = {"type": "compaction", "content": content, "encrypted_content": "abc"}
    found = events(message({"type": "compaction", "content": None}, text("Hello")))
    delta = {**block, "type": "compaction_delta"}
    found.insert(3, {"type": "content_block_delta", "index": 0, "delta": delta})
    answer = read(encode_events(found)).choices[0].message
    sent = unchecked([*HELLO, answer])["messages"][1]["content"]
    assert sent[0] == {name: value for name, value in block.items() if value is not None}


def test_events_that_cannot_be_read() -> None:
    found = encode_events(events(message(text("Hello")))[:5])
    for broken in (b"data: {oops\n\n", b'data: {"type": "content_block_delta", "index": 9}\n\n'):
        content, error = failing(found + broken)
        assert content == "Hello"
        assert isinstance(error, APIResponseValidationError)


def test_unknown_events() -> None:
    found = events(message(text("Hello")))
    found.insert(3, {"type": "something_new", "index": 0})
    found.insert(5, {"type": "content_block_delta", "index": 0, "delta": {"type": "something_new"}})
    assert read(encode_events(found)).choices[0].message.content == "Hello"


def test_whole_response_instead_of_a_stream() -> None:
    body = json.dumps(message(text("Hello"), tool_use("toolu_1"), stop="tool_use")).encode()
    choice = read(body).choices[0]
    assert choice.message.content == "Hello"
    assert choice.message.tool_calls is not None
