"""Convert the limits of a call into deadlines."""

from __future__ import annotations

from msgspec import structs

from ..timeouts import earlier
from .request import Request, replace


def set_deadline(request: Request, now: float) -> Request:
    """Return the request with deadlines for its limits; an earlier deadline stays."""
    timeouts = request.timeouts
    deadline, answer_by = request.deadline, request.answer_by
    if timeouts.answer is not None:
        answer_by = earlier(answer_by, now + timeouts.answer)
    if timeouts.total is not None:
        deadline = earlier(deadline, now + timeouts.total)
    if deadline is not None:
        answer_by = earlier(answer_by, deadline)
    # A response that is not streamed is complete when it arrives.
    return structs.replace(
        request, deadline=deadline if request.stream else answer_by, answer_by=answer_by
    )


def set_total(request: Request, now: float) -> Request:
    """Return the request with a deadline for `total`; `answer` then applies to each step."""
    total = request.timeouts.total
    if total is None:
        return request
    return replace(request, deadline=earlier(request.deadline, now + total))
