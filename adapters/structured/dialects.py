"""Translate JSON schemas into the dialects of providers, each defined as data.

A keyword that a dialect does not support becomes text in the description, so that the model still
reads it. Google's two dialects are here; other wires define theirs where they encode requests.

https://ai.google.dev/gemini-api/docs/structured-output,
https://ai.google.dev/api/generate-content#v1beta.GenerationConfig (`responseJsonSchema`) and
https://ai.google.dev/api/caching#Schema
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import msgspec
from msgspec import Struct

from ...pipeline.errors import BadRequestError
from ...pipeline.json_values import JSON, as_array, as_object

_NUMBER_FORMATS = frozenset({"int32", "int64", "float", "double"})


class Dialect(Struct, frozen=True, kw_only=True, eq=False):
    """The JSON Schema keywords and types that a provider supports.

    Attributes:
        parameters_field: the field of a function declaration for its parameters.
        response_field: the field of the generation config for the schema of the response.
        keywords: the supported ones; others become text in the description.
        types: its names of JSON's types.
        formats: the supported values of `format`.
        references: whether `$ref` is supported; if not, its target replaces it.
        null_type: whether "null" is a type; if not, a schema is `nullable`.
        enum_types: the types whose values an `enum` may list.
    """

    parameters_field: str
    response_field: str
    keywords: frozenset[str]
    types: Mapping[str, str]
    formats: frozenset[str]
    references: bool
    null_type: bool
    enum_types: tuple[type, ...]


_TYPES = ("string", "number", "integer", "boolean", "array", "object", "null")
_COMMON_KEYWORDS = frozenset(
    [
        "type",
        "format",
        "title",
        "description",
        "enum",
        "items",
        "minItems",
        "maxItems",
        "minimum",
        "maximum",
        "anyOf",
        "properties",
        "required",
        "propertyOrdering",
    ]
)

#: JSON Schema, which AI Studio and Vertex support in addition to the older dialect.
JSON_SCHEMA = Dialect(
    parameters_field="parametersJsonSchema",
    response_field="responseJsonSchema",
    keywords=_COMMON_KEYWORDS
    | frozenset(["$id", "$defs", "$anchor", "prefixItems", "additionalProperties"]),
    types=MappingProxyType({name: name for name in _TYPES}),
    formats=_NUMBER_FORMATS | {"date-time", "date", "time"},
    references=True,
    null_type=True,
    enum_types=(str, int, float),
)

#: The subset of OpenAPI 3.0 for models before Gemini 2.0.
OPENAPI = Dialect(
    parameters_field="parameters",
    response_field="responseSchema",
    keywords=_COMMON_KEYWORDS
    | frozenset(
        ["nullable", "pattern", "minLength", "maxLength", "minProperties", "maxProperties"]
    ),
    types=MappingProxyType({name: name.upper() for name in _TYPES}),
    formats=_NUMBER_FORMATS | {"date-time", "enum"},
    references=False,
    null_type=False,
    enum_types=(str,),
)

# Keywords that do not constrain values.
_SILENT = frozenset(
    [
        "$schema",
        "$comment",
        "$defs",
        "definitions",
        "$id",
        "$anchor",
        "deprecated",
        "readOnly",
        "writeOnly",
        "discriminator",
    ]
)

# The types that each keyword applies to; other keywords apply to all types.
_CONCERNS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        **dict.fromkeys(("properties", "required", "additionalProperties"), frozenset({"object"})),
        **dict.fromkeys(
            ("items", "prefixItems", "minItems", "maxItems", "uniqueItems"), frozenset({"array"})
        ),
        **dict.fromkeys(("pattern", "minLength", "maxLength"), frozenset({"string"})),
        **dict.fromkeys(("minimum", "maximum", "multipleOf"), frozenset({"number", "integer"})),
    }
)


def translate_schema(schema: Mapping[str, Any], dialect: Dialect, path: str) -> JSON:
    """Return a JSON schema in a dialect; the schema itself is not changed.

    Args:
        schema: as OpenAI takes it, with `$ref`, `anyOf`, `const`, lists of types and all; it has
            passed `check_shape`.
        dialect: one of those of this module.
        path: the schema's location in the request, for errors.

    Raises:
        BadRequestError: a `$ref` leads nowhere.
    """
    translator = _Translator(schema, dialect, path)
    return translator.translate(translator.root, ())


class _Translator:
    """Walks one schema; knows its root, which references start from."""

    def __init__(self, schema: Mapping[str, Any], dialect: Dialect, path: str) -> None:
        self._dialect = dialect
        self._path = path
        self.root: JSON = dict(schema)
        older: JSON = schema.get("definitions") or {}
        newer: JSON = schema.get("$defs") or {}
        if older or newer:
            self.root["$defs"] = {**older, **newer}
        if isinstance(schema.get("$ref"), str):
            # The root itself must contain its keywords.
            target = self._find(schema["$ref"])
            del self.root["$ref"]
            self.root = {**target, **self.root}

    def translate(self, node: object, inside: tuple[str, ...]) -> JSON:
        """Return the translation of a node; `inside` are the references that led to it."""
        schema = as_object(node)
        if schema is None:
            # `true` allows anything; `false` cannot be expressed.
            return {}
        schema, inside = self._merge_all(schema, inside)
        if isinstance(schema.get("$ref"), str):
            return self._refer(schema, inside)
        schema = _spell_constant(schema)
        if self._dialect.null_type:
            schema = _spell_null(schema)
        schema = _spell_options(schema)
        if not (self._dialect.null_type and _is_nullable(schema)):
            schema = _spread_types(schema)
        if not self._dialect.null_type:
            nullable = _say_nullable(schema)
            if nullable is not schema:
                return self.translate(nullable, inside)
        return self._spell(schema, inside)

    def _merge_all(self, schema: JSON, inside: tuple[str, ...]) -> tuple[JSON, tuple[str, ...]]:
        """Merge the parts of an `allOf` into one schema.

        Return it with the references that were followed.
        """
        parts = as_array(schema.get("allOf"))
        if parts is None:
            return schema, inside
        merged: JSON = {key: value for key, value in schema.items() if key != "allOf"}
        for part in parts:
            fields = as_object(part) or {}
            reference = _current(str(fields.get("$ref", "")))
            if reference and reference not in inside and len(parts) > 1:
                fields = {**self._find(reference), **fields}
                del fields["$ref"]
                inside = (*inside, reference)
            fields, inside = self._merge_all(fields, inside)
            for key, value in fields.items():
                if key == "properties":
                    merged[key] = {**(value or {}), **(merged.get(key) or {})}
                elif key == "required":
                    merged[key] = [*dict.fromkeys([*(merged.get(key) or ()), *(value or ())])]
                else:
                    merged.setdefault(key, value)
        return merged, inside

    def _refer(self, schema: JSON, inside: tuple[str, ...]) -> JSON:
        """Keep a reference, or replace it by its target and the keywords next to it."""
        reference = _current(schema["$ref"])
        others = {key: value for key, value in schema.items() if key != "$ref"}
        if self._dialect.references and (reference in inside or not others):
            return {"$ref": reference}
        if reference in inside:
            words = f"the same again as {reference.rpartition('/')[2]}"
            kept: JSON = {key: others[key] for key in ("description", "nullable") if key in others}
            return self._spell({"type": "object", "description": words, **kept}, inside)
        # A reference may not have other keywords next to it, so its target replaces it.
        return self.translate({**self._find(reference), **others}, (*inside, reference))

    def _find(self, reference: str) -> JSON:
        node: object = self.root
        steps = _current(reference).split("/")
        for step in steps[1:]:
            node = (as_object(node) or {}).get(step.replace("~1", "/").replace("~0", "~"))
        found = as_object(node)
        if steps[0] != "#" or found is None:
            raise BadRequestError(
                f"{self._path}: $ref {reference!r} does not exist in this schema", param=self._path
            )
        return {key: value for key, value in found.items() if key != "$defs"}

    def _spell(self, schema: JSON, inside: tuple[str, ...]) -> JSON:
        """Return a node's keywords; unsupported ones go into the description."""
        spelled: JSON = {}
        unsaid: JSON = {}
        for key, value in schema.items():
            if value is None:
                continue
            if key in self._dialect.keywords and self._takes(key, value):
                spelled[key] = self._value(key, value, inside)
            elif key not in _SILENT and (key, value) != ("additionalProperties", False):
                unsaid[key] = value
        if unsaid:
            words = ", ".join(f"{key}: {_as_text(value)}" for key, value in unsaid.items())
            spelled["description"] = f"{spelled.get('description', '')} ({words})".strip()
        return spelled

    def _takes(self, key: str, value: object) -> bool:
        if key == "format":
            return value in self._dialect.formats
        if key == "enum":
            # Providers refuse an empty list and an empty string.
            items, allowed = as_array(value) or [], self._dialect.enum_types
            return bool(items) and all(
                isinstance(item, allowed) and not isinstance(item, bool) and item != ""
                for item in items
            )
        return True

    def _value(self, key: str, value: Any, inside: tuple[str, ...]) -> Any:
        if key == "type":
            types = self._dialect.types
            kinds = as_array(value)
            return [types.get(kind, kind) for kind in kinds] if kinds else types.get(value, value)
        if key == "$defs":
            # Definitions may refer to each other, so each starts without followed references.
            return {
                name: self.translate(inner, (f"#/$defs/{name}",)) for name, inner in value.items()
            }
        if key == "properties":
            return {name: self.translate(inner, inside) for name, inner in value.items()}
        if key in ("anyOf", "prefixItems"):
            return [self.translate(inner, inside) for inner in value]
        if key == "items" or (key == "additionalProperties" and not isinstance(value, bool)):
            return self.translate(value, inside)
        return value


