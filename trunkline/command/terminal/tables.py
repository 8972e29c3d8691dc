"""Tables of text."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence

from .rendering import is_terminal


def print_table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    """Print rows in columns that are as wide as their longest cell.

    In a terminal that is narrower than the table, the other cells of a row are below its first one:
    in columns if these fit, else each on a line of its own.
    """
    table = [head, *rows]
    lines = _align(table)
    if is_terminal() and not _fit(lines):
        others = _indent(_align([row[1:] for row in table]))
        below = [[line] for line in others] if _fit(others) else [_indent(row[1:]) for row in table]
        lines = [line for row, more in zip(table, below, strict=True) for line in (row[0], *more)]
    sys.stdout.write("\n".join(lines) + "\n")


def _fit(lines: Sequence[str]) -> bool:
    return max(map(len, lines)) <= shutil.get_terminal_size().columns


def _indent(lines: Sequence[str]) -> list[str]:
    return [f"  {line}" for line in lines]


def _align(table: Sequence[tuple[str, ...]]) -> list[str]:
    """Return a line for each row, with each cell as wide as the longest of its column."""
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    ]
