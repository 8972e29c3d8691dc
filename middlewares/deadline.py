"""Apply `timeout` to all attempts, waits and fallbacks of a call together."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from time import monotonic

from ..pipeline.call.arguments import DEFAULT_TIMEOUTS
from ..pipeline.call.deadlines import set_deadline
from ..pipeline.call.request import Handler, Reply, Request
from .checked_arguments import check_plain_function


class Deadline:
    """Turns `timeout` into deadlines, once for the whole call, so that no retry multiplies it.

    `timeout=5` means that the response is complete, or a stream has begun, within 5 seconds,
    including all attempts, waits and fallbacks. A stream that has begun is limited only by its
    silences. `timeout={"total": 60}` ends everything, including a stream in progress. `connect`,
    `first_event` and `idle` apply to each request separately, and leave time for another attempt::

        completion(..., timeout={"first_event": 3, "answer": 10}, fallbacks=[...])

    An attempt with no time left is not started. A limit that expires raises a `Timeout`; if the
    wait before the next attempt would be too long, the error of the last attempt is raised.

    Args:
        clock: the clock that the transport uses; tests pass their own.
    """

    def __init__(self, *, clock: Callable[[], float] = monotonic) -> None:
        check_plain_function("clock", clock)
        self._clock = clock

    def __repr__(self) -> str:
        return "Deadline()"

    def __call__(self, request: Request, call_next: Handler) -> Awaitable[Reply]:
        """Call the next layer with the deadlines of the call."""
        timeouts = request.timeouts
        if timeouts.answer is None and timeouts.total is None:
            return call_next(request)
        if timeouts is not DEFAULT_TIMEOUTS and timeouts != DEFAULT_TIMEOUTS:
            given = {"answer": timeouts.answer, "total": timeouts.total}
            limits = {name: f"{limit:g} s" for name, limit in given.items() if limit is not None}
            request.trail.add("Deadline", "set", since=None, **limits)
        return call_next(set_deadline(request, self._clock()))
