"""Change one value of a TOML document, and leave its other lines and comments as they are."""

from __future__ import annotations

import copy
import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

_HEADER = re.compile(r"^\s*\[[^\[].*\]\s*(#.*)?$")
_ANY_HEADER = re.compile(r"^\s*\[")
_BARE = re.compile(r"[A-Za-z0-9_-]+")


class EditError(ValueError):
    """The document is written in a way that one line cannot change."""


def set_value(text: str, path: Sequence[str], value: object) -> str:
    """Return the document with a value set.

    Args:
        text: a TOML document.
        path: the tables that the value is in, then its name.
        value: text, a number, a bool, a list, or a mapping.

    Raises:
        EditError: the value is part of something that is longer than a line.
    """
    line = f"{write_key(path[-1])} = {write_value(value)}"
    return _check(text, _edited(text, path, [line]), path, value)


def remove_value(text: str, path: Sequence[str]) -> str:
    """Return the document without a value; see `set_value`."""
    return _check(text, _edited(text, path, []), path, None)


def write_key(name: str) -> str:
    """Return a name as a TOML key."""
    return name if _BARE.fullmatch(name) else write_value(name)


def write_value(value: object) -> str:
    """Return a value in one line of TOML."""
    if isinstance(value, Mapping):
        items = (f"{write_key(str(name))} = {write_value(item)}" for name, item in value.items())  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        return "{" + ", ".join(items) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(write_value, value)) + "]"  # pyright: ignore[reportUnknownArgumentType]
    # TOML's text, numbers and booleans are JSON's, but for one character.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _edited(text: str, path: Sequence[str], new: list[str]) -> str:
    """Return the document with `new` in place of the value's line."""
    # Not splitlines(), which also splits at characters that TOML allows in text.
    lines = text.removesuffix("\n").split("\n") if text else []
    start, end = _find_table(lines, tuple(path[:-1]))
    if start is None:
        if new:
            header = ".".join(map(write_key, path[:-1]))
            lines += ["", f"[{header}]", *new] if lines else [f"[{header}]", *new]
        return "\n".join(lines) + "\n"
    for number in range(start, end):
        if _is_set(lines[number], path[-1]):
            lines[number : number + 1] = new
            return "\n".join(lines) + "\n"
    while end > start and not lines[end - 1].strip():
        end -= 1
    lines[end:end] = new
    return "\n".join(lines) + "\n"


def _find_table(lines: Sequence[str], table: tuple[str, ...]) -> tuple[int | None, int]:
    """Return the first line of a table's values and the one after its last."""
    start: int | None = 0 if not table else None
    for number, line in enumerate(lines):
        if start is not None and _ANY_HEADER.match(line):
            return start, number
        if start is None and _HEADER.match(line) and _name_of(line) == table:
            start = number + 1
    return start, len(lines)


def _name_of(header: str) -> tuple[str, ...]:
    try:
        table: object = tomllib.loads(header)
    except tomllib.TOMLDecodeError:
        return ()
    names: list[str] = []
    while isinstance(table, dict) and table:
        name, table = next(iter(table.items()))  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        names.append(str(name))  # pyright: ignore[reportUnknownArgumentType]
    return tuple(names)


def _is_set(line: str, name: str) -> bool:
    try:
        return name in tomllib.loads(line)
    except tomllib.TOMLDecodeError:
        return False


def _check(old: str, new: str, path: Sequence[str], value: object) -> str:
    """Return the new text if it says what it should, and nothing else has changed."""
    expected = copy.deepcopy(tomllib.loads(old))
    table: dict[str, Any] = expected
    for name in path[:-1]:
        inner = table.setdefault(name, {})
        if not isinstance(inner, dict):
            raise EditError(f"{name} is not a table")
        table = inner  # pyright: ignore[reportUnknownVariableType]
    table.pop(path[-1], None)
    if value is not None:
        table[path[-1]] = value
    try:
        written = tomllib.loads(new)
    except tomllib.TOMLDecodeError:
        written = {}
    if _without_empty(written) != _without_empty(expected):
        raise EditError("the value is not in a line of its own")
    return new


def _without_empty(table: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in table.items() if value != {}}
