"""Requests as google-genai types them: what the vendor's client would not send is a defect."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

from google.genai import types
from pydantic import BaseModel

from trunkline.pipeline.json_values import JSON, as_array, as_object

# The fields of a request, each with its type; a list is one of many.
_FIELDS: dict[str, type[BaseModel]] = {
    "contents": types.Content,
    "generationConfig": types.GenerationConfig,
    "safetySettings": types.SafetySetting,
    "systemInstruction": types.Content,
    "toolConfig": types.ToolConfig,
    "tools": types.Tool,
}
_PLAIN: dict[str, type[object]] = {
    "cachedContent": str,
    "labels": dict,
    "serviceTier": str,
    "store": bool,
}


def check_request(body: JSON) -> None:
    """Assert that the client would take every field, part, tool and schema, and knows each.

    Raises:
        pydantic.ValidationError: it would not.
    """
    for name, value in body.items():
        if name in _PLAIN:
            assert isinstance(value, _PLAIN[name]), name
            continue
        items = as_array(value)
        for item in [value] if items is None else items:
            _FIELDS[name].model_validate_json(json.dumps(item))
    assert body["contents"]
    for content in body["contents"]:
        assert content["role"] in ("user", "model")
        assert content["parts"]
        for part in content["parts"]:
            _check_part(part)
    _check_turns(body["contents"])
    for tool in body.get("tools", ()):
        for function in tool.get("functionDeclarations", ()):
            check_schema(function.get("parametersJsonSchema", {}))
            assert not {"parametersJsonSchema", "parameters"} <= set(function)
    check_schema(body.get("generationConfig", {}).get("responseJsonSchema", {}))


def _check_part(part: JSON) -> None:
    """A part is one thing: text, bytes, an address, a call or a result."""
    beside = {"thoughtSignature", "thought", "mediaProcessing", "mediaResolution"}
    kinds = {name for name in part if name not in beside and not name.endswith("Metadata")}
    assert len(kinds) == 1, part


def _check_turns(contents: list[JSON]) -> None:
    """Roles take turns, and each call has its result in the next content."""
    roles = [content["role"] for content in contents]
    assert all(one != other for one, other in pairwise(roles))
    for content in contents:
        kinds = ["functionResponse" in part for part in content["parts"]]
        assert kinds == sorted(kinds, reverse=True), "results must stand together"


def check_schema(schema: JSON) -> None:
    """Assert that a JSON schema has only keywords that the API's reference lists.

    https://ai.google.dev/api/generate-content#v1beta.GenerationConfig (`responseJsonSchema`)
    """
    if schema:
        types.JSONSchema.model_validate_json(json.dumps(_without_unknown(schema)))


def _without_unknown(node: object) -> Any:
    """Return a schema without what the API takes and the client's type has no field for."""
    items, fields = as_array(node), as_object(node)
    if items is not None:
        return [_without_unknown(item) for item in items]
    if fields is None:
        return node
    unknown = {"$id", "$anchor", "prefixItems", "propertyOrdering"}
    found: JSON = {}
    for key, value in fields.items():
        if key in ("properties", "$defs"):
            inner = as_object(value) or {}
            found[key] = {name: _without_unknown(schema) for name, schema in inner.items()}
        elif key not in unknown:
            found[key] = _without_unknown(value)
    return found
