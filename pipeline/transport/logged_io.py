"""Log one line per HTTP request at level DEBUG, without content, query or credentials.

A line also has the API that was chosen, if it is not the usual one, and why.

The client puts `LoggedIO` around its port only while the logger has DEBUG enabled, so calls pay
nothing for it otherwise.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from time import perf_counter
from urllib.parse import urlsplit

from ..port import IO, HTTPRequest, HTTPResponse, HTTPStream
from ..schema.call_info import request_id
from ..schema.trail import ATTEMPT, CHOSE, Trail
from .wrapped_io import WrappedIO

_log = logging.getLogger("trunkline")


class LoggedIO(WrappedIO):
    """Sends through another port and logs each request when its outcome is known.

    The line of a stream is written when its headers have arrived.
    """

    def __init__(self, inner: IO, trail: Trail) -> None:
        super().__init__(inner)
        self._trail = trail

    async def send(self, request: HTTPRequest) -> HTTPResponse:
        """See `IO.send`."""
        began = perf_counter()
        try:
            response = await self._inner.send(request)
        except BaseException as error:
            self._log_failure(request, began, error)
            raise
        self._log_response(request, began, response.status, response.headers)
        return response

    async def open(self, request: HTTPRequest) -> HTTPStream:
        """See `IO.open`."""
        began = perf_counter()
        try:
            stream = await self._inner.open(request)
        except BaseException as error:
            self._log_failure(request, began, error)
            raise
        self._log_response(request, began, stream.status, stream.headers)
        return stream

    def _log_response(
        self, request: HTTPRequest, began: float, status: int, headers: Mapping[str, str]
    ) -> None:
        identity = request_id(headers)
        suffix = f", request id {identity}" if identity else ""
        self._log(request, began, str(status), suffix)

    def _log_failure(self, request: HTTPRequest, began: float, error: BaseException) -> None:
        self._log(request, began, type(error).__name__, "")

    def _log(self, request: HTTPRequest, began: float, outcome: str, suffix: str) -> None:
        _log.debug(
            "%s %s -> %s in %.0f ms, attempt %s%s%s",
            request.method,
            _place_of(request),
            outcome,
            (perf_counter() - began) * 1000,
            self._attempt(),
            self._choice(),
            suffix,
        )

    def _attempt(self) -> str:
        """Return the number of the attempt in its call, and how many there may be, if known."""
        made, allowed = self._trail.attempts, self._trail.max_attempts
        return f"{made + 1}/{allowed}" if allowed else str(made + 1)

    def _choice(self) -> str:
        """Return which API was chosen for the attempt and why, "" if it is the usual one."""
        for note in reversed(self._trail.notes):
            if note.event == CHOSE and "wire" in note.attributes:
                return f", {note.attributes['wire']} API: {note.attributes['reason']}"
            if note.event == ATTEMPT:
                break
        return ""


def _place_of(request: HTTPRequest) -> str:
    """Return the host and path of a request, without credentials and query."""
    parts = urlsplit(request.url)
    host = parts.netloc.rpartition("@")[2]
    # A message may name the URL that is fetched, for example an image: its path is content.
    return host if request.method == "GET" else f"{host}{parts.path}"
