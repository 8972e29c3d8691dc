"""What tools print: it goes to standard error, so that standard output has only the answer."""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager, suppress

from ..pipeline.call.request import Handler, Reply, Request


class ToolOutput:
    """Sends standard output to standard error while tools run, and that of programs they start.

    It is a layer inside `ToolLoop`: the next request to the model means that the tools have ended.
    """

    def __init__(self) -> None:
        self._restore: Callable[[], None] | None = None

    def __call__(self, request: Request, call_next: Handler) -> Awaitable[Reply]:
        """Restore standard output, and call the next layer."""
        self.restore()
        return call_next(request)

    def divert(self) -> None:
        """Send standard output to standard error until `restore`."""
        if self._restore is None:
            self._restore = _divert()

    def restore(self) -> None:
        """Restore standard output, if it was diverted."""
        restore, self._restore = self._restore, None
        if restore is not None:
            restore()

    @contextmanager
    def diverted(self) -> Generator[None]:
        """Send standard output to standard error in a block."""
        self.divert()
        try:
            yield
        finally:
            self.restore()


def _divert() -> Callable[[], None]:
    """Send standard output to standard error; return a function that restores it."""
    before = sys.stdout
    before.flush()
    restore_descriptor = _divert_descriptor()
    sys.stdout = sys.stderr

    def restore() -> None:
        sys.stdout = before
        # What was written to the old object in the meantime.
        with suppress(OSError, ValueError):
            before.flush()
        restore_descriptor()

    return restore


def _divert_descriptor() -> Callable[[], None]:
    """Do so for the file descriptor, which programs that a tool starts inherit."""
    try:
        descriptor, target = sys.stdout.fileno(), sys.stderr.fileno()
        saved = os.dup(descriptor)
    except (AttributeError, OSError, ValueError):
        # One of them is closed, or is not a file.
        return _nothing
    os.dup2(target, descriptor)

    def restore() -> None:
        os.dup2(saved, descriptor)
        os.close(saved)

    return restore


def _nothing() -> None:
    pass
