"""Which HTTP engine carries the calls: httpx's, or the extra `fast`."""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal, cast

if TYPE_CHECKING:
    from .transport import AsyncIO, SyncIO

Engine = Literal["fast", "httpx"]

VARIABLE = "TRUNKLINE_ENGINE"


def choose_engine(engine: Engine | None) -> Engine:
    """Return the engine asked for, else what TRUNKLINE_ENGINE names, else the fast one if it is here.

    Raises:
        ValueError: there is no such engine.
        ImportError: the fast one is asked for and not installed.
    """
    wanted = engine or os.environ.get(VARIABLE) or None
    if wanted not in (None, "fast", "httpx"):
        place = "engine" if engine else VARIABLE
        raise ValueError(f'{place}: expected "fast" or "httpx", got {wanted!r}')
    installed = find_spec("httptools") is not None
    if wanted == "fast" and not installed:
        raise ImportError("the fast engine is not installed: pip install 'trunkline[fast]'")
    return cast("Engine", wanted) if wanted else "fast" if installed else "httpx"


# Imported late: httpx takes longer to load than all of trunkline.
def blocking_io(engine: Engine | None) -> SyncIO:
    """Return the port of blocking calls; raises as `choose_engine`."""
    if choose_engine(engine) == "fast":
        from .fast import FastSyncIO  # noqa: PLC0415

        return FastSyncIO()
    from .transport import SyncIO  # noqa: PLC0415

    return SyncIO()


def asynchronous_io(engine: Engine | None) -> AsyncIO:
    """Return the port of asynchronous calls; raises as `choose_engine`."""
    if choose_engine(engine) == "fast":
        from .fast import FastAsyncIO  # noqa: PLC0415

        return FastAsyncIO()
    from .transport import AsyncIO  # noqa: PLC0415

    return AsyncIO()
