"""Counts of function calls, which are the same on every machine."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable


def count_calls(function: Callable[[], object]) -> int:
    """Return how many calls, of Python's functions and of C's, a function makes."""
    count = 0

    def note(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    gc.disable()
    sys.setprofile(note)
    try:
        function()
    finally:
        sys.setprofile(None)
        gc.enable()
    return count
