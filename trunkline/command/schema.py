"""The option `--schema`: a JSON Schema, or fields such as "name, age int"."""

from __future__ import annotations

import re
from types import GenericAlias
from typing import Annotated, Any

import msgspec

from ..adapters.structured.shape import check_shape
from ..pipeline.errors import BadRequestError
from ..pipeline.json_values import JSON, as_array, as_object
from .mistakes import MistakeError
from .settings.paths import user_path

_TYPES: dict[str, Any] = {
    "str": str,
    "int": int,
    "float": float,
    "bool": bool,
    "string": str,
    "integer": int,
    "number": float,
    "boolean": bool,
}
# https://json-schema.org/draft/2020-12/json-schema-validation#section-6.1.1
_SCHEMA_TYPES = ("string", "number", "integer", "boolean", "object", "array", "null")
#: Keywords that hold values, not schemas.
_VALUES = ("const", "default", "enum", "example", "examples")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_EXPECTED = '"name, age int, tags str[]: what it is about"'


def read_schema(given: str) -> Any:
    """Return the `response_format` for the option.

    Args:
        given: the path of a file with a JSON Schema, a JSON Schema, or fields with a comma or a
            line break between them. A field is a name, a type (str, int, float, bool; str without
            one; `[]` after it makes a list), and a colon and a description. A type after the colon,
            as in Python, is the type.

    Raises:
        MistakeError: it is neither.
    """
    if given.lstrip().startswith("{"):
        return _from_json(given, "--schema")
    path = user_path(given)
    if path.suffix == ".json" or (len(given) < 200 and path.is_file()):
        try:
            return _from_json(path.read_text(encoding="utf-8"), f"--schema {given}")
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or error
            raise MistakeError(f"--schema {given}: {reason}") from None
    separator = "\n" if "\n" in given.strip() else ","
    fields = [_field(text.strip()) for text in given.split(separator) if text.strip()]
    names = [name for name, _ in fields]
    for name in names:
        if names.count(name) > 1:
            raise MistakeError(f"--schema: two fields are named {name!r}")
    if not fields:
        raise MistakeError(f"--schema: expected fields such as {_EXPECTED}, or a file")
    return msgspec.defstruct("Result", fields)


def _field(text: str) -> tuple[str, Any]:
    head, _, description = text.partition(":")
    name, *kinds = head.split() or [""]
    if not _NAME.fullmatch(name) or len(kinds) > 1:
        raise MistakeError(
            f"--schema: {text!r}: expected a name and a type, such as {_EXPECTED}, "
            "or a file that exists"
        )
    first, _, more = description.partition(":")
    if not kinds and first.strip().removesuffix("[]") in _TYPES:
        kinds, description = [first.strip()], more
    kind = kinds[0] if kinds else "str"
    found = _TYPES.get(kind.removesuffix("[]"))
    if found is None:
        raise MistakeError(
            f"--schema: {text!r}: unknown type {kind!r}; expected str, int, float or bool, "
            "and [] after it for a list"
        )
    if kind.endswith("[]"):
        found = GenericAlias(list, (found,))
    if description.strip():
        return name, Annotated[found, msgspec.Meta(description=description.strip())]
    return name, found


def _from_json(text: str, place: str) -> JSON:
    try:
        given = as_object(msgspec.json.decode(text))
    except msgspec.DecodeError as error:
        raise MistakeError(f"{place}: not JSON: {error}") from None
    if given is None:
        raise MistakeError(f"{place}: expected a JSON Schema, which is an object")
    wanted = _wrap(given)
    schema = (as_object(wanted.get("json_schema")) or {}).get("schema")
    try:
        _check_types(check_shape(schema, place), place)
    except BadRequestError as error:
        raise MistakeError(error.message) from None
    return wanted


def _wrap(given: JSON) -> JSON:
    """Return a `response_format` for a schema, or for what OpenAI's API has around it."""
    if given.get("type") in ("json_schema", "json_object"):
        return given
    if as_object(given.get("schema")) is not None:
        return {"type": "json_schema", "json_schema": {"name": "answer", **given}}
    return {"type": "json_schema", "json_schema": {"name": "answer", "schema": given}}


def _check_types(node: object, place: str) -> None:
    """Raise an error for a type that JSON Schema does not have, such as Python's `str`."""
    fields = as_object(node)
    if fields is None:
        for number, each in enumerate(as_array(node) or ()):
            _check_types(each, f"{place}[{number}]")
        return
    kind: object = fields.get("type")
    for each in as_array(kind) or [kind]:
        if isinstance(each, str) and each.lower() not in _SCHEMA_TYPES:
            raise MistakeError(
                f"{place}.type: unknown type {each!r}; expected one of {', '.join(_SCHEMA_TYPES)}"
            )
    for name, inner in fields.items():
        if name not in _VALUES:
            _check_types(inner, f"{place}.{name}")
