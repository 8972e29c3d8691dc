"""Handle JSON values that are nested deeper than Python's recursion limit allows.

A provider may send up to about 1,000 levels before the body is rejected. Recursive functions (our
own, msgspec's, pickle's) fail at such values, so these functions use a stack instead.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from ..json_values import as_array, as_object

# Values up to this depth can be pickled and copied as they are.
_MAX_DEPTH = 100

_encode_scalar = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


def encode_json(value: object) -> bytes:
    """Return a value of JSON types as JSON text, however deep it is."""
    try:
        return msgspec.json.encode(value)
    except RecursionError:
        return _encode_deep(value)


class _Text(Struct, frozen=True):
    """A piece of JSON text that is ready to be written."""

    text: bytes


def _encode_deep(value: object) -> bytes:
    parts: list[bytes] = []
    waiting: list[object] = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, _Text):
            parts.append(item.text)
        elif (fields := as_object(item)) is not None:
            parts.append(b"{")
            inner: list[object] = []
            for name, field in fields.items():
                comma = b"," if inner else b""
                inner += (_Text(comma + _encode_scalar(name) + b":"), field)
            waiting += (_Text(b"}"), *reversed(inner))
        elif (items := as_array(item)) is not None:
            parts.append(b"[")
            inner = []
            for element in items:
                if inner:
                    inner.append(_Text(b","))
                inner.append(element)
            waiting += (_Text(b"]"), *reversed(inner))
        else:
            parts.append(_encode_scalar(item))
    return b"".join(parts)


def is_deep(value: object) -> bool:
    """Return whether dictionaries and lists are nested deeper than copying them can handle."""
    level = [value]
    for _ in range(_MAX_DEPTH):
        inner: list[object] = []
        for item in level:
            if (fields := as_object(item)) is not None:
                inner += fields.values()
            elif (items := as_array(item)) is not None:
                inner += items
        if not inner:
            return False
        level = inner
    return True


class Packed(Struct, frozen=True):
    """A deep value as JSON text, which can be pickled and copied."""

    text: bytes


def pack(value: Any) -> Any:
    """Return a value in a form that can be pickled; `unpack` reverses it."""
    if not is_deep(value):
        return value
    try:
        return Packed(encode_json(value))
    except TypeError:
        # The caller put an object into it that is not a JSON type.
        return value


def unpack(value: Any) -> Any:
    """Return the value that `pack` was given."""
    return _decode(value.text) if isinstance(value, Packed) else value
