"""Run a coroutine to its end without an event loop."""

from __future__ import annotations

import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

from .errors import SuspendedError

T = TypeVar("T")

_REMEDY = (
    "a middleware or callback awaited an event loop inside a blocking call: "
    "use acompletion(), or a store or client that blocks"
)
# The messages of asyncio, trio and anyio when no event loop runs.
_NO_LOOP = (
    "no running event loop",
    "must be called from async context",
    "any asynchronous event loop",
)


def drive(coroutine: Coroutine[Any, Any, T]) -> T:
    """Return what `coroutine` returns, stepping it once.

    In a blocking call everything blocks instead of suspending, so one step reaches the end.

    Raises:
        SuspendedError: the coroutine suspended, which needs an event loop.
    """
    try:
        coroutine.send(None)
    except StopIteration as stop:
        result: T = stop.value
        return result
    except RuntimeError as error:
        _explain(error)
        raise
    return _end(coroutine)


def run(coroutine: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine that returns nothing; see `drive`.

    It takes half the time of `drive`, which gets the result through an exception.
    """
    try:
        for _ in coroutine.__await__():
            break
        else:
            return
    except RuntimeError as error:
        _explain(error)
        raise
    _end(coroutine)


def _explain(error: RuntimeError) -> None:
    """Raise a SuspendedError if the error is that no event loop runs."""
    if any(text in str(error) for text in _NO_LOOP):
        raise SuspendedError(_REMEDY) from error


def _end(coroutine: Coroutine[Any, Any, T]) -> T:
    """End a coroutine that suspended; return its result if it handles the error."""
    try:
        # Raised inside the coroutine, so that the layers see why the call failed.
        coroutine.throw(SuspendedError(_REMEDY))
    except StopIteration as stop:
        rescued: T = stop.value
        return rescued
    coroutine.close()
    raise SuspendedError(_REMEDY)


class ThreadSignal:
    """A signal that a thread waits for; see `Signal`."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def set(self) -> None:
        """See `Signal.set`."""
        self._event.set()

    async def wait(self, seconds: float | None = None) -> bool:
        """See `Signal.wait`; it blocks the thread."""
        return self._event.wait(seconds)
