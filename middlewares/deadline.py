"""Hold the limits of `timeout` over all attempts, waits and fallbacks of a call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from time import monotonic

from ..pipeline.call.arguments import DEFAULT_TIMEOUTS
from ..pipeline.call.deadlines import set_deadline
from ..pipeline.call.request import Handler, Reply, Request


class Deadline:
    """Turns `timeout` into moments, once for the whole call, so that no retry multiplies it.

    `timeout=5` means that the answer is here 5 seconds from now, or has begun in a stream, however
    many attempts, waits and fallbacks lie between; a stream that has begun may go on, and only its
    silences count. `timeout={"total": 60}` ends everything, a running stream too. `connect`,
    `first_event` and `idle` hold for each request on its own, and leave time for another try::

        completion(..., timeout={"first_event": 3, "answer": 10}, fallbacks=[...])

    An attempt that has no time left is not begun. A limit that passes is a `Timeout`; where the
    wait before the next attempt would be too long, the last attempt's own error is raised.

    Args:
        clock: the clock that the transport reads, another one is for tests.
    """

    def __init__(self, *, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock

    def __repr__(self) -> str:
        return "Deadline()"

    def __call__(self, request: Request, call_next: Handler) -> Awaitable[Reply]:
        """Call on with the moments by which the call must be done."""
        timeouts = request.timeouts
        if timeouts.answer is None and timeouts.total is None:
            return call_next(request)
        if timeouts is not DEFAULT_TIMEOUTS:
            given = {"answer": timeouts.answer, "total": timeouts.total}
            limits = {name: f"{limit:g} s" for name, limit in given.items() if limit is not None}
            request.trail.add("Deadline", "set", since=None, **limits)
        return call_next(set_deadline(request, self._clock()))
