"""JSON schemas as Claude's structured outputs take them.

https://platform.claude.com/docs/en/build-with-claude/structured-outputs#json-schema-limitations
"""

from __future__ import annotations

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from typing import Any

import msgspec

from ...pipeline.json_values import as_array, as_object
from .strict import DEFINITIONS, children, inline_root, is_closed

# Keywords that hold one schema, several, or schemas by name.
_LISTS = {"anyOf": "anyOf", "oneOf": "anyOf", "allOf": "allOf"}
_BY_NAME = (*DEFINITIONS, "properties")
_KEPT = frozenset({"$ref", "type", "enum", "const", "default", "description", "title", "required"})
_FORMATS = frozenset(
    {
        "date",
        "date-time",
        "duration",
        "email",
        "hostname",
        "ipv4",
        "ipv6",
        "time",
        "uri",
        "uuid",
    }
)
# These say something of the document, nothing of the value.
_IGNORED = frozenset({"$schema", "$id", "$comment", "discriminator"})


def is_enforceable(schema: dict[str, Any]) -> bool:
    """Tell whether Claude can be held to a schema.

    It cannot where objects may have properties of any name, where a value may be anything, and
    where a schema holds itself.
    """
    root = _root_of(schema)
    return is_closed(root) and not _is_recursive(root) and all(map(_is_simple, _walk(root)))


def _root_of(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema whose root says one thing: what it is, or what it refers to."""
    root = inline_root(schema)
    if "properties" in root or {"$ref", *_LISTS}.isdisjoint(root):
        return root
    return {name: value for name, value in root.items() if name != "type"}


def _walk(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a schema and all within it."""
    yield schema
    for child in children(schema):
        yield from _walk(child)


def _is_simple(schema: dict[str, Any]) -> bool:
    """Tell whether an enum lists no objects, and several that all hold are no references."""
    values, parts = as_array(schema.get("enum")) or [], as_array(schema.get("allOf")) or []
    refers = len(parts) > 1 and any("$ref" in (as_object(part) or {}) for part in parts)
    return not refers and not any(isinstance(value, dict | list) for value in values)


def _is_recursive(schema: dict[str, Any]) -> bool:
    named = {
        f"#/{place}/{name}": as_object(inner) or {}
        for place in DEFINITIONS
        for name, inner in (as_object(schema.get(place)) or {}).items()
    }
    leads = {
        reference: {str(inner["$ref"]) for inner in _walk(node) if "$ref" in inner}
        for reference, node in {"#": schema, **named}.items()
    }
    try:
        TopologicalSorter(leads).prepare()
    except CycleError:
        return True
    return False


def strict_schema(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a copy in which objects are closed and unknown keywords stand in the description.

    A keyword that is not enforced may still be followed where the model reads of it.
    """
    return _strict(_root_of(schema))


def _strict(schema: dict[str, Any]) -> dict[str, Any]:
    schema = _without_lone_part(schema)
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


def _without_lone_part(schema: dict[str, Any]) -> dict[str, Any]:
    """Put the only part of an `allOf`, which may be no reference, in its place."""
    parts = as_array(schema.get("allOf")) or []
    if len(parts) != 1:
        return schema
    rest = {name: value for name, value in schema.items() if name != "allOf"}
    return {**(as_object(parts[0]) or {}), **rest}


def tool_schema(parameters: dict[str, Any]) -> dict[str, Any]:
    """Return a function's parameters as one object, in whose root there may be no alternatives.

    All properties of the alternatives are its own, those that each of them requires are required,
    and what they were stands in the description.
    """
    root: dict[str, Any] = {"type": "object", "properties": {}, **inline_root(parameters)}
    root["type"] = "object"
    notes: list[str] = []
    for name in _LISTS:
        parts = as_array(root.pop(name, None))
        if not parts:
            continue
        merged = [tool_schema({**_definitions(root), **(as_object(part) or {})}) for part in parts]
        root["properties"] = _joined([root, *merged])
        needed = [_required(part) for part in merged]
        always = set[str]().union(*needed) if name == "allOf" else needed[0].intersection(*needed)
        if always | _required(root):
            root["required"] = sorted(always | _required(root))
        notes.append(f"{name}: {msgspec.json.encode(parts).decode()}")
    if notes:
        root["description"] = "\n\n".join(filter(None, [root.get("description"), *notes]))
    return root


def _required(schema: dict[str, Any]) -> set[str]:
    return set(as_array(schema.get("required")) or ())


def _definitions(schema: dict[str, Any]) -> dict[str, Any]:
    return {name: schema[name] for name in DEFINITIONS if name in schema}


def _joined(objects: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the properties of all; one that they describe differently is any of these."""
    kinds: dict[str, list[object]] = {}
    for schema in objects:
        for name, kind in (as_object(schema.get("properties")) or {}).items():
            known = kinds.setdefault(name, [])
            known += [kind] if kind not in known else []
    return {name: one[0] if len(one) == 1 else {"anyOf": one} for name, one in kinds.items()}


def _inner(schema: object) -> object:
    """Return a schema within another, which may be true or false instead."""
    fields = as_object(schema)
    return schema if fields is None else _strict(fields)


def _is_kept(name: str, value: object) -> bool:
    if name == "format":
        return value in _FORMATS
    if name == "minItems":
        return value in (0, 1)
    return name in _KEPT
