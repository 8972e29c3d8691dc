"""`response_format` in requests to Anthropic's Messages API: natively, or as a tool."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.calls.anthropic_calls import PERSON, WEATHER, body_of_call, refused


def test_response_format_native() -> None:
    body = body_of_call(response_format=PERSON)
    assert body["output_config"]["format"] == {
        "type": "json_schema",
        "schema": {
            "type": "object",
            "properties": {"age": {"type": "integer", "description": "{minimum: 0}"}},
            "additionalProperties": False,
        },
    }
    assert "tools" not in body


def test_response_format_text() -> None:
    assert body_of_call(response_format={"type": "text"}) == body_of_call()


def test_response_format_as_a_tool() -> None:
    body = body_of_call(response_format=PERSON, model="claude-sonnet-4-0")
    [tool] = body["tools"]
    assert tool["name"] == "json_answer"
    assert tool["input_schema"] == PERSON["json_schema"]["schema"]
    assert body["tool_choice"] == {"type": "tool", "name": "json_answer"}
    assert "output_config" not in body


def test_response_format_with_tools() -> None:
    body = body_of_call(
        response_format={"type": "json_object"}, tools=[WEATHER], model="claude-sonnet-4-0"
    )
    assert [tool["name"] for tool in body["tools"]] == ["get_weather", "json_answer"]
    assert body["tool_choice"] == {"type": "any"}


def test_schemas_with_open_objects_go_as_a_tool() -> None:
    """Structured outputs do not support objects with properties of any name."""
    schema: dict[str, Any] = {"type": "object", "properties": {"tags": {"type": "object"}}}
    schema["properties"]["tags"]["additionalProperties"] = {"type": "string"}
    wanted = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    body = body_of_call(response_format=wanted)
    assert body["tools"][0]["input_schema"] == schema
    assert "output_config" not in body


@pytest.mark.parametrize(
    "format",
    [
        {"type": "xml"},
        "json",
        {"type": "json_schema"},
        {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "array"}}},
    ],
)
def test_unknown_response_formats(format: Any) -> None:
    assert str(refused(response_format=format).param).startswith("response_format")
