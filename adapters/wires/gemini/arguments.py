"""Arguments of a function call that come one by one, each with its place.

https://cloud.google.com/vertex-ai/generative-ai/docs/multimodal/function-calling#streaming-fc
"""

from __future__ import annotations

import re
from typing import Any

from ....pipeline.json_values import JSON, as_array, as_object

# A step of a path (RFC 9535): .name, [0], ['name'].
_STEP = re.compile(r"""\.([^.\[\]]+)|\[(\d+)\]|\['((?:[^'\\]|\\.)*)'\]|\["((?:[^"\\]|\\.)*)"\]""")
_VALUES = ("stringValue", "numberValue", "boolValue", "nullValue")


def set_argument(arguments: JSON, piece: JSON) -> None:
    """Put a piece of an argument into its place; pieces of a text are joined."""
    steps = _steps(str(piece.get("jsonPath", "")))
    kind = next((name for name in _VALUES if name in piece), None)
    if not steps or kind is None:
        return
    value: Any = None if kind == "nullValue" else piece[kind]
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    holder: Any = arguments
    inner: Any
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        if following is None:
            known = _get(holder, step)
            _set(holder, step, f"{known}{value}" if isinstance(known, str) else value)
        else:
            inner = _get(holder, step)
            if as_object(inner) is None and as_array(inner) is None:
                inner = list[Any]() if isinstance(following, int) else JSON()
                _set(holder, step, inner)
            holder = inner


def _steps(path: str) -> list[str | int]:
    found: list[str | int] = []
    for match in _STEP.finditer(path):
        name, number, single, double = match.groups()
        quoted = single if single is not None else double
        if number is not None:
            found.append(int(number))
        elif quoted is not None:
            found.append(re.sub(r"\\(.)", r"\1", quoted))
        else:
            found.append(name)
    return found


def _get(holder: Any, step: str | int) -> Any:
    items = as_array(holder)
    if items is not None:
        return items[step] if isinstance(step, int) and step < len(items) else None
    return holder.get(step)


def _set(holder: Any, step: str | int, value: Any) -> None:
    items = as_array(holder)
    if items is not None and isinstance(step, int):
        items.extend([None] * (step + 1 - len(items)))
    holder[step] = value
