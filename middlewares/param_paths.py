"""Paths into a call's parameters, such as `tools[*].function.strict` and `a.b[0]`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from operator import is_
from typing import Any, Final, cast

from ..pipeline.errors import BadRequestError

#: Matches every item of a list.
ANY: Final = "*"
#: The steps of a path: field names, item indexes, or `ANY`.
ParamPath = tuple[str | int, ...]

_STEP = re.compile(r"\.?([^.\[\]]+)|\[(\d+|\*)\]")


@lru_cache(maxsize=256)
def parse_path(text: str) -> ParamPath:
    """Return the steps of a path: field names, item indexes, and `ANY` for all items.

    Raises:
        BadRequestError: it is not a path.
    """
    steps: list[str | int] = []
    position = 0
    while position < len(text):
        step = _STEP.match(text, position)
        if step is None or (text[position] == ".") is not (bool(step[1]) and position > 0):
            raise _invalid_path(text)
        steps.append(step[1] or (ANY if step[2] == ANY else int(step[2])))
        position = step.end()
    if not steps or isinstance(steps[0], int) or steps[0] == ANY:
        raise _invalid_path(text)
    return tuple(steps)


def without(value: Any, path: ParamPath) -> Any:
    """Return `value` without what the path points to, or `value` itself if it points to nothing.

    Changed parts are copied; nothing is changed in place.
    """
    step, rest = path[0], path[1:]
    if isinstance(value, Mapping) and isinstance(step, str):
        return _without_field(cast("Mapping[str, Any]", value), step, rest)
    if isinstance(value, list | tuple):
        items = cast("Sequence[Any]", value)
        if step == ANY:
            return _without_items(items, rest)
        if isinstance(step, int):
            return _without_item(items, step, rest)
    return cast("Any", value)


def _without_field(value: Mapping[str, Any], name: str, rest: ParamPath) -> Mapping[str, Any]:
    if name not in value:
        return value
    if not rest:
        return {key: item for key, item in value.items() if key != name}
    changed = without(value[name], rest)
    return value if changed is value[name] else {**value, name: changed}


def _without_item(items: Sequence[Any], index: int, rest: ParamPath) -> Sequence[Any]:
    if index >= len(items):
        return items
    if not rest:
        return [*items[:index], *items[index + 1 :]]
    changed = without(items[index], rest)
    return items if changed is items[index] else [*items[:index], changed, *items[index + 1 :]]


def _without_items(items: Sequence[Any], rest: ParamPath) -> Sequence[Any]:
    if not items:
        return items
    changed = [without(item, rest) for item in items] if rest else []
    return items if len(changed) == len(items) and all(map(is_, changed, items)) else changed


def _invalid_path(text: str) -> BadRequestError:
    return BadRequestError(
        f"additional_drop_params: invalid path {text!r}; "
        "use a parameter's name, or a path such as tools[*].function.strict",
        param="additional_drop_params",
    )