def _current(reference: str) -> str:
    """Return a reference with "$defs" instead of "definitions"."""
    return reference.replace("#/definitions/", "#/$defs/")


def _spell_constant(schema: JSON) -> JSON:
    """Replace `const` by an `enum` with one value; for true, false and null keep only the type."""
    if "const" not in schema:
        return schema
    value: object = schema["const"]
    rest = {key: inner for key, inner in schema.items() if key != "const"}
    if value is None:
        return {**rest, "type": "null"}
    if isinstance(value, bool):
        words = f"{rest.get('description', '')} (const: {_as_text(value)})".strip()
        return {**rest, "type": "boolean", "description": words}
    known = ("string", str), ("integer", int), ("number", float)
    kind = next((name for name, cls in known if isinstance(value, cls)), "object")
    return {"type": kind, **rest, "enum": [value]}


def _spell_options(schema: JSON) -> JSON:
    """Replace `oneOf` by `anyOf`, and null in an enum by an option of its own."""
    if "oneOf" in schema and "anyOf" not in schema:
        schema = {"anyOf" if key == "oneOf" else key: value for key, value in schema.items()}
    values = as_array(schema.get("enum"))
    if not values or None not in values:
        return schema
    kinds = [kind for kind in _kinds(schema) if kind != "null"]
    kind: JSON = {"type": kinds[0] if len(kinds) == 1 else kinds} if kinds else {}
    named = {**kind, "enum": [value for value in values if value is not None]}
    rest = {key: value for key, value in schema.items() if key not in ("enum", "type")}
    return {**rest, "anyOf": [named, {"type": "null"}]}


