"""Types of decoded JSON, narrowing that type checkers understand, and changing its texts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

#: A decoded JSON object.
JSON = dict[str, Any]


def as_object(value: object) -> dict[str, Any] | None:
    """Return a value if it is a JSON object, else None."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None


def as_array(value: object) -> list[Any] | None:
    """Return a value if it is a JSON array, else None."""
    return cast("list[Any]", value) if isinstance(value, list) else None  # type: ignore[redundant-cast]  # pyright needs it


def change_texts(value: Any, change: Callable[[str], str]) -> Any:
    """Return a copy of JSON-like data with each text changed; keys of objects stay."""
    if isinstance(value, str):
        return change(value)
    if (fields := as_object(value)) is not None:
        return {name: change_texts(item, change) for name, item in fields.items()}
    if (items := as_array(value)) is not None:
        return [change_texts(item, change) for item in items]
    return value
