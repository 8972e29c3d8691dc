"""The limits of structured outputs: a format beyond them is a tool, a tool is not strict."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.calls.anthropic_calls import NEWER, OLDER, body_of_call, unchecked
from tests.support.calls.bedrock_calls import CLAUDE, GPT_OSS, sent
from tests.support.server import Server
from trunkline.pipeline.json_values import JSON


def objects(optional: int, unions: int) -> JSON:
    """Return a schema with numbers of optional properties and of required unions."""
    free = {f"o{n}": {"type": "string"} for n in range(optional)}
    kinds: list[JSON] = [
        {"type": ["string", "null"]},
        {"anyOf": [{"type": "string"}, {"type": "integer"}]},
    ]
    either = {f"u{n}": kinds[n % 2] for n in range(unions)}
    inner = {"type": "object", "properties": {**free, **either}, "required": list(either)}
    return {"type": "object", "properties": {"inner": inner}, "required": ["inner"]}


def as_format(schema: JSON) -> JSON:
    return {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}


def tool(number: int, schema: JSON) -> JSON:
    function = {"name": f"f{number}", "strict": True, "parameters": schema}
    return {"type": "function", "function": function}


def strict_tools(tools: list[JSON], **arguments: Any) -> list[str]:
    body = body_of_call(tools=tools, model=NEWER, **arguments)
    return [one["name"] for one in body["tools"] if one.get("strict")]


@pytest.mark.parametrize(
    ("optional", "unions", "native"),
    [(24, 16, True), (25, 0, False), (0, 17, False)],
)
def test_a_format(optional: int, unions: int, native: bool, server: Server) -> None:
    schema = as_format(objects(optional, unions))
    body = body_of_call(response_format=schema)
    assert ("output_config" in body) is native
    assert ("tools" in body) is not native
    body = sent(server, CLAUDE, response_format=schema)
    assert ("outputConfig" in body) is native
    assert ("toolConfig" in body) is not native


def test_other_models_have_no_such_limits(server: Server) -> None:
    body = sent(server, GPT_OSS, response_format=as_format(objects(30, 20)))
    assert "outputConfig" in body


def test_tools_share_the_limits_with_each_other_and_the_format() -> None:
    ten = objects(10, 0)
    tools = [tool(number, ten) for number in range(3)]
    assert strict_tools(tools) == ["f0", "f1"]
    assert strict_tools(tools, response_format=as_format(ten)) == ["f0"]
    small = tool(3, objects(4, 0))
    assert strict_tools([*tools, small]) == ["f0", "f1", "f3"]


def test_twenty_tools_are_strict(server: Server) -> None:
    tools = [tool(number, objects(0, 0)) for number in range(22)]
    assert strict_tools(tools) == [f"f{number}" for number in range(20)]
    body = sent(server, CLAUDE, tools=tools)
    strict = [one["toolSpec"].get("strict") for one in body["toolConfig"]["tools"]]
    assert strict == [True] * 20 + [None] * 2


def test_web_search_of_each_model() -> None:
    for model, kind in ((OLDER, "web_search_20250305"), (NEWER, "web_search_20260318")):
        body = unchecked(model=model, web_search_options={})
        assert body["tools"] == [{"type": kind, "name": "web_search"}]
