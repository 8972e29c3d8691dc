"""The body of a response, read from a connection piece by piece."""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import Awaitable, Callable, Iterable

import httpcore

from ..errors import APIError
from ..port import HTTPRequest
from .inflate import inflater
from .limits import Limits, interruption
from .urls import plain_headers

#: The exceptions of a connection, including those of limits that passed.
FAILURES = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    OSError,
    zlib.error,
)


class Body:
    """A response whose body is decompressed as it arrives; see `HTTPStream`.

    Args:
        status: HTTP status.
        headers: response headers as they were received.
        read_raw: returns the next bytes of the body, b"" at its end.
        release: gives the connection back or closes it; called once.
        request: the request that is answered.
        limits: the limits of the request.
    """

    def __init__(
        self,
        status: int,
        headers: Iterable[tuple[bytes, bytes]],
        read_raw: Callable[[Limits], Awaitable[bytes]],
        release: Callable[[], Awaitable[None]],
        request: HTTPRequest,
        limits: Limits,
    ) -> None:
        self.status = status
        self.headers = plain_headers(headers)
        self._read_raw = read_raw
        self._release: Callable[[], Awaitable[None]] | None = release
        self._request = request
        self._limits = limits
        self._inflate = inflater(self.headers)

    async def read(self) -> bytes:
        """See `HTTPStream.read`."""
        inflate = self._inflate
        try:
            while True:
                if inflate.pending:
                    self._limits.wait()
                    chunk = b""
                elif not (chunk := await self._read_raw(self._limits)):
                    return b""
                data = inflate.feed(chunk)
                if data:
                    self._limits.answering()
                    return data
        except FAILURES as error:
            raise interruption(error, self._request, self._limits) from error

    def content_began(self) -> None:
        """See `HTTPStream.content_began`."""
        self._limits.content_began()

    async def drain(self) -> None:
        """See `HTTPStream.drain`."""
        self._limits.draining()
        with contextlib.suppress(APIError):
            while await self.read():
                pass

    async def aclose(self) -> None:
        """See `HTTPStream.aclose`."""
        release, self._release = self._release, None
        if release is not None:
            await release()
