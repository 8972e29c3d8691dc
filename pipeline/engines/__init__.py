"""Choose what sends HTTP requests: our own connections, with one of two parsers, or httpx's client.

- "h11" and "httptools" are our own connections (transport/); httptools comes with the extra `fast`.
- "httpx" is httpx's own client, which tools that patch httpx can see.
"""

from __future__ import annotations

import os
import warnings
from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal, Protocol, cast, get_args

from ..errors import InvalidArgumentError
from ..port import IO

if TYPE_CHECKING:
    from ..transport.sync_io import MakeParser

Engine = Literal["h11", "httptools", "httpx"]
#: What callers may write: "fast" is the former name of "httptools".
EngineName = Engine | Literal["fast"]

VARIABLE = "TRUNKLINE_ENGINE"


class BlockingIO(IO, Protocol):
    """The port of blocking calls, with its connections."""

    def close(self) -> None:
        """Close all connections."""
        ...


class AsynchronousIO(IO, Protocol):
    """The port of asynchronous calls, with the connections of each event loop."""

    async def aclose(self) -> None:
        """Close all connections of the running event loop."""
        ...


def choose_engine(engine: EngineName | None) -> Engine:
    """Return the given engine, else that of TRUNKLINE_ENGINE, else the fastest that is installed.

    Raises:
        InvalidArgumentError: the engine is unknown.
        ImportError: "httptools" is chosen but not installed.
    """
    named = name_engine(engine)
    place = VARIABLE if engine is None else "engine"
    if named == "fast":
        from ..frames import outer_level  # noqa: PLC0415  # for this warning only

        text = f'{place}: "fast" is now called "httptools"'
        warnings.warn(text, DeprecationWarning, stacklevel=outer_level())
        named = "httptools"
    if named not in get_args(Engine):
        names = '"h11", "httptools" or "httpx"'
        raise InvalidArgumentError(f"{place}: expected {names}, got {named!r}")
    if named == "httptools" and not _has_httptools():
        raise ImportError(
            f"{place}: the engine \"httptools\" is not installed: pip install 'trunkline[fast]'"
        )
    return cast("Engine", named)


def name_engine(engine: EngineName | None) -> str:
    """Return the name that `choose_engine` goes by; it may be unknown or a former one."""
    if engine is not None:
        return engine
    return os.environ.get(VARIABLE) or ("httptools" if _has_httptools() else "h11")


def _has_httptools() -> bool:
    return find_spec("httptools") is not None


# Imported late: httpcore and asyncio take longer to load than trunkline itself.
def blocking_io(engine: Engine) -> BlockingIO:
    """Return the port of blocking calls."""
    from ..transport.sync_io import SyncIO  # noqa: PLC0415

    if engine != "httpx":
        return SyncIO(_parser_of(engine))
    from .httpx_engine import HttpxIO  # noqa: PLC0415

    return HttpxIO(SyncIO())


def asynchronous_io(engine: Engine) -> AsynchronousIO:
    """Return the port of asynchronous calls."""
    from ..transport.async_io import AsyncIO  # noqa: PLC0415

    if engine != "httpx":
        return AsyncIO(_parser_of(engine))
    from .httpx_engine import AsyncHttpxIO  # noqa: PLC0415

    return AsyncHttpxIO(AsyncIO())


def _parser_of(engine: Engine) -> MakeParser:
    if engine == "httptools":
        from ..parsers.httptools_parser import HttptoolsParser  # noqa: PLC0415

        return HttptoolsParser
    from ..parsers.h11_parser import H11Parser  # noqa: PLC0415

    return H11Parser
