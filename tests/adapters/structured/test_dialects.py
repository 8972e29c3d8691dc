"""Schemas in the two dialects that Google reads."""

from __future__ import annotations

import copy
import json

import pytest
from google.genai import types
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.vendors.genai_types import check_schema
from trunkline import BadRequestError
from trunkline.adapters.structured.dialects import JSON_SCHEMA, OPENAPI, Dialect, translate_schema
from trunkline.pipeline.json_values import JSON

NODE: JSON = {
    "$ref": "#/$defs/Node",
    "$defs": {
        "Node": {
            "type": "object",
            "properties": {
                "value": {"type": "integer"},
                "next": {"anyOf": [{"$ref": "#/$defs/Node"}, {"type": "null"}]},
            },
        }
    },
}


def translate(schema: JSON, dialect: Dialect) -> JSON:
    """Translate, and have the vendor's own types judge it."""
    before = copy.deepcopy(schema)
    found = translate_schema(schema, dialect, "tools[0].function.parameters")
    assert schema == before
    if dialect is OPENAPI:
        types.Schema.model_validate_json(json.dumps(found))
    else:
        check_schema(found)
    return found


@pytest.mark.parametrize(
    ("schema", "newer", "older"),
    [
        (
            {"type": "string", "format": "date-time"},
            {"type": "string", "format": "date-time"},
            {"type": "STRING", "format": "date-time"},
        ),
        (
            {"type": "string", "format": "email", "description": "Whom to write"},
            {"type": "string", "description": "Whom to write (format: email)"},
            {"type": "STRING", "description": "Whom to write (format: email)"},
        ),
        (
            {"type": "string", "pattern": "^a+$", "minLength": 1},
            {"type": "string", "description": "(pattern: ^a+$, minLength: 1)"},
            {"type": "STRING", "pattern": "^a+$", "minLength": 1},
        ),
        (
            {"type": ["string", "null"]},
            {"type": ["string", "null"]},
            {"type": "STRING", "nullable": True},
        ),
        (
            {"type": ["string", "integer"], "description": "Either", "minLength": 2, "minimum": 1},
            {
                "description": "Either",
                "anyOf": [
                    {"type": "string", "description": "(minLength: 2)"},
                    {"type": "integer", "minimum": 1},
                ],
            },
            {
                "description": "Either",
                "anyOf": [{"type": "STRING", "minLength": 2}, {"type": "INTEGER", "minimum": 1}],
            },
        ),
        (
            {"anyOf": [{"type": "integer"}, {"type": "null"}], "title": "Age"},
            {"anyOf": [{"type": "integer"}, {"type": "null"}], "title": "Age"},
            {"type": "INTEGER", "title": "Age", "nullable": True},
        ),
        (
            {"anyOf": [{"type": "integer"}, {"type": "string"}, {"type": "null"}]},
            {"anyOf": [{"type": "integer"}, {"type": "string"}, {"type": "null"}]},
            {"anyOf": [{"type": "INTEGER"}, {"type": "STRING"}], "nullable": True},
        ),
        (
            {"oneOf": [{"type": "integer"}, {"type": "string"}], "discriminator": {"x": "y"}},
            {"anyOf": [{"type": "integer"}, {"type": "string"}]},
            {"anyOf": [{"type": "INTEGER"}, {"type": "STRING"}]},
        ),
        (
            {"const": "cat"},
            {"type": "string", "enum": ["cat"]},
            {"type": "STRING", "enum": ["cat"]},
        ),
        (
            {"const": True},
            {"type": "boolean", "description": "(const: true)"},
            {"type": "BOOLEAN", "description": "(const: true)"},
        ),
        ({"const": None}, {"type": "null"}, {"type": "NULL"}),
        (
            {"enum": [1, 2], "type": "integer"},
            {"type": "integer", "enum": [1, 2]},
            {"type": "INTEGER", "description": "(enum: [1,2])"},
        ),
        (
            {"enum": ["a", None], "type": ["string", "null"], "description": "A or none"},
            {
                "description": "A or none",
                "anyOf": [{"type": "string", "enum": ["a"]}, {"type": "null"}],
            },
            {"type": "STRING", "enum": ["a"], "description": "A or none", "nullable": True},
        ),
        (
            {"enum": ["a", ""], "type": "string"},
            {"type": "string", "description": '(enum: ["a",""])'},
            {"type": "STRING", "description": '(enum: ["a",""])'},
        ),
        (
            {"type": "string", "nullable": True},
            {"type": ["string", "null"]},
            {"type": "STRING", "nullable": True},
        ),
        (
            {"type": "string", "nullable": True, "enum": ["a"]},
            {"anyOf": [{"type": "string", "enum": ["a"]}, {"type": "null"}]},
            {"type": "STRING", "nullable": True, "enum": ["a"]},
        ),
        (
            {"type": "object", "properties": {"type": {"type": "string"}, "x": True},
             "required": ["type"], "additionalProperties": False, "$schema": "draft"},
            {"type": "object", "properties": {"type": {"type": "string"}, "x": {}},
             "required": ["type"], "additionalProperties": False},
            {"type": "OBJECT", "properties": {"type": {"type": "STRING"}, "x": {}},
             "required": ["type"]},
        ),
        (
            {"type": "object", "additionalProperties": {"type": "integer"}},
            {"type": "object", "additionalProperties": {"type": "integer"}},
            {"type": "OBJECT", "description": '(additionalProperties: {"type":"integer"})'},
        ),
        (
            {"type": "array", "prefixItems": [{"type": "string"}], "uniqueItems": True},
            {"type": "array", "prefixItems": [{"type": "string"}],
             "description": "(uniqueItems: true)"},
            {"type": "ARRAY",
             "description": '(prefixItems: [{"type":"string"}], uniqueItems: true)'},
        ),
        (
            {"type": "integer", "default": 3, "exclusiveMinimum": 0},
            {"type": "integer", "description": "(default: 3, exclusiveMinimum: 0)"},
            {"type": "INTEGER", "description": "(default: 3, exclusiveMinimum: 0)"},
        ),
        (
            {"allOf": [{"type": "object", "properties": {"a": {"type": "string"}},
                        "required": ["a"]},
                       {"properties": {"b": {"type": "string"}}, "required": ["b"]}]},
            {"type": "object", "properties": {"b": {"type": "string"}, "a": {"type": "string"}},
             "required": ["a", "b"]},
            {"type": "OBJECT", "properties": {"b": {"type": "STRING"}, "a": {"type": "STRING"}},
             "required": ["a", "b"]},
        ),
    ],
)  # fmt: skip
def test_keywords(schema: JSON, newer: JSON, older: JSON) -> None:
    assert translate(schema, JSON_SCHEMA) == newer
    assert translate(schema, OPENAPI) == older


