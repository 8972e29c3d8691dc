"""Malformed schemas are refused before anything is sent; the error has the place."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.answers import MESSAGES
from trunkline import APIError, BadRequestError, Client
from trunkline.adapters.structured.shape import check_shape

MODELS = [
    "anthropic/claude-sonnet-4-5",
    "anthropic/claude-3-5-haiku-latest",
    "bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "bedrock/us.amazon.nova-pro-v1:0",
    "cohere/command-a-03-2025",
    "gemini/gemini-1.5-pro",
    "gemini/gemini-3-flash",
]
WRONG: list[tuple[object, str]] = [
    ([1], ""),
    ("object", ""),
    ({"properties": [1]}, ".properties"),
    ({"properties": {"a": "string"}}, ".properties.a"),
    ({"properties": {"a": {"properties": {"b": 5}}}}, ".properties.a.properties.b"),
    ({"required": "a"}, ".required"),
    ({"required": [1]}, ".required"),
    ({"properties": {"a": {"type": {"b": 1}}}}, ".properties.a.type"),
    ({"properties": {"a": {"type": ["string", 5]}}}, ".properties.a.type"),
    ({"properties": {"a": {"enum": 5}}}, ".properties.a.enum"),
    ({"properties": {"a": {"format": 5}}}, ".properties.a.format"),
    ({"properties": {"a": {"anyOf": "x"}}}, ".properties.a.anyOf"),
    ({"properties": {"a": {"anyOf": [{}, 5]}}}, ".properties.a.anyOf[1]"),
    ({"properties": {"a": {"items": [{}, 5]}}}, ".properties.a.items"),
    ({"properties": {"a": {"prefixItems": 5}}}, ".properties.a.prefixItems"),
    ({"properties": {"a": {"additionalProperties": [1]}}}, ".properties.a.additionalProperties"),
    ({"$defs": [1]}, ".$defs"),
    ({"$ref": "#/$defs/x", "$defs": {"x": 5}}, ".$defs.x"),
    ({"$ref": 5}, ".$ref"),
    ({"allOf": [{"properties": [1]}]}, ".allOf[0].properties"),
]


def send(model: str, **arguments: Any) -> list[httpx.Request]:
    """Make a call that the provider refuses; return the requests that arrived."""
    seen: list[httpx.Request] = []

    def refuse(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(400, json={"message": "refused"})

    http = httpx.Client(transport=httpx.MockTransport(refuse))
    with http, Client() as client, pytest.raises(APIError) as caught:
        client.completion(
            model,
            MESSAGES,
            api_key="k",
            aws_region_name="us-east-1",
            client=http,
            num_retries=0,
            **arguments,
        )
    if not seen:
        raise caught.value
    return seen


def tools(schema: object) -> list[dict[str, Any]]:
    return [{"type": "function", "function": {"name": "f", "parameters": schema}}]


def format_of(schema: object) -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(("schema", "place"), WRONG)
def test_formats(model: str, schema: object, place: str) -> None:
    with pytest.raises(BadRequestError, match="expected") as caught:
        send(model, response_format=format_of(schema))
    assert caught.value.param == f"response_format.json_schema.schema{place}"


@pytest.mark.parametrize("model", [model for model in MODELS if "cohere" not in model])
@pytest.mark.parametrize(("schema", "place"), WRONG[2:])
def test_parameters_of_functions(model: str, schema: object, place: str) -> None:
    with pytest.raises(BadRequestError, match="expected") as caught:
        send(model, tools=tools(schema))
    assert str(caught.value.param).startswith("tools")
    assert f"parameters{place}" in str(caught.value)


@pytest.mark.parametrize("schema", [None, {}, {"properties": None, "required": None}])
def test_absent_keywords(schema: object) -> None:
    for model in MODELS:
        assert send(model, tools=tools(schema))


def test_a_schema_that_contains_itself() -> None:
    schema: dict[str, Any] = {"type": "object", "properties": {}}
    schema["properties"]["a"] = schema
    with pytest.raises(BadRequestError, match="inside each other"):
        check_shape(schema, "schema")


KEYWORDS = [
    *("type", "properties", "required", "items", "prefixItems", "additionalProperties"),
    *("anyOf", "oneOf", "allOf", "not", "enum", "const", "nullable", "format", "description"),
    *("$ref", "$defs", "definitions", "a"),
]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["string", "object", "#/$defs/a"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYWORDS), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=50)
@given(st.sampled_from(MODELS), VALUES)
def test_whatever_a_schema_is(model: str, schema: object) -> None:
    for arguments in ({"response_format": format_of(schema)}, {"tools": tools(schema)}):
        try:
            assert send(model, **arguments)
        except BadRequestError as error:
            found = error.param
        else:
            found = ""
        assert found is not None
