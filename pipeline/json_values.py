"""Types of decoded JSON, and narrowing that type checkers understand."""

from __future__ import annotations

from typing import Any, cast

#: A decoded JSON object.
JSON = dict[str, Any]


def as_object(value: object) -> dict[str, Any] | None:
    """Return a value if it is a JSON object, else None."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None


def as_array(value: object) -> list[Any] | None:
    """Return a value if it is a JSON array, else None."""
    return cast("list[Any]", value) if isinstance(value, list) else None  # type: ignore[redundant-cast]  # pyright needs it
