"""Decode what a provider sent into the structs of its wire's `schema.py`."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from ...pipeline.errors import APIResponseValidationError
from .json_body import unreadable

T = TypeVar("T")


def decode_as(decoder: msgspec.json.Decoder[T], body: bytes, expected: str) -> T:
    """Return a body as the decoder's type.

    Args:
        decoder: made once, when the wire is imported.
        body: JSON text.
        expected: what the body should be, for the error: "a message", "an event of a stream".

    Raises:
        APIResponseValidationError: the body is not that; the text has msgspec's path.
    """
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise unreadable(body, f"expected {expected} ({error})") from error


def decode_whole(decoder: msgspec.json.Decoder[T], body: bytes, expected: str) -> T:
    """Return a body as the decoder's type; like `decode_as`, but lone surrogates are replaced.

    For bodies that a wire reads before it returns the response. Events must not be read so, because
    the other half of a character may be in the next one.

    Raises:
        APIResponseValidationError: the body is not that; the text has msgspec's path.
    """
    try:
        return decode_as(decoder, body, expected)
    except APIResponseValidationError:
        from ...pipeline.surrogates import mend_surrogates  # noqa: PLC0415  # few bodies need it

        return decode_as(decoder, mend_surrogates(body), expected)


def convert_as(value: object, kind: type[T], body: bytes, expected: str) -> T:
    """Return a decoded value as a type; like `decode_as` for parts that were kept raw.

    Args:
        value: what was decoded.
        kind: the type that it should have.
        body: the JSON text that it came from, for the error.
        expected: what it should be, for the error.

    Raises:
        APIResponseValidationError: it has another type; the text has msgspec's path.
    """
    try:
        return msgspec.convert(value, kind)
    except (msgspec.ValidationError, RecursionError) as error:
        raise unreadable(body, f"expected {expected} ({error})") from error
