"""Read a response body as JSON, and name what is wrong where it is not."""

from __future__ import annotations

from typing import Any

import msgspec

from ...pipeline.errors import APIResponseValidationError
from ...pipeline.json_values import as_object

SHOWN_BYTES = 300


def find_json(body: bytes) -> object:
    """Return a decoded body, None if it is not JSON."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def read_json(body: bytes) -> object:
    """Return a decoded body.

    Raises:
        APIResponseValidationError: it is not JSON.
    """
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise unreadable(body, "expected JSON") from error


def read_object(body: bytes) -> dict[str, Any]:
    """Return a decoded body that must be a JSON object.

    Raises:
        APIResponseValidationError: it is something else.
    """
    found = as_object(read_json(body))
    if found is None:
        raise unreadable(body, "expected a JSON object")
    return found


def unreadable(body: bytes, why: str) -> APIResponseValidationError:
    """Return the error of a success that cannot be read, with its first bytes."""
    return APIResponseValidationError(f"{why}: {shown(body)}", body=shown(body))


def shown(body: bytes) -> str:
    """Return the first bytes of a body as text."""
    text = body[:SHOWN_BYTES].decode("utf-8", "replace").strip()
    if not text:
        return "the body is empty"
    return text + ("..." if len(body) > SHOWN_BYTES else "")
