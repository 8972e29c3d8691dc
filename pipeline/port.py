"""The border to the network: what is sent, what comes back, and the port `IO` between.

`transport.py` implements the port for calls that block, `loop_transport.py` for event loops. A
middleware or an adapter awaits it and never knows which of the two it has.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Protocol, TypeVar

from msgspec import Struct

from .timeouts import Timeouts

T = TypeVar("T")


class HTTPRequest(Struct, kw_only=True):
    """A request as it goes out; `headers` may hold credentials, so its repr leaves them out.

    `address` is an IP address to connect to instead of resolving the URL's host anew; a proxy and
    a client of the caller's own resolve for themselves.
    """

    url: str
    headers: dict[str, str]
    body: bytes
    method: str = "POST"
    timeouts: Timeouts = Timeouts()
    answer_by: float | None = None
    deadline: float | None = None
    address: str | None = None

    def __repr__(self) -> str:
        return f"HTTPRequest({self.method} {self.url.partition('?')[0]}, {len(self.body)} bytes)"


class HTTPResponse(Struct, kw_only=True):
    """A whole answer; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class HTTPStream(Protocol):
    """An answer whose body is still to be read."""

    @property
    def status(self) -> int:
        """HTTP status."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """Response headers, names in lower case."""
        ...

    async def read(self) -> bytes:
        """Return the next bytes of the body as they arrived, b"" at its end.

        Raises:
            Timeout: nothing came within `first_event` or `idle`.
            StreamInterruptedError: the connection broke before the body's end.
        """
        ...

    async def drain(self) -> None:
        """Read what may still follow the answer's end marker, so that the connection serves on."""
        ...

    async def aclose(self) -> None:
        """Give the connection back, or close it where the body was not read to its end."""
        ...


class Signal(Protocol):
    """Something that happens once, awaited by one task or thread and set by any."""

    def set(self) -> None:
        """Let the waiter go on."""
        ...

    async def wait(self, seconds: float | None = None) -> bool:
        """Wait until it is set, or for so long; return whether it is."""
        ...


class IO(Protocol):
    """What differs between a blocking and an asynchronous call."""

    @property
    def blocking(self) -> bool:
        """Whether awaiting blocks the thread instead of suspending."""
        ...

    def loop(self) -> object:
        """Return the running event loop; None where there is none, and in blocking calls."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait for so long."""
        ...

    async def send(self, request: HTTPRequest) -> HTTPResponse:
        """Send a request and read the whole answer.

        Raises:
            APIConnectionError: there was no answer.
            StreamInterruptedError: it broke off.
            Timeout: a limit passed; `phase` says which.
        """
        ...

    async def open(self, request: HTTPRequest) -> HTTPStream:
        """Send a request and return once the answer's headers are here; raises as `send`."""
        ...

    async def run(self, function: Callable[[], T]) -> T:
        """Run a function that blocks, in a thread where blocking would stop others."""
        ...

    def event(self) -> Signal:
        """Return an event for one waiter of this world."""
        ...

    async def shield(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run `work` to its end, also where the scope around it has been cancelled."""
        ...

    def spawn(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run `work` to its end without being awaited; used where code cannot await."""
        ...


async def read_all(stream: HTTPStream) -> HTTPResponse:
    """Read an answer to its end and release its connection."""
    parts: list[bytes] = []
    try:
        while data := await stream.read():
            parts.append(data)
    finally:
        await stream.aclose()
    return HTTPResponse(status=stream.status, headers=stream.headers, body=b"".join(parts))
