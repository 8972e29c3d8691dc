"""The body of a response, read from a connection piece by piece."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol

import httpcore

from ..codings import BadCompressionError, Inflater, find_inflater
from ..errors import APIError, APIResponseValidationError, Timeout
from ..port import HTTPRequest
from .headers import plain_headers
from .limits import Limits, host_of, interruption

_PARSED_AT_ONCE = 8192

#: The exceptions of a connection, including those of limits that passed.
FAILURES = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    OSError,
    EOFError,
)


class BodyParser(Protocol):
    """Takes a body out of the bytes that arrive; see `Parser`."""

    complete: bool
    failure: Exception | None

    def feed(self, data: bytes) -> bytes:
        """See `Parser.feed`."""
        ...


class Body:
    """A response whose body is parsed and decompressed as it arrives; see `HTTPStream`.

    Args:
        status: HTTP status.
        headers: response headers as they were received.
        receive: returns the next bytes of the connection, b"" at its end.
        parser: takes the body out of them.
        first: what of the body came with the headers.
        release: gives the connection back or closes it; called once.
        request: the request that is answered.
        limits: the limits of the request.
    """

    __slots__ = (
        "_coding",
        "_first",
        "_inflate",
        "_limits",
        "_parser",
        "_receive",
        "_release",
        "_request",
        "headers",
        "status",
    )

    def __init__(
        self,
        status: int,
        headers: Iterable[tuple[bytes, bytes]],
        receive: Callable[[Limits], Awaitable[bytes]],
        parser: BodyParser,
        first: bytes,
        release: Callable[[], Awaitable[None]],
        request: HTTPRequest,
        limits: Limits,
    ) -> None:
        self.status = status
        self.headers = plain_headers(headers)
        self._receive = receive
        self._parser = parser
        self._first = first
        self._release: Callable[[], Awaitable[None]] | None = release
        self._request = request
        self._limits = limits
        # Until it is known what decompresses it.
        self._coding = self.headers.get("content-encoding", "")
        self._inflate: Inflater | None = None

    async def read(self) -> bytes:
        """See `HTTPStream.read`."""
        limits, parser = self._limits, self._parser
        try:
            if self._coding:
                self._inflate, self._coding = find_inflater(self._coding), ""
            inflate = self._inflate
            while True:
                if inflate is not None and inflate.pending:
                    limits.wait()
                    data = inflate.feed(b"")
                elif not self._first and (parser.complete or parser.failure is not None):
                    self._finish()
                    return b""
                else:
                    data, self._first = self._first, b""
                    if not data:
                        data = await self._receive(limits)
                        if len(data) <= _PARSED_AT_ONCE:
                            data = parser.feed(data)
                        else:
                            data = parse(parser, data, limits)
                    if data and inflate is not None:
                        data = inflate.feed(data)
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

    def _finish(self) -> None:
        """Raise the error that ended the body, if one did."""
        if self._parser.failure is not None:
            raise self._parser.failure
        if self._inflate is not None:
            self._inflate.finish()

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


def parse(parser: BodyParser, data: bytes, limits: Limits) -> bytes:
    """Parse received bytes; check the limits meanwhile, because tiny chunks take long."""
    if len(data) <= _PARSED_AT_ONCE:
        return parser.feed(data)
    parts: list[bytes] = []
    for start in range(0, len(data), _PARSED_AT_ONCE):
        limits.wait()
        try:
            parts.append(parser.feed(data[start : start + _PARSED_AT_ONCE]))
        except httpcore.RemoteProtocolError:
            if not any(parts):
                raise
        if parser.failure is not None:
            break
    return b"".join(parts)


def _error_of(error: Exception, request: HTTPRequest, limits: Limits) -> APIError:
    """Return the error of a body that broke off or cannot be decompressed."""
    if isinstance(error, BadCompressionError):
        return APIResponseValidationError(
            f"{host_of(request.url)}: the response cannot be decompressed ({error})"
        )
    return interruption(error, request, limits)