def _spell_null(schema: JSON) -> JSON:
    """Replace `nullable` of OpenAPI 3.0 by a list of types."""
    kinds = _kinds(schema)
    if schema.get("nullable") is not True or not kinds:
        return schema
    spelled = {key: value for key, value in schema.items() if key != "nullable"}
    spelled["type"] = [*dict.fromkeys([*kinds, "null"])]
    if "enum" in spelled:
        values = [value for value in spelled["enum"] if value is not None]
        spelled["enum"] = [*values, None]
    return spelled


def _kinds(schema: JSON) -> list[Any]:
    kind: object = schema.get("type")
    return as_array(kind) or ([kind] if kind else [])


def _is_nullable(schema: JSON) -> bool:
    """Return whether `type` is a list of null and one other type."""
    return "null" in _kinds(schema) and len(_kinds(schema)) == 2


def _spread_types(schema: JSON) -> JSON:
    """Turn a list of types into options, each with the keywords that apply to it."""
    kinds = as_array(schema.get("type"))
    if kinds is None:
        return schema
    if len(kinds) == 1:
        return {**schema, "type": kinds[0]}
    if "anyOf" in schema:
        # The options are more exact.
        return {key: value for key, value in schema.items() if key != "type"}
    about: JSON = {key: schema[key] for key in ("title", "description", "$defs") if key in schema}
    rest = {key: value for key, value in schema.items() if key not in about and key != "type"}
    return {**about, "anyOf": [_of_kind(kind, rest) for kind in kinds]}


def _of_kind(kind: str, rest: JSON) -> JSON:
    if kind == "null":
        return {"type": kind}
    fitting = {key: value for key, value in rest.items() if kind in _CONCERNS.get(key, {kind})}
    return {"type": kind, **fitting}


def _say_nullable(schema: JSON) -> JSON:
    """Replace the option null by `nullable`; a single other option replaces the list."""
    options = as_array(schema.get("anyOf"))
    if options is None:
        return schema
    others = [option for option in options if _kinds(as_object(option) or {}) != ["null"]]
    if len(others) == len(options):
        return schema
    rest = {key: value for key, value in schema.items() if key != "anyOf"}
    if len(others) == 1:
        return {**(as_object(others[0]) or {}), **rest, "nullable": True}
    return {**rest, "anyOf": others, "nullable": True}


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
