"""Show what is being measured, and print tables."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence


def show(text: str) -> None:
    """Show on stderr what is being measured; in a terminal, over what was shown before."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text[:100]}", end="", file=sys.stderr, flush=True)
    elif text:
        print(text, file=sys.stderr, flush=True)


def table(title: str, rows: Mapping[str, Mapping[str, float]], names: Sequence[str]) -> None:
    """Print figures, each followed by its ratio to that of the first contender in its row."""
    show("")
    width = max(map(len, rows), default=0)
    print(f"\n{title}\n{'':{width}}" + "".join(f"{name:>22}" for name in names))
    for case, row in rows.items():
        floor = next(row[name] for name in names if name in row)
        cells = (
            f"{row[name]:,.1f} ({row[name] / floor:.2f})" if name in row else "" for name in names
        )
        print(f"{case:{width}}" + "".join(f"{cell:>22}" for cell in cells), flush=True)
