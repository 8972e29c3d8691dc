"""What became of the attempts of one call, for the layers that make more than one."""

from __future__ import annotations

from time import perf_counter

from ...pipeline.call.request import Reply, Request
from ...pipeline.errors import APIError, BadRequestError
from ...pipeline.schema.call_info import Attempt


class Attempts:
    """Counts the HTTP requests of a call, and keeps what failed, oldest first."""

    __slots__ = ("_began", "errors", "requests", "tried")

    def __init__(self) -> None:
        self.requests = 0
        self.tried: list[Attempt] = []
        self.errors: list[APIError] = []
        self._began = 0.0

    def begin(self) -> None:
        """Take the time: an attempt begins."""
        self._began = perf_counter()

    def note(self, request: Request, error: APIError) -> None:
        """Add an attempt that failed; an inner layer's own attempts count one by one."""
        self.requests += error.attempts
        self.errors.append(error)
        self.tried += error.tried or [
            Attempt(
                model=request.model,
                error=f"{type(error).__name__}: {error.message}",
                status_code=error.status_code,
                seconds=perf_counter() - self._began,
            )
        ]

    def succeed(self, reply: Reply) -> Reply:
        """Write what failed before it into a reply, and return it."""
        if self.errors:
            call = reply.call
            call.attempts += self.requests
            call.tried = [*self.tried, *call.tried]
        return reply

    def fail(self) -> None:
        """Write all attempts into the last error."""
        error = self.errors[-1]
        error.attempts = self.requests
        if len(self.tried) > 1:
            error.tried = self.tried


def read_num_retries(request: Request) -> int | None:
    """Return the call's `num_retries`, None where it has none.

    Raises:
        BadRequestError: it is no whole number of 0 or more.
    """
    given: object = request.options.get("num_retries")
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int) or given < 0:
        raise BadRequestError(
            f"num_retries: expected 0 or more, got {given!r}", param="num_retries"
        )
    return given
