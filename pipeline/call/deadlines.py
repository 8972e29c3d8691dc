"""The points in time at which a call's limits pass."""

from __future__ import annotations

from ..timeouts import earlier
from .request import Request, replace


def set_deadline(request: Request, now: float) -> Request:
    """Return the request with its limits as moments; those that it has already hold on."""
    timeouts = request.timeouts
    deadline, answer_by = request.deadline, request.answer_by
    if timeouts.answer is not None:
        answer_by = earlier(answer_by, now + timeouts.answer)
    if timeouts.total is not None:
        deadline = earlier(deadline, now + timeouts.total)
    if not request.stream:
        # A whole answer has ended when it is here.
        deadline = earlier(deadline, answer_by)
    return replace(request, deadline=deadline, answer_by=earlier(answer_by, deadline))
