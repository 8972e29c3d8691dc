"""The frames of the program that uses this library."""

from __future__ import annotations

import inspect

_PACKAGE = __name__.partition(".")[0]


def outer_level() -> int:
    """Return the stack level of the code outside this library, for a warning of the caller."""
    level, frame = 0, inspect.currentframe()
    while frame is not None and str(frame.f_globals.get("__name__")).partition(".")[0] == _PACKAGE:
        level, frame = level + 1, frame.f_back
    return level
