"""The body of a response, read from a connection piece by piece."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Iterable

import httpcore

from ..codings import BadCompressionError, Inflater, find_inflater
from ..errors import APIError, APIResponseValidationError, Timeout
from ..port import HTTPRequest
from .headers import plain_headers
from .limits import Limits, host_of, interruption

#: The exceptions of a connection, including those of limits that passed.
FAILURES = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    OSError,
    EOFError,
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
        self._inflate: Inflater | None = None

    async def read(self) -> bytes:
        """See `HTTPStream.read`."""
        limits = self._limits
        try:
            inflate = self._inflate or self._begin()
            while True:
                if inflate.pending:
                    limits.wait()
                    chunk = b""
                elif not (chunk := await self._read_raw(limits)):
                    inflate.finish()
                    return b""
                data = inflate.feed(chunk)
                if data:
                    if limits.phase != "mid_stream":
                        limits.answering()
                    return data
        except (*FAILURES, BadCompressionError) as error:
            raised = _error_of(error, self._request, self._limits)
            if self.status >= 400 and not isinstance(raised, Timeout):
                # The status says more than the rest of the body would.
                return b""
            raise raised from error

    def _begin(self) -> Inflater:
        self._inflate = find_inflater(self.headers.get("content-encoding", ""))
        return self._inflate

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


def _error_of(error: Exception, request: HTTPRequest, limits: Limits) -> APIError:
    """Return the error of a body that broke off or cannot be decompressed."""
    if isinstance(error, BadCompressionError):
        return APIResponseValidationError(
            f"{host_of(request.url)}: the response cannot be decompressed ({error})"
        )
    return interruption(error, request, limits)
