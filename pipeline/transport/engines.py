"""Choose the HTTP engine: "httpx", or "fast" from the extra of that name."""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from .async_io import AsyncIO
    from .sync_io import MakeParser, SyncIO

Engine = Literal["fast", "httpx"]

VARIABLE = "TRUNKLINE_ENGINE"

_ENGINES: dict[str, Engine] = {"fast": "fast", "httpx": "httpx"}


def choose_engine(engine: Engine | None) -> Engine:
    """Return the given engine, else that of TRUNKLINE_ENGINE, else "fast" if it is installed.

    Raises:
        ValueError: the engine is unknown.
        ImportError: "fast" is chosen but not installed.
    """
    installed = find_spec("httptools") is not None
    named = engine or os.environ.get(VARIABLE) or ("fast" if installed else "httpx")
    if named not in _ENGINES:
        place = "engine" if engine else VARIABLE
        raise ValueError(f'{place}: expected "fast" or "httpx", got {named!r}')
    if named == "fast" and not installed:
        raise ImportError("the engine \"fast\" is not installed: pip install 'trunkline[fast]'")
    return _ENGINES[named]


# Imported late: httpcore and asyncio take longer to load than trunkline itself.
def blocking_io(engine: Engine | None) -> SyncIO:
    """Return the port of blocking calls; raises as `choose_engine`."""
    from .sync_io import SyncIO  # noqa: PLC0415

    return SyncIO(_parser_of(choose_engine(engine)))


def asynchronous_io(engine: Engine | None) -> AsyncIO:
    """Return the port of asynchronous calls; raises as `choose_engine`."""
    from .async_io import AsyncIO  # noqa: PLC0415

    return AsyncIO(_parser_of(choose_engine(engine)))


def _parser_of(engine: Engine) -> MakeParser:
    if engine == "fast":
        from ..parsers.httptools_parser import HttptoolsParser  # noqa: PLC0415

        return HttptoolsParser
    from ..parsers.h11_parser import H11Parser  # noqa: PLC0415

    return H11Parser
