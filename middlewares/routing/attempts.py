"""Count the attempts of a call, for the layers that make more than one."""

from __future__ import annotations

from time import perf_counter

from msgspec import Struct

from ...pipeline.call.request import Reply, Request
from ...pipeline.errors import APIError, BadRequestError
from ...pipeline.schema.call_info import Attempt
from ...pipeline.secret import forget_frames

#: The default number of requests per call, including the first.
MAX_ATTEMPTS = 3


class Attempts(Struct):
    """Counts the HTTP requests of a call and collects those that failed, oldest first."""

    requests: int = 0
    # msgspec gives each object lists of its own, without calling a function for them.
    tried: list[Attempt] = []
    errors: list[APIError] = []
    began: float = 0.0

    def begin(self) -> None:
        """Start the timer of an attempt."""
        self.began = perf_counter()

    def note(self, request: Request, error: APIError) -> None:
        """Add a failed attempt; the attempts of an inner layer count individually."""
        self.requests += error.attempts
        self.errors.append(error)
        self.tried += error.tried or [
            Attempt(
                model=request.model,
                error=f"{type(error).__name__}: {error.message}",
                status_code=error.status_code,
                seconds=perf_counter() - self.began,
            )
        ]

    def succeed(self, reply: Reply) -> Reply:
        """Add the earlier failures to a reply, and return it."""
        if self.errors:
            call = reply.call
            call.attempts += self.requests
            call.tried = [*self.tried, *call.tried]
            # Their tracebacks lead to the frames of all callers, which hold the reply: a dropped
            # stream would stay open until the garbage collector runs.
            for error in self.errors:
                forget_frames(error)
        return reply

    def fail(self, error: APIError | None = None) -> None:
        """Add all attempts to an error, by default the last."""
        error = error or self.errors[-1]
        error.attempts = self.requests
        if len(self.tried) > 1:
            error.tried = self.tried


def read_num_retries(request: Request) -> int | None:
    """Return the call's `num_retries`, or None if it is not given.

    Raises:
        BadRequestError: it is not an int of 0 or more.
    """
    given: object = request.options.get("num_retries")
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int) or given < 0:
        raise BadRequestError(
            f"num_retries: expected an int of 0 or more, got {given!r}", param="num_retries"
        )
    return given
