"""What starts over in a forked process. Windows has no forks."""

from __future__ import annotations

import os
from collections.abc import Callable

#: How many forks led to this process, in a list. To ask for its number takes a system call.
FORKS = [0]


def after_fork(function: Callable[[], None]) -> None:
    """Call a function in each forked process, before anything else runs there."""
    register = getattr(os, "register_at_fork", None)
    if register is not None:
        register(after_in_child=function)


def _count() -> None:
    FORKS[0] += 1


after_fork(_count)
