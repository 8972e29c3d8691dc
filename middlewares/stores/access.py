"""Use a store in blocking and asynchronous calls."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from ...pipeline.port import IO
from ...pipeline.sync import drive

T = TypeVar("T")


async def use_store(store: object, io: IO, operation: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Return the result of a store's operation; one that blocks runs in a thread of a loop."""
    if io.blocking or not getattr(store, "blocking", False):
        return await operation()
    return await io.run(lambda: drive(operation()))
