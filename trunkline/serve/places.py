"""The lines of a TOML file's tables and values, for messages; tomllib does not report them."""

from __future__ import annotations

import re
from collections.abc import Mapping

_TABLE = re.compile(r"^\s*(\[\[?)\s*(.+?)\s*\]\]?\s*(?:#.*)?$")
_VALUE = re.compile(r"^\s*((?:[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*')(?:\s*\.\s*[A-Za-z0-9_-]+)*)\s*=")
_KEY = re.compile(r"\"[^\"]*\"|'[^']*'|[A-Za-z0-9_-]+")


def find_lines(text: str) -> Mapping[str, int]:
    """Return the line of each path, such as "models.chat.deployments[0].model", from 1.

    What is inside arrays and inline tables has the line where they begin.
    """
    lines: dict[str, int] = {}
    counts: dict[str, int] = {}
    table = ""
    for number, line in enumerate(text.splitlines(), 1):
        header = _TABLE.match(line)
        value = _VALUE.match(line)
        if header is not None:
            table = _resolve(_names(header.group(2)), counts, repeated=header.group(1) == "[[")
            lines.setdefault(table, number)
        elif value is not None:
            path = ".".join([*([table] if table else []), *_names(value.group(1))])
            lines.setdefault(path, number)
    return lines


def _names(text: str) -> list[str]:
    return [name.strip("\"'") for name in _KEY.findall(text)]


def _resolve(names: list[str], counts: dict[str, int], *, repeated: bool) -> str:
    """Return a table's path; a table in an array has its number."""
    path = ""
    for position, name in enumerate(names):
        path = f"{path}.{name}" if path else name
        if repeated and position == len(names) - 1:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = f"{path}[{counts[path]}]"
    return path
