"""Send requests through an httpx or httpx2 client, sync or async: the caller's, or the engine's.

The client's settings apply: proxies, TLS, event hooks, transports. trunkline never closes a client
of the caller's. The limits of the request apply too. Under an event loop all of them hold. In
blocking calls httpx waits with one timeout until the headers are here, and with one timeout for all
reads of the body. So `first_event` ends with the headers, and a limit for the whole call is noticed
when the read that is under way ends.
"""

from __future__ import annotations

import contextlib
import math
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import anyio

from ..errors import BadRequestError, Timeout
from ..forks import FORKS
from ..port import IO, HTTPRequest, HTTPResponse, HTTPStream
from ..timeouts import earlier, remaining
from ..transport.body import Body
from ..transport.headers import check_head
from ..transport.limits import DRAIN_SECONDS, Limits, failure, host_of, read_whole, reason
from ..transport.sockets import shut_down
from ..transport.urls import parse_url
from ..transport.wrapped_io import WrappedIO


def send_through(client: Any, world: IO) -> IO:
    """Return a port that sends through the caller's client; `world` does everything else.

    Args:
        client: an httpx or httpx2 client, or a tuple of a sync and an async one.
        world: the port of the call.

    Raises:
        BadRequestError: `client` has no httpx client of the right kind, sync or async.
    """
    wanted = "Client" if world.blocking else "AsyncClient"
    clients: tuple[Any, ...] = client if isinstance(client, tuple) else (client,)  # pyright: ignore[reportUnknownVariableType]  # of Any
    for each in clients:
        if wanted in client_kinds(each):
            return _CallersClient(each, world)
    calls = "completion() and responses()" if world.blocking else "acompletion() and aresponses()"
    given = ", ".join(map(_name_of, clients))
    raise BadRequestError(
        f"client: {calls} take an httpx.{wanted} or httpx2.{wanted}, got {given}; "
        "a tuple may have one of each kind",
        param="client",
    )


def client_kinds(client: object) -> set[str]:
    """Return the names of the httpx classes that an object is an instance of."""
    return {cls.__name__ for cls in type(client).__mro__ if _is_httpx(cls)}


class _CallersClient(WrappedIO):
    """Sends through the caller's client; everything else goes to the client's own port."""

    def __init__(self, client: Any, inner: IO) -> None:
        super().__init__(inner)
        self._client = client

    async def open(self, request: HTTPRequest) -> HTTPStream:
        """See `IO.open`."""
        # The checks of our own connections.
        parse_url(request.url)
        prepared = prepare(self._client, request, request.url)
        progress = Progress(request)
        return await (send if self.blocking else asend)(self._client, prepared, progress)

    async def send(self, request: HTTPRequest) -> HTTPResponse:
        """See `IO.send`."""
        return await read_whole(await self.open(request), request)


def prepare(client: Any, request: HTTPRequest, url: str) -> Any:
    """Return the client's form of a request.

    Raises:
        BadRequestError: HTTP does not allow a header; httpx's own error would show its value. Or
            httpx cannot use the address.
    """
    check_head(request)
    try:
        return client.build_request(
            request.method, url, headers=request.headers, content=request.body
        )
    except Exception as error:
        # By name, because httpx and httpx2 each have their own class.
        if isinstance(error, ValueError) or type(error).__name__ == "InvalidURL":
            raise BadRequestError(f"base_url: not an address ({error})", param="base_url") from None
        raise


async def send(client: Any, prepared: Any, progress: Progress) -> HTTPStream:
    """Send a request with a blocking client; see `IO.open`."""
    limits = progress.limits
    prepared.extensions["timeout"] = progress.timeouts
    prepared.extensions["trace"] = progress.note
    while True:
        try:
            response = client.send(prepared, stream=True)
            break
        except Exception as error:
            if not progress.send_again(error):
                await progress.abandon()
                raise progress.failure(error) from error
            await progress.renew(client)
    progress.begin_body()
    reads = _BlockingReads(response)
    return _BlockingBody(response, reads.receive, reads.release, progress.request, limits)


