"""Responses and events of Converse that do not match its schema."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.calls.bedrock_calls import CLAUDE, USER, answer_body, call, once, sent, tool
from tests.support.event_streams import answer_frames, event, text_frames
from tests.support.server import Server, answer_json
from tests.support.vendors.converse_model import check_converse
from tests.support.worlds import World
from trunkline import (
    APIResponseValidationError,
    Client,
    ContextWindowExceededError,
    StreamInterruptedError,
)
from trunkline.pipeline.json_values import JSON

USE: JSON = {"toolUseId": "a", "name": "look", "input": {}}


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"usage": {"inputTokens": [1]}}, "inputTokens"),
        ({"usage": {"outputTokens": "5"}}, "outputTokens"),
        ({"usage": 5}, "usage"),
        ({"stopReason": ["x"]}, "stopReason"),
        ({"stopReason": 5}, "stopReason"),
        ({"serviceTier": {"type": 5}}, "serviceTier.type"),
        ({"output": []}, "output"),
        ({"output": {"message": {"content": 5}}}, "output.message.content"),
    ],
)
def test_fields_of_another_type(change: JSON, path: str, server: Server) -> None:
    server.reply(answer_json({**answer_body({"text": "Hi"}), **change}))
    with pytest.raises(APIResponseValidationError, match=path):
        call(server, CLAUDE, USER)


@pytest.mark.parametrize(
    ("block", "path"),
    [
        (5, r"content\[0\]"),
        ({"text": 5}, r"content\[0\].text"),
        ({"toolUse": {**USE, "toolUseId": None}}, "toolUse.toolUseId"),
        ({"toolUse": {**USE, "name": 5}}, "toolUse.name"),
        ({"toolUse": {"toolUseId": "a"}}, "name"),
        ({"reasoningContent": {"reasoningText": {"text": ["x"]}}}, "reasoningText.text"),
        ({"reasoningContent": {"redactedContent": {}}}, "redactedContent"),
        ({"citationsContent": {"citations": [5]}}, "citations"),
        ({"citationsContent": {"citations": [{"location": {"web": 5}}]}}, "location.web"),
        ({"image": {"format": "png", "source": {"bytes": 5}}}, "image.source.bytes"),
    ],
)
def test_blocks_of_another_type(block: Any, path: str, server: Server) -> None:
    server.reply(answer_json(answer_body(block)))
    with pytest.raises(APIResponseValidationError, match=path):
        call(server, CLAUDE, USER)


@pytest.mark.parametrize("block", [{"toolUse": None}, {"novelty": 5}, {"text": None}, {}])
def test_blocks_that_say_nothing(block: JSON, server: Server) -> None:
    server.reply(answer_json(answer_body({"text": "Hi"}, block)))
    message = call(server, CLAUDE, USER).choices[0].message
    assert message.content == "Hi"
    assert message.tool_calls is None
    server.reply(answer_json(answer_body({"text": "Hi"})))
    call(server, CLAUDE, [*USER, message, *USER])
    assert server.seen[0].json["messages"][1]["content"][0] == {"text": "Hi"}


def test_body_that_is_nested_too_deeply(server: Server) -> None:
    deep = b"[" * 20_000 + b"]" * 20_000
    answer = answer_json({})
    answer.pieces = [b'{"output": {}, "x": ' + deep + b"}"]
    server.reply(answer)
    with pytest.raises(APIResponseValidationError):
        call(server, CLAUDE, USER)


@pytest.mark.parametrize(
    ("name", "body", "path"),
    [
        ("messageStart", [], "messageStart"),
        ("messageStart", {"role": 5}, "role"),
        ("contentBlockStart", {"contentBlockIndex": "0"}, "contentBlockIndex"),
        ("contentBlockStart", {"start": {"toolUse": {"name": "x"}}}, "toolUseId"),
        ("contentBlockDelta", {"delta": 5}, "delta"),
        ("contentBlockDelta", {"delta": {"text": 5}}, "delta.text"),
        ("contentBlockDelta", {"delta": {"toolUse": {"input": {}}}}, "delta.toolUse.input"),
        ("contentBlockDelta", {"delta": {"citation": {"location": 5}}}, "location"),
        ("contentBlockDelta", {"delta": {"reasoningContent": {"text": 5}}}, "text"),
        ("contentBlockStop", {"contentBlockIndex": None}, "contentBlockIndex"),
        ("messageStop", {"stopReason": ["x"]}, "stopReason"),
        ("metadata", {"usage": {"inputTokens": "x"}}, "inputTokens"),
    ],
)
def test_events_of_another_type(
    name: str, body: Any, path: str, world: World, server: Server
) -> None:
    frames = text_frames("Hi")
    server.reply(answer_frames(*frames[:2], event(name, body), *frames[2:]))
    with pytest.raises(StreamInterruptedError) as caught:
        world.stream(Client(), f"bedrock/{CLAUDE}", USER, **once(server))
    assert isinstance(caught.value.__cause__, APIResponseValidationError)
    assert path in str(caught.value.__cause__)
    assert caught.value.partial is not None
    assert caught.value.partial.choices[0].message.content == "Hi"


def test_whole_response_instead_of_a_stream(world: World, server: Server) -> None:
    server.reply(answer_json(answer_body({"text": "Hi"}, {"toolUse": USE}, stop="tool_use")))
    chunks, stream = world.stream(Client(), f"bedrock/{CLAUDE}", USER, **once(server))
    assert len([chunk for chunk in chunks if chunk.choices]) == 1
    choice = stream.response.choices[0]
    assert choice.message.content == "Hi"
    assert choice.message.tool_calls is not None
    assert choice.finish_reason == "tool_calls"
    assert stream.response.usage is not None


def test_error_instead_of_a_stream(world: World, server: Server) -> None:
    server.reply(answer_json({"message": "Input is too long for requested model."}))
    with pytest.raises(ContextWindowExceededError):
        world.stream(Client(), f"bedrock/{CLAUDE}", USER, **once(server))


def test_calls_go_back_without_the_type_that_requests_refuse(server: Server) -> None:
    thought = {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "s"}}}
    blocks: list[JSON] = [
        {"text": "First."},
        thought,
        {"toolUse": {**USE, "type": "tool_use"}},
    ]
    server.reply(answer_json(answer_body(*blocks, stop="tool_use")))
    message = call(server, CLAUDE, USER, tools=[tool("look")]).choices[0].message
    result = {"role": "tool", "tool_call_id": "a", "content": "found"}
    body = sent(server, CLAUDE, [*USER, message, result], tools=[tool("look")])
    check_converse(body, CLAUDE)
    assert body["messages"][1]["content"] == [{"text": "First."}, thought, {"toolUse": USE}]


@pytest.mark.parametrize("kept", [5, [5], [{"toolUse": 5}], [{"text": ["x"]}], []])
def test_blocks_of_a_message_that_were_changed(kept: Any, server: Server) -> None:
    fields = {"bedrock_content": kept}
    message = {"role": "assistant", "content": "Hi", "provider_specific_fields": fields}
    body = sent(server, CLAUDE, [*USER, message, *USER])
    assert body["messages"][1]["content"] == [{"text": "Hi"}]
