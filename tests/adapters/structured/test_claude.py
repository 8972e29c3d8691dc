"""JSON schemas in the form that Claude supports."""

from __future__ import annotations

from typing import Any

import pytest

from trunkline.adapters.structured.claude import is_enforceable, strict_schema, tool_schema


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


def test_unsupported_keywords_go_into_the_description() -> None:
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


NODE = {
    "type": "object",
    "properties": {"next": {"anyOf": [{"$ref": "#/$defs/Node"}, {"type": "null"}]}},
}
NAMED = {"type": "object", "properties": {"name": {"type": "string"}}}


def test_the_root_is_what_it_refers_to() -> None:
    for place in ("$defs", "definitions"):
        schema = {"type": "object", place: {"Named": NAMED}, "$ref": f"#/{place}/Named"}
        assert strict_schema(schema) == {**NAMED, "additionalProperties": False}


def test_alternatives_at_the_root_are_closed_one_by_one() -> None:
    schema = {"type": "object", "anyOf": [NAMED, {**NAMED, "required": ["name"]}]}
    strict = strict_schema(schema)
    assert set(strict) == {"anyOf"}
    assert all(variant["additionalProperties"] is False for variant in strict["anyOf"])


def test_only_schema_of_all_of_is_merged() -> None:
    schema = {"allOf": [{"$ref": "#/$defs/Color"}], "description": "Of the car"}
    assert strict_schema({"type": "object", "properties": {"color": schema}})["properties"] == {
        "color": {"$ref": "#/$defs/Color", "description": "Of the car"}
    }


@pytest.mark.parametrize(
    ("schema", "enforceable"),
    [
        ({"type": "object"}, False),
        ({**NAMED, "additionalProperties": False}, True),
        ({**NAMED, "additionalProperties": True}, False),
        ({**NAMED, "additionalProperties": {}}, False),
        ({"anyOf": [{**NAMED, "additionalProperties": {"type": "string"}}]}, False),
        ({"type": "object", "properties": {"additionalProperties": {"type": "string"}}}, True),
        ({"type": "object", "properties": {"meta": {"type": "object"}}}, False),
        ({"type": "object", "properties": {"any": {}}}, False),
        ({"type": "object", "properties": {"one": {"enum": [{"a": 1}]}}}, False),
        ({"type": "object", "anyOf": [NAMED, NAMED]}, True),
        ({"type": "object", "$defs": {"Named": NAMED}, "$ref": "#/$defs/Named"}, True),
        ({"$defs": {"Node": NODE}, "$ref": "#/$defs/Node"}, False),
        ({"type": "object", "properties": {"child": {"$ref": "#"}}}, False),
        (
            {
                "type": "object",
                "$defs": {"Named": NAMED},
                "properties": {
                    "one": {"allOf": [{"$ref": "#/$defs/Named"}]},
                    "two": {"$ref": "#/$defs/Named"},
                },
            },
            True,
        ),
        (
            {
                "type": "object",
                "$defs": {"Named": NAMED},
                "properties": {"both": {"allOf": [{"$ref": "#/$defs/Named"}, NAMED]}},
            },
            False,
        ),
    ],
)
def test_supported_schemas(schema: Any, enforceable: bool) -> None:
    assert is_enforceable(schema) is enforceable


@pytest.mark.parametrize(
    ("parameters", "schema"),
    [
        ({}, {"type": "object", "properties": {}}),
        ({"type": ["object", "null"]}, {"type": "object", "properties": {}}),
        ({"$defs": {"Named": NAMED}, "$ref": "#/$defs/Named"}, NAMED),
        (
            {**NAMED, "anyOf": [{"required": ["name"]}, {"required": ["id"]}]},
            {**NAMED, "description": 'anyOf: [{"required":["name"]},{"required":["id"]}]'},
        ),
        (
            {
                "$defs": {"Named": NAMED},
                "description": "Whom",
                "oneOf": [
                    {"$ref": "#/$defs/Named"},
                    {"properties": {"name": {"type": "null"}, "id": {"type": "integer"}}},
                ],
            },
            {
                "type": "object",
                "$defs": {"Named": NAMED},
                "properties": {
                    "name": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                    "id": {"type": "integer"},
                },
                "description": 'Whom\n\noneOf: [{"$ref":"#/$defs/Named"},{"properties":'
                '{"name":{"type":"null"},"id":{"type":"integer"}}}]',
            },
        ),
        (
            {"required": ["id"], "allOf": [{"required": ["name"]}, {"required": ["id"]}]},
            {
                "type": "object",
                "properties": {},
                "required": ["id", "name"],
                "description": 'allOf: [{"required":["name"]},{"required":["id"]}]',
            },
        ),
    ],
)
def test_a_tool_takes_one_object(parameters: Any, schema: Any) -> None:
    assert tool_schema(parameters) == schema
