"""Parameters for Anthropic: its own names in addition to OpenAI's, and schemas of any kind."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.calls.anthropic_calls import HELLO, NEWER, OLDER, body_of_call, send
from trunkline import BadRequestError

NAMED = {"type": "object", "properties": {"name": {"type": "string"}}}
NODE = {
    "type": "object",
    "properties": {"next": {"anyOf": [{"$ref": "#/$defs/Node"}, {"type": "null"}]}},
}
RECURSIVE: dict[str, Any] = {"$ref": "#/$defs/Node", "$defs": {"Node": NODE}}


def tool(parameters: object, **more: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": "find", "parameters": parameters, **more}}


def schema_of_tool(parameters: object, **more: Any) -> Any:
    return body_of_call(tools=[tool(parameters, **more)])["tools"][0]["input_schema"]


def as_format(schema: object) -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}


def test_a_tools_schema_is_one_object_at_its_root() -> None:
    """The API refuses the request if a tool has alternatives there."""
    referred = schema_of_tool({"$ref": "#/$defs/Named", "$defs": {"Named": NAMED}})
    assert referred == NAMED
    assert schema_of_tool({"type": ["object", "null"]}) == {"type": "object", "properties": {}}
    either = schema_of_tool({**NAMED, "anyOf": [{"required": ["name"]}, {"required": ["id"]}]})
    assert either == {
        **NAMED,
        "description": 'anyOf: [{"required":["name"]},{"required":["id"]}]',
    }


def test_a_schema_that_holds_itself_is_not_strict() -> None:
    body = body_of_call(tools=[tool(RECURSIVE, strict=True)])
    assert "strict" not in body["tools"][0]
    assert body["tools"][0]["input_schema"] == {**NODE, "$defs": {"Node": NODE}}


@pytest.mark.parametrize(
    "schema", [RECURSIVE, {"type": "object", "properties": {"meta": {"type": "object"}}}]
)
def test_a_format_that_cannot_be_enforced_goes_as_a_tool(schema: Any) -> None:
    body = body_of_call(response_format=as_format(schema))
    assert "output_config" not in body
    assert body["tools"][0]["name"] == "json_answer"


def test_a_formats_root_may_be_a_reference() -> None:
    schema = {"$ref": "#/$defs/Named", "$defs": {"Named": NAMED}}
    body = body_of_call(response_format=as_format(schema))
    assert body["output_config"]["format"]["schema"] == {**NAMED, "additionalProperties": False}


def test_the_apis_own_fields_of_a_tool_stand_in_either_object() -> None:
    own = {"defer_loading": True, "input_examples": [{"name": "x"}]}
    for given in (tool(NAMED, **own), {**tool(NAMED), **own}):
        assert body_of_call(tools=[given])["tools"] == [
            {**own, "name": "find", "input_schema": NAMED}
        ]


def test_effort_as_an_object_or_left_to_the_model() -> None:
    effort = {"effort": "high", "summary": "auto"}
    for model in (OLDER, NEWER):
        given = body_of_call(model=model, reasoning_effort=effort)
        assert given == body_of_call(model=model, reasoning_effort="high")
        assert body_of_call(model=model, reasoning_effort="default") == body_of_call(model=model)
    with pytest.raises(BadRequestError, match="reasoning_effort"):
        send(reasoning_effort=["high"])


@pytest.mark.parametrize(
    ("arguments", "place"),
    [
        ({"stop": "a", "stop_sequences": ["b"]}, "stop"),
        ({"system": "B"}, "system"),
    ],
)
def test_contradicting_parameters(arguments: dict[str, Any], place: str) -> None:
    with pytest.raises(BadRequestError) as caught:
        send([{"role": "system", "content": "A"}, *HELLO], **arguments)
    assert caught.value.param == place


def test_native_names() -> None:
    body = body_of_call(system="B", stop_sequences=["b"])
    assert (body["system"], body["stop_sequences"]) == ("B", ["b"])
