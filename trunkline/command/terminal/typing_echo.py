"""Keep a terminal from showing what is typed, such as `^C`, where something is being drawn."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress


def hide_typing() -> Callable[[], None]:
    """Stop the terminal from showing what is typed; return a function that restores it."""
    if sys.platform == "win32":
        return _nothing
    import termios  # noqa: PLC0415  # not on Windows

    try:
        descriptor = sys.stdout.fileno()
        before = termios.tcgetattr(descriptor)
        changed = [*before]
        changed[3] &= ~termios.ECHO
        termios.tcsetattr(descriptor, termios.TCSANOW, changed)
    except (OSError, ValueError, termios.error):
        return _nothing

    def restore() -> None:
        with suppress(OSError, ValueError, termios.error):
            termios.tcsetattr(descriptor, termios.TCSANOW, before)

    return restore


def _nothing() -> None:
    pass
