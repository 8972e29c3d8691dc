"""Values of vendors' types in which every text and number is unique, to see where each goes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import count
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NotRequired, Required, Union, cast, get_args, get_origin

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape
from pydantic import BaseModel
from typing_extensions import get_type_hints, is_typeddict

from trunkline.pipeline.json_values import as_array, as_object

#: How deep types may be nested: some refer to themselves.
_DEPTH = 7
_numbers = count(700_001)
_NAMED = (Annotated, NotRequired, Required)
_UNIONS = (Union, UnionType)


def variants(kind: object) -> list[Any]:
    """Return the members of a union of a vendor's types."""
    if get_origin(kind) is Annotated:
        return variants(get_args(kind)[0])
    if get_origin(kind) in _UNIONS:
        return [one for member in get_args(kind) for one in variants(member)]
    return [kind]


def sample(kind: Any, depth: int = 0) -> Any:
    """Return a value of a type: of a union the first member, of a literal the first value."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in _NAMED:
        return sample(arguments[0], depth)
    if origin in _UNIONS:
        members = [one for one in arguments if one is not NoneType]
        # A text is also a short form of a list.
        rich = [one for one in members if one is not str] or members
        return sample(rich[0], depth)
    if origin is Literal:
        return arguments[0]
    fields = _fields(kind)
    if fields is not None:
        return {name: sample(field, depth + 1) for name, field in fields.items() if depth < _DEPTH}
    if kind in (str, bool, int, float):
        return {str: _text(), bool: True, int: next(_numbers), float: next(_numbers) + 0.5}[kind]
    if (origin is not None and issubclass(origin, Sequence)) or "Iterable" in str(origin):
        return [sample(arguments[0], depth + 1)]
    values = getattr(kind, "__members__", None)
    if values:
        return next(iter(values.values())).value
    return {_text(): _text()} if kind in (Any, object) or origin is dict else _text()


def _fields(kind: Any) -> dict[str, Any] | None:
    if is_typeddict(kind):
        return get_type_hints(kind, include_extras=True)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return {field.alias or name: field.annotation for name, field in kind.model_fields.items()}
    return None


def sample_shape(shape: Shape, depth: int = 0) -> Any:
    """Return a value of Amazon's shape; of a union the first member."""
    if isinstance(shape, StructureShape):
        if shape.is_document_type:
            return {"key": _text()}
        members = list(shape.members.items())[: 1 if shape.is_tagged_union else None]
        return {name: sample_shape(inner, depth + 1) for name, inner in members if depth <= _DEPTH}
    if isinstance(shape, ListShape):
        return [sample_shape(shape.member, depth + 1)]
    if isinstance(shape, MapShape):
        return {_text(): sample_shape(shape.value, depth + 1)}
    if isinstance(shape, StringShape):
        return shape.enum[0] if shape.enum else _text()
    match shape.type_name:
        case "blob":
            return f"bWs{next(_numbers):09}"
        case "boolean":
            return True
        case "float" | "double":
            return next(_numbers) + 0.5
        case _:
            return next(_numbers)


def _text() -> str:
    return f"mk{next(_numbers)}x"


def lost(sent: object, *found: object) -> list[str]:
    """Return the places in what was sent whose unique values are nowhere in what was found."""
    text = json.dumps(found, default=str)
    return [place for place, value in _leaves(sent, "") if not _holds(text, value)]


def _holds(text: str, value: object) -> bool:
    if isinstance(value, bool) or value is None:
        return True
    if isinstance(value, str) and not value.startswith(("mk", "bWs")):
        return True
    return json.dumps(value).strip('"') in text


def _leaves(value: object, place: str) -> Iterator[tuple[str, object]]:
    fields, items = as_object(value), as_array(value)
    if fields is not None:
        for name, inner in fields.items():
            yield from _leaves(inner, f"{place}.{name}")
    elif items is not None:
        for number, inner in enumerate(cast("list[object]", items)):
            yield from _leaves(inner, f"{place}[{number}]")
    else:
        yield place, value
