"""Run a coroutine to its end without an event loop."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar

from .errors import SuspendedError

T = TypeVar("T")

_REMEDY = (
    "a middleware or callback awaited an event loop inside a blocking call: "
    "call acompletion(), or give it a store or client that blocks"
)
# asyncio, trio and anyio each refuse in their own words where no loop runs.
_NO_LOOP = (
    "no running event loop",
    "must be called from async context",
    "any asynchronous event loop",
)


def drive(coroutine: Coroutine[Any, Any, T]) -> T:
    """Return what `coroutine` returns, stepping it once.

    In a blocking call every leaf blocks instead of suspending, so one step reaches the end.

    Raises:
        SuspendedError: the coroutine suspended, so it needs an event loop.
    """
    try:
        coroutine.send(None)
    except StopIteration as stop:
        result: T = stop.value
        return result
    except RuntimeError as error:
        if any(text in str(error) for text in _NO_LOOP):
            raise SuspendedError(_REMEDY) from error
        raise
    try:
        # Thrown in, not closed: the layers learn that the call failed, and of what.
        coroutine.throw(SuspendedError(_REMEDY))
    except StopIteration as stop:
        rescued: T = stop.value
        return rescued
    coroutine.close()
    raise SuspendedError(_REMEDY)