def test_references_stay_where_they_stand_alone() -> None:
    schema: JSON = {
        "type": "object",
        "properties": {
            "home": {"$ref": "#/$defs/Place"},
            "work": {"$ref": "#/$defs/Place", "description": "By day"},
            "other": {"allOf": [{"$ref": "#/$defs/Place"}]},
        },
        "$defs": {"Place": {"type": "string", "description": "Where"}},
    }
    newer = translate(schema, JSON_SCHEMA)
    assert newer["properties"] == {
        "home": {"$ref": "#/$defs/Place"},
        "work": {"type": "string", "description": "By day"},
        "other": {"$ref": "#/$defs/Place"},
    }
    assert newer["$defs"] == schema["$defs"]
    older = translate(schema, OPENAPI)
    assert older["properties"] == {
        "home": {"type": "STRING", "description": "Where"},
        "work": {"type": "STRING", "description": "By day"},
        "other": {"type": "STRING", "description": "Where"},
    }
    assert "$defs" not in older


def test_definitions_under_their_older_name() -> None:
    schema: JSON = {
        "type": "array",
        "items": {"$ref": "#/definitions/Place"},
        "definitions": {"Place": {"type": "string"}},
    }
    assert translate(schema, JSON_SCHEMA) == {
        "type": "array",
        "items": {"$ref": "#/$defs/Place"},
        "$defs": {"Place": {"type": "string"}},
    }
    assert translate(schema, OPENAPI) == {"type": "ARRAY", "items": {"type": "STRING"}}


def test_schemas_that_hold_themselves() -> None:
    newer = translate(NODE, JSON_SCHEMA)
    following = {"anyOf": [{"$ref": "#/$defs/Node"}, {"type": "null"}]}
    assert newer["type"] == "object"
    assert newer["properties"]["next"] == following
    assert newer["$defs"]["Node"]["properties"]["next"] == following
    older = translate(NODE, OPENAPI)
    inner = older["properties"]["next"]
    assert inner["nullable"] is True
    assert inner["properties"]["next"] == {
        "type": "OBJECT",
        "description": "the same again as Node",
        "nullable": True,
    }


@pytest.mark.parametrize("reference", ["#/$defs/None", "https://example.com/schema.json"])
def test_a_reference_that_leads_nowhere_says_where(reference: str) -> None:
    schema: JSON = {"type": "object", "properties": {"x": {"$ref": reference, "title": "X"}}}
    for dialect in (JSON_SCHEMA, OPENAPI):
        with pytest.raises(BadRequestError, match=r"does not exist in this schema") as caught:
            translate(schema, dialect)
        assert caught.value.param == "tools[0].function.parameters"


_leaves = st.sampled_from(
    [
        {"type": "string"},
        {"type": ["integer", "null"], "minimum": 1},
        {"const": 1.5},
        {"enum": ["a", None]},
        {"$ref": "#/$defs/Self"},
        {"$ref": "#/$defs/Self", "description": "again"},
        {"type": "string", "format": "uri", "not": {"const": "x"}},
    ]
)


def _grow(inner: st.SearchStrategy[JSON]) -> st.SearchStrategy[JSON]:
    names = st.sampled_from(["a", "type", "$ref2"])
    return st.one_of(
        st.dictionaries(names, inner).map(lambda found: {"type": "object", "properties": found}),
        inner.map(lambda found: {"type": "array", "items": found}),
        st.lists(inner, min_size=1, max_size=3).map(lambda found: {"anyOf": found}),
        st.lists(inner, min_size=1, max_size=2).map(lambda found: {"allOf": found}),
        st.lists(inner, min_size=1, max_size=2).map(lambda found: {"oneOf": found, "title": "t"}),
    )


@given(st.recursive(_leaves, _grow, max_leaves=8))
@settings(max_examples=200, deadline=None)
def test_whatever_the_schema_both_dialects_can_be_read(schema: JSON) -> None:
    root = {**schema, "$defs": {"Self": {"type": "object", "properties": {"x": schema}}}}
    for dialect in (JSON_SCHEMA, OPENAPI):
        assert translate(root, dialect) == translate(copy.deepcopy(root), dialect)
