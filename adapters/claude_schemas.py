"""JSON schemas as Claude's structured outputs take them.

https://platform.claude.com/docs/en/build-with-claude/structured-outputs#json-schema-limitations
"""

from __future__ import annotations

from typing import Any

from ..pipeline.json_values import as_array, as_object

# Keywords that hold one schema, several, or schemas by name.
_LISTS = {"anyOf": "anyOf", "oneOf": "anyOf", "allOf": "allOf"}
_BY_NAME = ("$defs", "definitions", "properties")
_KEPT = frozenset({"$ref", "type", "enum", "const", "default", "description", "title", "required"})
_FORMATS = frozenset(
    "date-time time date duration email hostname uri ipv4 ipv6 uuid".split()  # noqa: SIM905
)
# These say something of the document, nothing of the value.
_IGNORED = frozenset({"$schema", "$id", "$comment"})


def is_open(schema: object) -> bool:
    """Tell whether a schema lets objects have properties of any name, which Claude's cannot."""
    items = as_array(schema)
    if items is not None:
        return any(map(is_open, items))
    fields = as_object(schema)
    if fields is None:
        return False
    # A property may have the name of a keyword; its value is a schema then.
    if fields.get("additionalProperties") not in (None, False) and "type" in fields:
        return True
    return any(map(is_open, fields.values()))


def strict_schema(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a copy in which objects are closed and unknown keywords stand in the description.

    A keyword that is not enforced may still be followed where the model reads of it.
    """
    strict: dict[str, Any] = {}
    notes: list[str] = []
    for name, value in schema.items():
        if name in _LISTS:
            strict[_LISTS[name]] = [_inner(variant) for variant in as_array(value) or ()]
        elif name in _BY_NAME:
            named = as_object(value) or {}
            strict[name] = {key: _inner(schema) for key, schema in named.items()}
        elif name == "items":
            strict[name] = _inner(value)
        elif _is_kept(name, value):
            strict[name] = value
        elif name not in _IGNORED and name != "additionalProperties":
            notes.append(f"{name}: {value}")
    if "properties" in strict or strict.get("type") == "object":
        strict["additionalProperties"] = False
    if notes:
        known = strict.get("description")
        strict["description"] = (f"{known}\n\n" if known else "") + "{" + ", ".join(notes) + "}"
    return strict


def _inner(schema: object) -> object:
    """Return a schema within another, which may be true or false instead."""
    fields = as_object(schema)
    return schema if fields is None else strict_schema(fields)


def _is_kept(name: str, value: object) -> bool:
    if name == "format":
        return value in _FORMATS
    if name == "minItems":
        return value in (0, 1)
    return name in _KEPT
