"""The limits of one call, and how much of them is left."""

from __future__ import annotations

from time import monotonic

from msgspec import Struct

DEFAULT_TIMEOUT = 600.0


CONNECT_TIMEOUT = 10.0


class Timeouts(Struct, frozen=True, kw_only=True):
    """Limits of one call in seconds; None means no limit.

    Attributes:
        connect: until the connection stands, TLS included.
        first_event: from then until the first byte of the answer.
        idle: silence between two reads of the answer.
        answer: until the answer is here, or begins in a stream, attempts and waits included.
        total: the whole call, attempts and waits and the stream included.
    """

    connect: float | None = CONNECT_TIMEOUT
    first_event: float | None = DEFAULT_TIMEOUT
    idle: float | None = DEFAULT_TIMEOUT
    answer: float | None = None
    total: float | None = None


def remaining(deadline: float | None) -> float | None:
    """Return the seconds until `deadline` (of `time.monotonic`), not below zero."""
    return None if deadline is None else max(0.0, deadline - monotonic())


def earlier(one: float | None, other: float | None) -> float | None:
    """Return the earlier of two moments; None is never."""
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)
