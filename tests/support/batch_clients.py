"""Clients that worker processes make for themselves; light, since each worker imports this."""

from __future__ import annotations

import os
from itertools import count

from opentelemetry import trace

from trunkline import Client, Request, before, default_middlewares, replace

_made = count(1)


def make_client() -> Client:
    """A client whose answers say who made them: process, number of its client, and trace."""
    number = next(_made)

    @before
    def sign(request: Request) -> Request:
        own = {
            "process": os.getpid(),
            "clients": number,
            "trace": trace.get_current_span().get_span_context().trace_id,
        }
        return replace(request, metadata={**request.metadata, **own})

    return Client([sign, *default_middlewares()])


def make_nothing() -> Client:
    """What a user may write who forgets to return."""
    nothing: Client = None  # type: ignore[assignment]  # the mistake itself
    return nothing