async def asend(client: Any, prepared: Any, progress: Progress) -> HTTPStream:
    """Send a request with an asynchronous client; see `IO.open`."""
    limits = progress.limits
    prepared.extensions["timeout"] = progress.timeouts
    while True:
        try:
            response = await _asend_within(client, prepared, progress)
            break
        except Exception as error:
            if not progress.send_again(error):
                await progress.abandon()
                raise progress.failure(error) from error
            await progress.renew(client)
    # Each read is within a scope of its own.
    progress.timeouts["read"] = None
    limits.phase = "first_event"
    chunks: AsyncIterator[bytes] = (
        _one(response.content) if response.is_stream_consumed else response.aiter_raw()
    )

    async def receive(limits: Limits) -> bytes:
        try:
            with anyio.fail_after(limits.wait()):
                async for chunk in chunks:
                    if chunk:
                        return chunk
        except Exception as error:
            raise plain_error(error) from error
        return b""

    async def release() -> None:
        with anyio.CancelScope(shield=True):
            await response.aclose()
            # The client's generators must run to their end: trio warns about those that are
            # dropped.
            with contextlib.suppress(Exception):
                async for _ in chunks:
                    pass

    return _ClientBody(response, receive, release, progress.request, limits)


async def _asend_within(client: Any, prepared: Any, progress: Progress) -> Any:
    """Send a request within its limits, which httpx checks for each read only."""
    with anyio.CancelScope(deadline=_deadline(progress.whole_seconds())) as scope:

        async def trace(event: str, info: object) -> None:
            progress.note(event, info)
            if progress.sent:
                scope.deadline = _deadline(progress.answer_seconds())

        prepared.extensions["trace"] = trace
        return await client.send(prepared, stream=True)
    raise TimeoutError


async def _one(content: bytes) -> AsyncGenerator[bytes]:
    yield content


def _deadline(seconds: float | None) -> float:
    return math.inf if seconds is None else anyio.current_time() + seconds


class _Parsed:
    """See `BodyParser`: the client has parsed the body."""

    complete = False
    failure: Exception | None = None

    def feed(self, data: bytes) -> bytes:
        self.complete = not data
        return data


class _ClientBody(Body):
    """A response of the client; trunkline decompresses it, unless a hook has read it already."""

    def __init__(
        self,
        response: Any,
        receive: Callable[[Limits], Awaitable[bytes]],
        release: Callable[[], Awaitable[None]],
        request: HTTPRequest,
        limits: Limits,
    ) -> None:
        headers: list[tuple[bytes, bytes]] = response.headers.raw
        if response.is_stream_consumed:
            headers = [each for each in headers if each[0].lower() != b"content-encoding"]
        super().__init__(
            response.status_code, headers, receive, _Parsed(), b"", release, request, limits
        )
        self.response = response


class _BlockingBody(_ClientBody):
    async def drain(self) -> None:
        """See `HTTPStream.drain`; the client's own timeout is far too long for it."""
        sock = _socket_of(self.response)
        if sock is None:
            return
        timer = threading.Timer(DRAIN_SECONDS, shut_down, (sock,))
        timer.daemon = True
        timer.start()
        await super().drain()
        timer.cancel()


class _BlockingReads:
    """The reads of a blocking response, which any thread may end."""

    def __init__(self, response: Any) -> None:
        self._response = response
        self._chunks: Iterator[bytes] = iter(
            [response.content] if response.is_stream_consumed else response.iter_raw()
        )
        # The process whose thread is reading, by its forks: a forked one has only a copy.
        self._reader: int | None = None
        self._closed = False

    async def receive(self, limits: Limits) -> bytes:
        """Return the next bytes, b"" at the end."""
        limits.wait()
        self._reader = FORKS[0]
        try:
            return next(filter(None, self._chunks), b"")
        except Exception as error:
            raise plain_error(error) from error
        finally:
            self._reader = None
            if self._closed:
                self._response.close()

    async def release(self) -> None:
        """Close the response; wake the thread that reads it, if there is one."""
        self._closed = True
        sock = _socket_of(self._response)
        if sock is not None and self._reader == FORKS[0]:
            # That thread closes it: the system may give a closed socket's number to another.
            shut_down(sock)
        else:
            self._response.close()


def _socket_of(response: Any) -> Any:
    """Return the socket of a response, None if it is mocked or if other requests share it."""
    stream = response.extensions.get("network_stream")
    if stream is None or response.http_version != "HTTP/1.1":
        return None
    return stream.get_extra_info("socket")


