"""JSON schemas as Claude takes them."""

from __future__ import annotations

from typing import Any

import pytest

from trunkline.adapters.claude_schemas import is_open, strict_schema


def test_objects_are_closed_at_every_depth() -> None:
    inner = {"type": "object", "properties": {"x": {"type": "string"}}}
    closed = {**inner, "additionalProperties": False}
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "$defs": {"inner": inner},
        "properties": {
            "one": {"$ref": "#/$defs/inner"},
            "many": {"type": "array", "items": inner},
            "either": {"oneOf": [inner, {"type": "null"}]},
            "any": True,
        },
        "required": ["one"],
    }
    assert strict_schema(schema) == {
        "type": "object",
        "$defs": {"inner": closed},
        "properties": {
            "one": {"$ref": "#/$defs/inner"},
            "many": {"type": "array", "items": closed},
            "either": {"anyOf": [closed, {"type": "null"}]},
            "any": True,
        },
        "required": ["one"],
        "additionalProperties": False,
    }


def test_keywords_that_are_not_enforced_are_said() -> None:
    schema = {"type": "integer", "minimum": 1, "maximum": 9, "description": "A digit"}
    assert strict_schema(schema) == {
        "type": "integer",
        "description": "A digit\n\n{minimum: 1, maximum: 9}",
    }
    assert strict_schema({"type": "array", "minItems": 3})["description"] == "{minItems: 3}"
    assert strict_schema({"type": "string", "format": "date"}) == {
        "type": "string",
        "format": "date",
    }
    assert strict_schema({"type": "string", "format": "phone"}) == {
        "type": "string",
        "description": "{format: phone}",
    }
    assert strict_schema({"type": "array", "minItems": 1}) == {"type": "array", "minItems": 1}


def test_the_callers_schema_stays_as_it_is() -> None:
    schema: dict[str, Any] = {"type": "object", "properties": {"x": {"type": "object"}}}
    strict_schema(schema)
    assert schema == {"type": "object", "properties": {"x": {"type": "object"}}}


@pytest.mark.parametrize(
    ("schema", "found"),
    [
        ({"type": "object"}, False),
        ({"type": "object", "additionalProperties": False}, False),
        ({"type": "object", "additionalProperties": True}, True),
        ({"anyOf": [{"type": "object", "additionalProperties": {"type": "string"}}]}, True),
        ({"type": "object", "properties": {"additionalProperties": {"type": "string"}}}, False),
    ],
)
def test_open_objects(schema: Any, found: bool) -> None:
    assert is_open(schema) is found
