"""Run something in a forked process."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable


def run_forked(function: Callable[[], object]) -> int:
    """Run a function in a forked process; return its exit code, 0 if the function returned."""
    with warnings.catch_warnings():
        # Python warns of forks of a process with threads, because a lock may stay taken.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if not child:
        code = 1
        try:
            function()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
