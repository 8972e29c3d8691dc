"""Make the JSON schemas of classes strict, if OpenAI's strict mode can express them.

https://platform.openai.com/docs/guides/structured-outputs#supported-schemas
"""

from __future__ import annotations

from typing import Any, cast

from ...pipeline.json_values import JSON, as_array, as_object

# Constraints that strict mode refuses; the class checks them in the response.
_REFUSED = frozenset(
    {
        "contentEncoding",
        "contentMediaType",
        "default",
        "discriminator",
        "examples",
        "maxLength",
        "maxProperties",
        "minLength",
        "minProperties",
        "uniqueItems",
    }
)
_FORMATS = frozenset(
    {"date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"}
)
_LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")
#: Where a schema defines the schemas that it refers to, in current and older drafts.
DEFINITIONS = ("$defs", "definitions")
_MAPS = ("properties", *DEFINITIONS)
_SINGLES = ("items", "additionalProperties", "not")


def inline_root(schema: JSON) -> JSON:
    """Return a schema with its root replaced by the object that the root refers to, if it does."""
    reference = str(schema.get("$ref", ""))
    place, _, name = reference.removeprefix("#/").partition("/")
    definitions: JSON = (schema.get(place) or {}) if place in DEFINITIONS else {}
    if name not in definitions:
        return schema
    refers = [str(definition) for definition in definitions.values()]
    recursive = any(f"'{reference}'" in text for text in refers)
    kept = {key: value for key, value in definitions.items() if key != name or recursive}
    return {**definitions[name], **({place: kept} if kept else {})}


def make_strict(schema: JSON) -> JSON | None:
    """Return a schema for strict mode whose values also match the given schema.

    Every property becomes required, and no other properties are allowed. Return None if strict mode
    cannot express the schema: open objects, tuples and values of any type.
    """
    if not is_closed(schema):
        return None
    return _strict(schema, schema)


def is_closed(node: JSON) -> bool:
    """Return whether every part of a schema has a type, and every object has its properties."""
    if "prefixItems" in node or "not" in node or "patternProperties" in node:
        return False
    said = {"type", "$ref", "anyOf", "oneOf", "allOf", "enum", "const"}
    if said.isdisjoint(node) or (node.get("type") == "array" and "items" not in node):
        return False
    is_open = "properties" not in node or node.get("additionalProperties") not in (None, False)
    if node.get("type") == "object" and is_open:
        return False
    parts = {key: value for key, value in node.items() if key != "additionalProperties"}
    return all(is_closed(child) for child in children(parts))


def children(node: JSON) -> list[JSON]:
    """Return the schemas inside a schema; `true` becomes an empty one."""
    found: list[Any] = [node[key] for key in _SINGLES if key in node]
    for key in _LISTS:
        found.extend(as_array(node.get(key)) or ())
    for key in _MAPS:
        found.extend((as_object(node.get(key)) or {}).values())
    return [as_object(child) or {} for child in found]


def _strict(node: JSON, root: JSON) -> JSON:
    strict: JSON = {}
    for key, value in node.items():
        if key in _REFUSED or (key == "format" and value not in _FORMATS):
            continue
        if key in _LISTS:
            # Tagged objects match exactly one option, so anyOf means the same as oneOf.
            name = "anyOf" if key == "oneOf" else key
            strict[name] = [_strict(child, root) for child in cast("list[JSON]", value)]
        elif key in _MAPS:
            named = cast("dict[str, JSON]", value)
            strict[key] = {name: _strict(child, root) for name, child in named.items()}
        elif key == "items":
            strict[key] = _strict(cast("JSON", value), root)
        else:
            strict[key] = value
    if strict.get("type") == "object":
        strict["additionalProperties"] = False
        strict["required"] = list(strict["properties"])
    if len(strict.get("allOf") or ()) == 1:
        strict = {**strict.pop("allOf")[0], **strict}
    # Strict mode does not allow keywords next to a reference, so its description is dropped.
    return {"$ref": strict["$ref"]} if "$ref" in strict else strict
