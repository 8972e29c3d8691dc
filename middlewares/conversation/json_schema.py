"""Check decoded JSON against a JSON Schema, and say where it does not fit.

It covers what schemas of answers and tools contain: types, enums, objects, arrays, limits,
combinations and local references. Formats and unknown keywords are not checked.
https://json-schema.org/draft/2020-12/json-schema-validation
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from ...pipeline.json_values import JSON, as_array, as_object

_TYPES: dict[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "integer": lambda value: (
        (isinstance(value, int) and not isinstance(value, bool))
        or (isinstance(value, float) and value.is_integer())
    ),
}
_LIMITS: tuple[tuple[str, str, Callable[[Any, Any], bool]], ...] = (
    ("minimum", "at least {}", lambda value, limit: value >= limit),
    ("maximum", "at most {}", lambda value, limit: value <= limit),
    ("exclusiveMinimum", "more than {}", lambda value, limit: value > limit),
    ("exclusiveMaximum", "less than {}", lambda value, limit: value < limit),
)
_MAX_DEPTH = 100


def find_misfit(value: object, schema: object) -> str:
    """Return the first place where a value does not fit a schema and why, "" if it fits."""
    return next(_Checker(schema).check(value, schema, "$", 0), "")


class _Checker:
    def __init__(self, root: object) -> None:
        self._root = root

    def check(self, value: Any, schema: object, path: str, depth: int) -> Iterator[str]:
        if schema is False:
            yield f"{path}: not allowed"
        fields = as_object(schema)
        if fields is None or depth > _MAX_DEPTH:
            return
        if "$ref" in fields:
            yield from self.check(value, self._resolve(str(fields["$ref"])), path, depth + 1)
        yield from _check_kind(value, fields, path)
        yield from self._combined(value, fields, path, depth)
        if (items := as_array(value)) is not None:
            yield from self._array(items, fields, path, depth)
        elif (members := as_object(value)) is not None:
            yield from self._object(members, fields, path, depth)

    def _resolve(self, reference: str) -> object:
        node: object = self._root
        if not reference.startswith("#"):
            return {}
        for step in reference.lstrip("#").strip("/").split("/"):
            if step:
                node = (as_object(node) or {}).get(step.replace("~1", "/").replace("~0", "~"))
        return node

    def _combined(self, value: Any, schema: JSON, path: str, depth: int) -> Iterator[str]:
        for each in as_array(schema.get("allOf")) or ():
            yield from self.check(value, each, path, depth + 1)
        for name in ("anyOf", "oneOf"):
            choices = as_array(schema.get(name))
            if not choices:
                continue
            misfits = [next(self.check(value, each, path, depth + 1), "") for each in choices]
            if all(misfits):
                yield f"{path}: fits none of {name}: {misfits[0]}"
            elif name == "oneOf" and misfits.count("") > 1:
                yield f"{path}: fits more than one of oneOf"
        if "not" in schema and not next(self.check(value, schema["not"], path, depth + 1), ""):
            yield f"{path}: fits what it must not fit"

    def _object(self, members: JSON, schema: JSON, path: str, depth: int) -> Iterator[str]:
        for name in as_array(schema.get("required")) or ():
            if name not in members:
                yield f"{path}: {name!r} is missing"
        properties = as_object(schema.get("properties")) or {}
        patterns = as_object(schema.get("patternProperties")) or {}
        others = schema.get("additionalProperties", True)
        for name, member in members.items():
            place = f"{path}.{name}"
            matching = [each for pattern, each in patterns.items() if _search(pattern, name)]
            if name in properties:
                matching.append(properties[name])
            if not matching and others is False:
                yield f"{place}: unknown; expected {', '.join(properties) or 'nothing'}"
            for each in matching or [others]:
                yield from self.check(member, each, place, depth + 1)

    def _array(self, items: list[Any], schema: JSON, path: str, depth: int) -> Iterator[str]:
        yield from _check_length(len(items), schema, "Items", "items", path)
        first = as_array(schema.get("prefixItems")) or []
        rest = schema.get("items", True)
        for number, item in enumerate(items):
            each = first[number] if number < len(first) else rest
            yield from self.check(item, each, f"{path}[{number}]", depth + 1)
        if schema.get("uniqueItems") and any(item in items[:n] for n, item in enumerate(items)):
            yield f"{path}: an item occurs twice"


def _check_kind(value: Any, schema: JSON, path: str) -> Iterator[str]:
    given: object = schema.get("type")
    kinds = [given] if isinstance(given, str) else as_array(given) or []
    if kinds and not any(_TYPES.get(str(kind), _always)(value) for kind in kinds):
        yield f"{path}: expected {' or '.join(map(str, kinds))}, got {_name_of(value)}"
        return
    allowed = as_array(schema.get("enum"))
    if allowed is not None and not any(_same(value, each) for each in allowed):
        yield f"{path}: expected one of {', '.join(map(repr, allowed))}, got {value!r}"
    if "const" in schema and not _same(value, schema["const"]):
        yield f"{path}: expected {schema['const']!r}, got {value!r}"
    if isinstance(value, str):
        yield from _check_length(len(value), schema, "Length", "characters", path)
        pattern: object = schema.get("pattern")
        if isinstance(pattern, str) and not _search(pattern, value):
            yield f"{path}: {value!r} does not match {pattern!r}"
    if _TYPES["number"](value):
        for name, text, fits in _LIMITS:
            limit = schema.get(name)
            if _TYPES["number"](limit) and not fits(value, limit):
                yield f"{path}: expected {text.format(limit)}, got {value!r}"
        step = schema.get("multipleOf")
        if isinstance(step, int) and step and value % step:
            yield f"{path}: expected a multiple of {step}, got {value!r}"


def _check_length(length: int, schema: JSON, suffix: str, unit: str, path: str) -> Iterator[str]:
    least, most = schema.get(f"min{suffix}"), schema.get(f"max{suffix}")
    if isinstance(least, int) and length < least:
        yield f"{path}: expected at least {least} {unit}, got {length}"
    if isinstance(most, int) and length > most:
        yield f"{path}: expected at most {most} {unit}, got {length}"


def _same(value: Any, other: Any) -> bool:
    # In Python, True == 1.
    return isinstance(value, bool) is isinstance(other, bool) and bool(value == other)


def _search(pattern: str, text: str) -> bool:
    try:
        return re.search(pattern, text) is not None
    except re.error:
        # ECMAScript's syntax has more than Python's.
        return True


def _always(_: object) -> bool:
    return True


def _name_of(value: object) -> str:
    return next((name for name, fits in _TYPES.items() if fits(value)), type(value).__name__)
