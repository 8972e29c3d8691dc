"""How long a request may still wait, and the errors of those that waited in vain or broke."""

from __future__ import annotations

from time import monotonic
from urllib.parse import urlsplit

from ..errors import APIConnectionError, APIError, Phase, StreamInterruptedError, Timeout
from ..port import HTTPRequest
from ..timeouts import earlier

DRAIN_SECONDS = 0.2

_WAITS: dict[Phase, str] = {
    "connect": "no connection",
    "first_event": "no answer",
    "mid_stream": "silence in the middle of the answer",
}


class Limits:
    """The limits of one HTTP request, asked for the seconds that its next wait may take."""

    __slots__ = ("_request", "_until", "answer_by", "deadline", "phase")

    def __init__(self, request: HTTPRequest) -> None:
        self._request = request
        now = monotonic()
        self.deadline = earlier(request.deadline, _after(now, request.timeouts.total))
        self.answer_by = earlier(request.answer_by, self.deadline)
        self.phase: Phase = "connect"
        self._until = _after(now, request.timeouts.connect)

    def connected(self) -> None:
        """Begin the wait for the answer."""
        if self.phase == "connect":
            self.phase = "first_event"
            self._until = _after(monotonic(), self._request.timeouts.first_event)

    def answering(self) -> None:
        """Begin the wait for what follows: the answer has begun."""
        self.phase = "mid_stream"

    def draining(self) -> None:
        """Leave but a moment for what may follow the end of the answer."""
        self.deadline = earlier(self.deadline, monotonic() + DRAIN_SECONDS)

    def seconds(self) -> float | None:
        """Return the seconds that a wait beginning now may take, None for any."""
        now = monotonic()
        if self.phase == "mid_stream":
            end = earlier(self.deadline, _after(now, self._request.timeouts.idle))
        else:
            end = earlier(self.answer_by, self._until)
        # Zero would mean "do not block" to a socket, and to report it as an error of its own.
        return None if end is None else max(end - now, 0.001)

    def exceeded(self) -> str:
        """Say which limit passed, for an error's text."""
        total = self.deadline if self.phase == "mid_stream" else self.answer_by
        if total is not None and monotonic() >= total:
            return f"{_WAITS[self.phase]} within the total limit"
        timeouts = self._request.timeouts
        limit = {
            "connect": timeouts.connect,
            "first_event": timeouts.first_event,
            "mid_stream": timeouts.idle,
        }[self.phase]
        return f"{_WAITS[self.phase]} for {limit:g} s" if limit else _WAITS[self.phase]


def failure(error: Exception, request: HTTPRequest, limits: Limits) -> APIError:
    """Return the error of a request that got no answer."""
    host = host_of(request.url)
    if _is_timeout(error):
        return Timeout(f"{host}: {limits.exceeded()}", phase=limits.phase)
    what = "cannot connect" if limits.phase == "connect" else "the connection broke"
    return APIConnectionError(f"{host}: {what}{reason(error)}", phase=limits.phase)


def interruption(error: Exception, request: HTTPRequest, limits: Limits) -> APIError:
    """Return the error of an answer whose body broke off."""
    host = host_of(request.url)
    if _is_timeout(error):
        return Timeout(f"{host}: {limits.exceeded()}", phase=limits.phase)
    return StreamInterruptedError(
        f"{host}: the connection broke in the middle of the answer{reason(error)}",
        phase=limits.phase,
    )


def host_of(url: str) -> str:
    """Return host and port of a URL, without credentials, path and query."""
    return urlsplit(url).netloc.rpartition("@")[2]


def reason(error: Exception) -> str:
    """Return an error's own words, but for those that may quote a header."""
    if type(error).__name__ == "LocalProtocolError" or not str(error):
        return ""
    return f" ({error})"


def _is_timeout(error: Exception) -> bool:
    # By name: the engine may be httpcore, httpx or httpx2, each with a family of its own.
    names = ("TimeoutException", "TimeoutError")
    return any(cls.__name__ in names for cls in type(error).__mro__)


def _after(now: float, seconds: float | None) -> float | None:
    return None if seconds is None else now + seconds
