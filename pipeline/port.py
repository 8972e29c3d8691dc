"""The port `IO` to the network, with the types of HTTP requests and responses.

transport/sync_io.py implements the port for blocking calls, transport/async_io.py for event loops.
Middlewares and adapters await the port and do not know which implementation they have.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Any, Literal, Protocol, TypeVar

from msgspec import Struct

from .secret import plain_url
from .timeouts import Timeouts

T = TypeVar("T")

#: Receives a function that lets the thread which uses a connection fail at once.
Hold = Callable[[Callable[[], object]], None]

#: The largest body of a response that is not a stream, after it has been decompressed.
MAX_BODY_BYTES = 64 * 1024 * 1024
#: How much of an error's body is read.
MAX_ERROR_BYTES = 1024 * 1024


class HTTPRequest(Struct, kw_only=True):
    """An outgoing request; its repr omits `headers`, which may contain credentials.

    `address` is an IP address to connect to instead of resolving the URL's host again. Proxies and
    the caller's own HTTP client resolve the host themselves. `note` is `Trail.add` of the call.
    `send` refuses a body of more than `max_bytes`. `purpose` says what it is for: "call" for the
    request of a call and what belongs to it, "media" for a file that a message names, "token" for
    a token from a login service. `hold` is told each connection that the request uses.
    """

    url: str
    headers: dict[str, str]
    body: bytes
    method: str = "POST"
    timeouts: Timeouts = Timeouts()
    answer_by: float | None = None
    deadline: float | None = None
    address: str | None = None
    max_bytes: int = MAX_BODY_BYTES
    note: Callable[..., None] | None = None
    purpose: Literal["call", "media", "token"] = "call"
    hold: Hold | None = None

    def __repr__(self) -> str:
        return f"HTTPRequest({self.method} {plain_url(self.url)}, {len(self.body)} bytes)"


class HTTPResponse(Struct, kw_only=True):
    """A complete response; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class HTTPStream(Protocol):
    """A response whose body has not been read yet."""

    @property
    def status(self) -> int:
        """HTTP status."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """Response headers, names in lower case."""
        ...

    async def read(self) -> bytes:
        """Return the next bytes of the body, b"" at its end.

        Raises:
            Timeout: a limit passed; `phase` says which.
            StreamInterruptedError: the connection broke before the end of the body.
        """
        ...

    def content_began(self) -> None:
        """Drop the limit `answer`, which applies until a stream's content begins."""
        ...

    async def drain(self) -> None:
        """Read what follows the response's end marker, so that the connection can be reused."""
        ...

    async def aclose(self) -> None:
        """Give the connection back, or close it if the body was not read to its end."""
        ...


class Signal(Protocol):
    """A one-time signal: one task or thread waits for it, any may set it."""

    def set(self) -> None:
        """Wake the waiter."""
        ...

    async def wait(self, seconds: float | None = None) -> bool:
        """Wait until the signal is set, or for `seconds`; return whether it is set."""
        ...


class IO(Protocol):
    """Everything that differs between blocking and asynchronous calls."""

    @property
    def blocking(self) -> bool:
        """Whether awaiting blocks the thread instead of suspending."""
        ...

    def loop(self) -> object:
        """Return the running event loop, None if there is none and in blocking calls."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Sleep."""
        ...

    async def send(self, request: HTTPRequest) -> HTTPResponse:
        """Send a request and read the whole response.

        Raises:
            APIConnectionError: there was no response.
            StreamInterruptedError: the response broke off.
            Timeout: a limit passed; `phase` says which.
            APIResponseValidationError: the body is longer than `max_bytes`.
        """
        ...

    async def open(self, request: HTTPRequest) -> HTTPStream:
        """Send a request and return when the headers have arrived; raises like `send`."""
        ...

    async def run(self, function: Callable[[], T]) -> T:
        """Run a function that blocks; under an event loop, in a thread."""
        ...

    def event(self) -> Signal:
        """Return a new signal for one waiter."""
        ...

    async def race(self, alternatives: Sequence[Alternative[T]]) -> T:
        """Run alternatives concurrently, and return the result of the first that succeeds.

        Each alternative gets a port, which it must use for all that it sends and waits for:
        `lambda io: call_next(replace(request, io=io))`. In blocking calls each runs in a thread.
        The others are cancelled as soon as one has succeeded: their waits end, their connections
        are closed, and a stream that they return too late is closed. If all fail, the error of the
        first one in the list is raised.

        In a blocking call a loser ends at its next wait for this port; one that waits for something
        else meanwhile (the caller's own httpx client, `time.sleep`) ends later, unseen.
        """
        ...

    async def shield(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run `work` to its end, even if the surrounding scope has been cancelled."""
        ...

    def spawn(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Start `work` without awaiting it, for code that cannot await."""
        ...


#: One of several ways to get a result; it uses the port that it is given. See `IO.race`.
Alternative = Callable[[IO], Awaitable[T]]


async def read_all(stream: HTTPStream, max_bytes: int = MAX_ERROR_BYTES) -> HTTPResponse:
    """Read up to `max_bytes` of a response and release its connection; ignore what follows."""
    parts: list[bytes] = []
    size = 0
    try:
        while size < max_bytes and (data := await stream.read()):
            parts.append(data)
            size += len(data)
    finally:
        await stream.aclose()
    body = b"".join(parts)[:max_bytes]
    return HTTPResponse(status=stream.status, headers=stream.headers, body=body)