class Progress:
    """What is known of a request on its way through an httpx client.

    Attributes:
        request: the request.
        limits: the limits of the request.
        timeouts: httpx's timeouts; see https://www.encode.io/httpcore/extensions/.
        fresh: whether it has a connection of its own.
        sent: whether it was sent on some connection.
    """

    def __init__(self, request: HTTPRequest) -> None:
        self.request = request
        self.limits = Limits(request)
        self.fresh = self.sent = False
        connect = self.limits.seconds()
        self.limits.connected()
        answer = self.limits.seconds()
        self.timeouts: dict[str, object] = {
            "connect": connect,
            "read": answer,
            "write": answer,
            "pool": connect,
        }

    def begin_body(self) -> None:
        """Set the timeout of the body, which httpx reads only once."""
        self.limits.answering()
        self.timeouts["read"] = self.limits.seconds()
        self.limits.phase = "first_event"

    def whole_seconds(self) -> float | None:
        """Return how long connecting and waiting for the response may take together."""
        first, connect = self.limits.seconds(), self.request.timeouts.connect
        if first is None or connect is None:
            return first
        end = remaining(earlier(self.request.answer_by, self.limits.deadline))
        return first + connect if end is None else min(first + connect, end)

    def answer_seconds(self) -> float | None:
        """Return how long waiting for the response may take, once the request is being sent."""
        return self.limits.seconds()

    def note(self, event: str, _info: object) -> None:
        """Take note of an event of httpcore's, the library below httpx."""
        if event.endswith(".connect_tcp.started"):
            self.fresh = True
        elif event.endswith(".send_request_headers.started"):
            self.sent = True
            self.limits.reconnecting()
            self.limits.connected()

    def send_again(self, error: Exception) -> bool:  # noqa: ARG002  # see ExactProgress
        """Return whether to send the request again; a caller's client decides that by itself."""
        return False

    async def renew(self, client: Any) -> None:
        """Make sure that the request is sent again on a new connection."""

    async def abandon(self) -> None:
        """Close what a failed request leaves open."""

    def failure(self, error: Exception) -> Exception:
        """Return the error to raise: one of ours, unless the client itself is at fault."""
        if isinstance(error, RuntimeError) and "has been closed" in str(error):
            return BadRequestError("client: the httpx client has been closed", param="client")
        if not isinstance(error, TimeoutError) and not _is_transport_error(error):
            return error
        _forget_frames(error)
        connecting = self.fresh and not self.sent
        if connecting or type(error).__name__.startswith(("Connect", "Pool", "Proxy")):
            self.limits.phase = "connect"
        elif isinstance(plain_error(error), TimeoutError) and not (self.fresh or self.sent):
            # No limit has passed: a tool that replaces the network made up the error, and says why.
            why = reason(error)
            if why:
                host = host_of(self.request.url)
                return Timeout(f"{host}: no response{why}", phase=self.limits.phase)
        return failure(error, self.request, self.limits)


def plain_error(error: Exception) -> Exception:
    """Return an httpx error as one of Python's, others as they are."""
    names = {cls.__name__ for cls in type(error).__mro__}
    if "TimeoutException" in names:
        return TimeoutError()
    if not _is_transport_error(error):
        return error
    return ConnectionError("" if "LocalProtocolError" in names else str(error))


def _forget_frames(error: BaseException) -> None:
    """Drop the frames of httpx and below: their variables have headers, and a proxy's password."""
    each: BaseException | None = error
    # One that has none is at the end of the chain, or in a circle.
    while each is not None and each.__traceback__ is not None:
        each.__traceback__ = None
        each = each.__cause__ or each.__context__


def _name_of(client: object) -> str:
    return f"{type(client).__module__.partition('.')[0]}.{type(client).__name__}"


def _is_httpx(cls: type) -> bool:
    return cls.__module__.partition(".")[0] in ("httpx", "httpx2")


def _is_transport_error(error: Exception) -> bool:
    # httpx lets the errors of its library for SOCKS through.
    if type(error).__module__.partition(".")[0] == "socksio":
        return True
    return any(_is_httpx(cls) and cls.__name__ == "RequestError" for cls in type(error).__mro__)
