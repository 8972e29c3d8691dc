"""The limits of a request in time and size, and the errors of requests that exceed them or fail."""

from __future__ import annotations

from time import monotonic
from typing import Protocol
from urllib.parse import urlsplit

from ..errors import (
    APIConnectionError,
    APIError,
    APIResponseValidationError,
    Phase,
    StreamInterruptedError,
    Timeout,
)
from ..port import MAX_ERROR_BYTES, HTTPRequest, HTTPResponse, HTTPStream, read_all
from ..timeouts import Timeouts, earlier

DRAIN_SECONDS = 0.2

_WAITS: dict[Phase, str] = {
    "connect": "no connection",
    "first_event": "no response",
    "mid_stream": "no data in the middle of the response",
}


class Limited(Protocol):
    """The limits of a request; see `HTTPRequest`."""

    @property
    def timeouts(self) -> Timeouts:
        """The limits of each request, in seconds."""
        ...

    @property
    def answer_by(self) -> float | None:
        """Time by which the response must be here, or a stream's content must have begun."""
        ...

    @property
    def deadline(self) -> float | None:
        """Time by which everything must have ended."""
        ...


class Limits:
    """The limits of one request; `wait()` is the timeout of its next wait.

    Attributes:
        phase: what is waited for.
        proxy: host and port of the proxy that the connection is being made through, "" if none.
    """

    __slots__ = ("_end", "_timeouts", "_until", "deadline", "phase", "proxy")

    def __init__(self, request: Limited) -> None:
        self._timeouts = timeouts = request.timeouts
        now = monotonic()
        self.deadline = request.deadline
        if timeouts.total is not None:
            self.deadline = earlier(self.deadline, now + timeouts.total)
        # The end of all waits: `answer` until a stream's content begins, then only `total`.
        self._end = earlier(request.answer_by, self.deadline)
        self.phase: Phase = "connect"
        self.proxy = ""
        self._until = _after(now, timeouts.connect)

    def reconnecting(self) -> None:
        """Start the wait for another connection."""
        self.phase = "connect"
        self._until = _after(monotonic(), self._timeouts.connect)

    def connected(self) -> None:
        """Start the wait for the response: the connection is established."""
        if self.phase == "connect":
            self.phase = "first_event"
            self._until = _after(monotonic(), self._timeouts.first_event)

    def answering(self) -> None:
        """Start the waits between two reads: the response has begun."""
        self.phase = "mid_stream"

    def content_began(self) -> None:
        """Drop the limit `answer`: a stream's content has begun."""
        self._end = self.deadline

    def draining(self) -> None:
        """Leave only a short time to read what may follow the end of the response."""
        self._end = earlier(self._end, monotonic() + DRAIN_SECONDS)

    def wait(self) -> float | None:
        """Return the timeout of a wait that starts now, None for no limit.

        Raises:
            TimeoutError: a limit has passed, although there may be data to read.
        """
        end, idle = self._end, None
        if self.phase == "mid_stream":
            idle = self._timeouts.idle
        else:
            end = earlier(end, self._until)
        if end is None:
            return idle
        left = end - monotonic()
        if left <= 0:
            raise TimeoutError
        return left if idle is None or left < idle else idle

    def seconds(self) -> float | None:
        """Return the timeout of a wait that starts now, nearly 0 if a limit has passed."""
        try:
            return self.wait()
        except TimeoutError:
            # For a socket a timeout of 0 means "do not block".
            return 0.001

    def exceeded(self) -> str:
        """Return which limit passed, for an error message."""
        if self._end is not None and monotonic() >= self._end:
            if self.phase == "mid_stream":
                return "the response took longer than the total limit"
            return f"{_WAITS[self.phase]}{self.through()} within the total limit"
        timeouts = self._timeouts
        limit = {
            "connect": timeouts.connect,
            "first_event": timeouts.first_event,
            "mid_stream": timeouts.idle,
        }[self.phase]
        what = f"{_WAITS[self.phase]}{self.through()}"
        return f"{what} for {limit:g} s" if limit else what

    def through(self) -> str:
        """Return the proxy that the connection is being made through, for an error message."""
        return f" through the proxy {self.proxy}" if self.proxy else ""


def failure(error: Exception, request: HTTPRequest, limits: Limits) -> APIError:
    """Return the error of a request without a response."""
    host = host_of(request.url)
    if _is_timeout(error):
        return Timeout(f"{host}: {limits.exceeded()}", phase=limits.phase)
    connecting = limits.phase == "connect"
    what = f"cannot connect{limits.through()}" if connecting else "the connection broke"
    return APIConnectionError(f"{host}: {what}{reason(error)}", phase=limits.phase)


def interruption(error: Exception, request: HTTPRequest, limits: Limits) -> APIError:
    """Return the error of a response whose body broke off."""
    host = host_of(request.url)
    if _is_timeout(error):
        return Timeout(f"{host}: {limits.exceeded()}", phase=limits.phase)
    return StreamInterruptedError(
        f"{host}: the connection broke in the middle of the response{reason(error)}",
        phase=limits.phase,
    )


async def read_whole(stream: HTTPStream, request: HTTPRequest) -> HTTPResponse:
    """Read a response to its end and release its connection.

    Raises:
        APIResponseValidationError: the body is longer than the request's `max_bytes`.
    """
    if stream.status >= 400:
        return await read_all(stream, MAX_ERROR_BYTES)
    response = await read_all(stream, request.max_bytes + 1)
    if len(response.body) > request.max_bytes:
        raise APIResponseValidationError(
            f"{host_of(request.url)}: the response is longer than {request.max_bytes} bytes; "
            "max_response_bytes sets the limit",
            headers=response.headers,
        )
    return response


def host_of(url: str) -> str:
    """Return host and port of a URL, without credentials, path and query."""
    return urlsplit(url).netloc.rpartition("@")[2]


def reason(error: Exception) -> str:
    """Return the message of an error in parentheses, unless it may contain a header."""
    if type(error).__name__ == "LocalProtocolError" or not str(error):
        return ""
    return f" ({error})"


def _is_timeout(error: Exception) -> bool:
    # By name, because httpcore, httpx and httpx2 each have their own exception classes.
    names = ("TimeoutException", "TimeoutError")
    return any(cls.__name__ in names for cls in type(error).__mro__)


def _after(now: float, seconds: float | None) -> float | None:
    return None if seconds is None else now + seconds
