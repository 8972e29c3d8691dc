"""Change every text in JSON-like data, for example to hide what must not be stored."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...pipeline.json_values import as_array, as_object

#: Returns a text with what must not be stored replaced.
Redact = Callable[[str], str]


def change_texts(value: Any, change: Redact) -> Any:
    """Return a copy of JSON-like data with each text changed; keys of objects stay."""
    if isinstance(value, str):
        return change(value)
    if (fields := as_object(value)) is not None:
        return {name: change_texts(item, change) for name, item in fields.items()}
    if (items := as_array(value)) is not None:
        return [change_texts(item, change) for item in items]
    return value
