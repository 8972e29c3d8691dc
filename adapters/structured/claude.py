"""JSON schemas in the form that Claude's structured outputs support.

https://platform.claude.com/docs/en/build-with-claude/structured-outputs#json-schema-limitations
"""

from __future__ import annotations

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

import msgspec
from msgspec import Struct

from ...pipeline.json_values import JSON, as_array, as_object
from .strict import DEFINITIONS, children, inline_root, is_closed

# Keywords that hold several schemas, with the name that they have here, or schemas by name.
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
# These describe the document, not the value.
_IGNORED = frozenset({"$schema", "$id", "$comment", "discriminator"})


class StrictBudget(Struct):
    """What is left of the API's limits on all strict schemas of a request.

    Attributes:
        optional: properties that are not required.
        unions: values that may be of several types.
        tools: tools with a strict schema.
    """

    optional: int = 24
    unions: int = 16
    tools: int = 20

    def takes(self, schema: JSON) -> bool:
        """Return whether a schema can be enforced, and count it."""
        if not is_enforceable(schema):
            return False
        parts = list(_walk(strict_schema(schema)))
        optional = self.optional - sum(map(_optional, parts))
        unions = self.unions - sum(map(_is_union, parts))
        if optional < 0 or unions < 0:
            return False
        self.optional, self.unions = optional, unions
        return True

    def takes_tool(self, schema: JSON) -> bool:
        """Return whether a tool's schema can be enforced, and count it and the tool."""
        if self.tools <= 0 or not self.takes(schema):
            return False
        self.tools -= 1
        return True


#: For models without known limits.
NO_LIMITS = {"optional": 1_000_000, "unions": 1_000_000, "tools": 1_000_000}


def _optional(schema: JSON) -> int:
    """Return how many properties of an object are not required."""
    return len((as_object(schema.get("properties")) or {}).keys() - _required(schema))


def _is_union(schema: JSON) -> bool:
    kinds = as_array(schema.get("type")) or as_array(schema.get("anyOf")) or ()
    return len(kinds) > 1


def is_enforceable(schema: JSON) -> bool:
    """Return whether structured outputs support a schema.

    They do not if objects may have properties of any name, if a value may be anything, or if a
    schema contains itself.
    """
    root = _root_of(schema)
    return is_closed(root) and not _is_recursive(root) and all(map(_is_simple, _walk(root)))


def _root_of(schema: JSON) -> JSON:
    """Return a schema whose root is either an object or a choice of schemas, not both."""
    root = inline_root(schema)
    if "properties" in root or {"$ref", *_LISTS}.isdisjoint(root):
        return root
    return {name: value for name, value in root.items() if name != "type"}


def _walk(schema: JSON) -> Iterator[JSON]:
    """Yield a schema and all schemas in it."""
    yield schema
    for child in children(schema):
        yield from _walk(child)


def _is_simple(schema: JSON) -> bool:
    """Return whether `enum` has only scalars, and no reference is one of several in `allOf`."""
    values, parts = as_array(schema.get("enum")) or [], as_array(schema.get("allOf")) or []
    refers = len(parts) > 1 and any("$ref" in (as_object(part) or {}) for part in parts)
    return not refers and not any(isinstance(value, dict | list) for value in values)


def _is_recursive(schema: JSON) -> bool:
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


def strict_schema(schema: JSON) -> JSON:
    """Return a copy with closed objects, and unsupported keywords in the description.

    The model may follow those, although nothing enforces them.
    """
    return _strict(_root_of(schema))


def _strict(schema: JSON) -> JSON:
    schema = _without_lone_part(schema)
    strict: JSON = {}
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


def _without_lone_part(schema: JSON) -> JSON:
    """Merge the only schema of an `allOf` into its parent: it may not be a reference."""
    parts = as_array(schema.get("allOf")) or []
    if len(parts) != 1:
        return schema
    rest = {name: value for name, value in schema.items() if name != "allOf"}
    return {**(as_object(parts[0]) or {}), **rest}


def tool_schema(parameters: JSON) -> JSON:
    """Return a function's parameters as one object; its root may not have alternatives.

    It gets the properties of all alternatives, and requires those that each of them requires. The
    description keeps the alternatives.
    """
    root: JSON = {"type": "object", "properties": {}, **inline_root(parameters)}
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


def _required(schema: JSON) -> set[str]:
    names: list[object] = as_array(schema.get("required")) or []
    return {name for name in names if isinstance(name, str)}


def _definitions(schema: JSON) -> JSON:
    return {name: schema[name] for name in DEFINITIONS if name in schema}


def _joined(objects: list[JSON]) -> JSON:
    """Return the properties of all objects; where they differ on one, it may be any of these."""
    kinds: dict[str, list[object]] = {}
    for schema in objects:
        for name, kind in (as_object(schema.get("properties")) or {}).items():
            known = kinds.setdefault(name, [])
            known += [kind] if kind not in known else []
    return {name: one[0] if len(one) == 1 else {"anyOf": one} for name, one in kinds.items()}


def _inner(schema: object) -> object:
    """Return a schema inside another; it may also be true or false."""
    fields = as_object(schema)
    return schema if fields is None else _strict(fields)


def _is_kept(name: str, value: object) -> bool:
    if name == "format":
        return isinstance(value, str) and value in _FORMATS
    if name == "minItems":
        return value in (0, 1)
    return name in _KEPT
