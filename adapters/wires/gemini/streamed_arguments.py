"""Arguments of a function call that Vertex streams piece by piece, each with its path.

https://cloud.google.com/vertex-ai/generative-ai/docs/multimodal/function-calling#streaming-fc
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from msgspec import UNSET

from ....pipeline.errors import APIResponseValidationError
from ....pipeline.json_values import JSON, as_array, as_object
from .schema import PartialArg

# A step of a path (RFC 9535): .name, [0], ['name'].
_STEP = re.compile(r"""\.([^.\[\]]+)|\[(\d+)\]|\['((?:[^'\\]|\\.)*)'\]|\["((?:[^"\\]|\\.)*)"\]""")
# How many items a path may skip in an array. Without a limit, one path could fill the memory.
_MAX_SKIPPED = 1000


def set_argument(arguments: JSON, piece: PartialArg) -> None:
    """Set the value at a piece's path; pieces of the same string are joined.

    Raises:
        APIResponseValidationError: the path contradicts an earlier one.
    """
    steps = _steps(piece.json_path or "")
    value = _value(piece)
    if not steps or value is UNSET:
        return
    holder: Any = arguments
    for step, following in pairwise(steps):
        _check_step(holder, step, piece)
        inner = _get(holder, step)
        if as_object(inner) is None and as_array(inner) is None:
            inner = list[Any]() if isinstance(following, int) else JSON()
            _set(holder, step, inner)
        holder = inner
    last = steps[-1]
    _check_step(holder, last, piece)
    known = _get(holder, last)
    joined = isinstance(known, str) and isinstance(value, str)
    _set(holder, last, known + value if joined else value)


def _value(piece: PartialArg) -> Any:
    """Return a piece's value, UNSET if there is none."""
    if piece.string_value is not None:
        return piece.string_value
    number = piece.number_value
    if number is not None:
        whole = isinstance(number, float) and number.is_integer()
        return int(number) if whole else number
    if piece.bool_value is not None:
        return piece.bool_value
    return UNSET if piece.null_value is UNSET else None


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


def _check_step(holder: Any, step: str | int, piece: PartialArg) -> None:
    items = as_array(holder)
    if isinstance(step, int):
        fits = items is not None and step <= len(items) + _MAX_SKIPPED
    else:
        fits = items is None
    if not fits:
        raise APIResponseValidationError(
            f"partialArgs: the path {piece.json_path} does not fit the arguments so far"
        )


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
