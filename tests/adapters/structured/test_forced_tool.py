"""Structured output by a tool that must be called."""

from __future__ import annotations

import json
from typing import Any

import pytest

from trunkline import BadRequestError, ModelResponse, fold_chunks
from trunkline.adapters.decode.repair import repair
from trunkline.adapters.structured.forced_tool import (
    TOOL_NAME,
    ContentRestorer,
    force_json,
    restore_content,
)
from trunkline.pipeline.stream.replay import ReplaySource
from trunkline.pipeline.sync import drive

NAMED = {"type": "function", "function": {"name": TOOL_NAME}}
OTHER = {"type": "function", "function": {"name": "other"}}
SCHEMA = {"properties": {"age": {"type": "integer"}}}
FORMAT = {
    "type": "json_schema",
    "json_schema": {"name": "person", "description": "A person.", "schema": SCHEMA},
}


def test_the_tool_carries_the_schema() -> None:
    params = {"response_format": FORMAT, "temperature": 0}
    forced = force_json(params)
    [tool] = forced["tools"]
    assert tool["function"]["name"] == TOOL_NAME
    assert tool["function"]["parameters"] == {"type": "object", **SCHEMA}
    assert tool["function"]["description"].endswith(" A person.")
    assert forced["tool_choice"] == NAMED
    assert forced["temperature"] == 0
    assert params == {"response_format": FORMAT, "temperature": 0}


@pytest.mark.parametrize(
    ("choice", "forced"),
    [
        (None, "required"),
        ("auto", "required"),
        ("required", "required"),
        ("none", NAMED),
        (OTHER, OTHER),
    ],
)
def test_beside_other_tools(choice: Any, forced: Any) -> None:
    """Another tool may be called first, unless the caller forbids it or wants just that."""
    params = {"response_format": FORMAT, "tools": [OTHER], "tool_choice": choice}
    changed = force_json(params)
    assert changed["tool_choice"] == forced
    assert [tool["function"]["name"] for tool in changed["tools"]] == ["other", TOOL_NAME]
    assert params["tools"] == [OTHER]


@pytest.mark.parametrize("wanted", [None, {"type": "text"}])
def test_text_needs_no_tool(wanted: Any) -> None:
    assert force_json({"response_format": wanted, "n": 1}) == {"n": 1}


def test_the_name_is_taken() -> None:
    with pytest.raises(BadRequestError, match=TOOL_NAME):
        force_json({"response_format": FORMAT, "tools": [NAMED]})


def call(name: str, arguments: Any, id: str = "call_1") -> dict[str, Any]:
    function = {"name": name, "arguments": json.dumps(arguments)}
    return {"id": id, "type": "function", "function": function}


def answers(*calls: dict[str, Any]) -> list[ModelResponse]:
    """The same answer, whole and streamed, with its content restored."""
    message = {"role": "assistant", "content": None, "tool_calls": list(calls)}
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls"}
    whole = repair({"id": "x", "choices": [choice]}, ModelResponse)
    source, restorer = ReplaySource(whole), ContentRestorer()
    chunks = [chunk for _ in range(2) for chunk in restorer.restore(drive(source.read()))]
    restore_content(whole)
    return [whole, fold_chunks(chunks)]


def test_the_call_becomes_content() -> None:
    for answer in answers(call(TOOL_NAME, {"age": 5})):
        [choice] = answer.choices
        assert json.loads(choice.message.content or "") == {"age": 5}
        assert choice.message.tool_calls is None
        assert choice.finish_reason == "stop"


def test_other_calls_stay() -> None:
    for answer in answers(call("other", {}, "call_0"), call(TOOL_NAME, {"age": 5})):
        [choice] = answer.choices
        assert json.loads(choice.message.content or "") == {"age": 5}
        assert [one.id for one in choice.message.tool_calls or ()] == ["call_0"]
        assert choice.finish_reason == "tool_calls"


def test_answers_without_the_tool_stay_as_they_are() -> None:
    for answer in answers(call("other", {}, "call_0")):
        [choice] = answer.choices
        assert choice.message.content is None
        assert choice.finish_reason == "tool_calls"
