"""Send requests through the caller's own httpx or httpx2 client, sync or async.

The client's settings apply: proxies, TLS, limits, event hooks, transports. trunkline never closes
it, and imports neither package. The read timeout of such a client covers the whole body, so the
limit `first_event` ends with the headers of the response.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

from ..errors import BadRequestError
from ..port import IO, HTTPRequest, HTTPResponse, HTTPStream
from .headers import wire_headers
from .limits import Limits, failure, interruption, read_whole
from .urls import parse_url
from .wrapped_io import WrappedIO


def send_through(client: Any, world: IO) -> IO:
    """Return a port that sends through `client`; `world` does everything else.

    Raises:
        BadRequestError: `client` is not an httpx client of the right kind, sync or async.
    """
    wanted = "Client" if world.blocking else "AsyncClient"
    names = {cls.__name__ for cls in type(client).__mro__ if _is_httpx(cls)}
    if wanted not in names:
        calls = "completion() and responses()"
        if not world.blocking:
            calls = "acompletion() and aresponses()"
        raise BadRequestError(
            f"client: {calls} take an httpx.{wanted} or httpx2.{wanted}, got {_kind(client)}",
            param="client",
        )
    return _CallersClient(client, world)


class _CallersClient(WrappedIO):
    """Sends through the caller's client; everything else goes to the client's own port."""

    def __init__(self, client: Any, inner: IO) -> None:
        super().__init__(inner)
        self._client = client

    async def open(self, request: HTTPRequest) -> HTTPStream:
        limits = Limits(request)
        connect = limits.seconds()
        limits.connected()
        answer = limits.seconds()
        # The client's own errors would show the values of headers, and are not APIErrors.
        wire_headers(request, parse_url(request.url))
        outgoing = self._client.build_request(
            request.method, request.url, headers=request.headers, content=request.body
        )
        waits = {"connect": connect, "read": answer, "write": answer, "pool": connect}
        outgoing.extensions["timeout"] = waits
        try:
            sent = self._client.send(outgoing, stream=True)
            response = sent if self.blocking else await sent
        except Exception as error:
            if not _is_transport_error(error):
                raise
            if type(error).__name__.startswith(("Connect", "Pool")):
                limits.phase = "connect"
            raise failure(error, request, limits) from error
        # The client reads this once, so all reads of the body have the same timeout.
        limits.answering()
        waits["read"] = limits.seconds()
        limits.phase = "first_event"
        body = _blocking_body if self.blocking else _asynchronous_body
        return body(response, request, limits)

    async def send(self, request: HTTPRequest) -> HTTPResponse:
        return await read_whole(await self.open(request), request)


class _Body:
    """A response of the caller's client; the client decompresses it and ends its connection."""

    def __init__(
        self,
        response: Any,
        read_raw: Callable[[], Awaitable[bytes]],
        release: Callable[[], Awaitable[None]],
        request: HTTPRequest,
        limits: Limits,
    ) -> None:
        self.status: int = response.status_code
        self.headers = {name.lower(): value for name, value in response.headers.items()}
        self._read_raw = read_raw
        self._release = release
        self._request = request
        self._limits = limits

    async def read(self) -> bytes:
        try:
            self._limits.wait()
            data = await self._read_raw()
        except TimeoutError as error:
            raise interruption(error, self._request, self._limits) from error
        except Exception as error:
            if _is_transport_error(error):
                raise interruption(error, self._request, self._limits) from error
            raise
        self._limits.answering()
        return data

    def content_began(self) -> None:
        self._limits.content_began()

    async def drain(self) -> None:
        """Do nothing: the client's own settings decide what happens to the connection."""

    async def aclose(self) -> None:
        await self._release()


def _blocking_body(response: Any, request: HTTPRequest, limits: Limits) -> HTTPStream:
    chunks: Iterator[bytes] = response.iter_bytes()

    async def read_raw() -> bytes:
        return next(chunks, b"")

    async def release() -> None:
        response.close()

    return _Body(response, read_raw, release, request, limits)


def _asynchronous_body(response: Any, request: HTTPRequest, limits: Limits) -> HTTPStream:
    chunks: AsyncIterator[bytes] = response.aiter_bytes()

    async def read_raw() -> bytes:
        return await anext(chunks, b"")

    async def release() -> None:
        await response.aclose()
        # The client's generators must run to their end: trio warns about those that are dropped.
        with contextlib.suppress(Exception):
            async for _ in chunks:
                pass

    return _Body(response, read_raw, release, request, limits)


def _kind(client: object) -> str:
    return f"{type(client).__module__.partition('.')[0]}.{type(client).__name__}"


def _is_httpx(cls: type) -> bool:
    return cls.__module__.partition(".")[0] in ("httpx", "httpx2")


def _is_transport_error(error: Exception) -> bool:
    return any(_is_httpx(cls) and cls.__name__ == "RequestError" for cls in type(error).__mro__)
