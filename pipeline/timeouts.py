"""The limits of a call, and the time that is left."""

from __future__ import annotations

from time import monotonic

from msgspec import Struct

DEFAULT_TIMEOUT = 600.0


CONNECT_TIMEOUT = 10.0


class Timeouts(Struct, frozen=True, kw_only=True):
    """Limits of one call in seconds; None means no limit.

    Attributes:
        connect: until the connection is established, including TLS.
        first_event: from then until the first byte of the response's body.
        idle: between two reads of the response.
        answer: until the response is here, or the content of a stream begins, over all attempts and
            waits.
        total: the whole call, over all attempts and waits and including the stream.
    """

    connect: float | None = CONNECT_TIMEOUT
    first_event: float | None = DEFAULT_TIMEOUT
    idle: float | None = DEFAULT_TIMEOUT
    answer: float | None = None
    total: float | None = None


def remaining(deadline: float | None) -> float | None:
    """Return the seconds until `deadline` (a time of `time.monotonic`), at least 0."""
    return None if deadline is None else max(0.0, deadline - monotonic())


def has_passed(deadline: float | None) -> bool:
    """Return whether `deadline` (a time of `time.monotonic`) is over; None means never."""
    return deadline is not None and deadline <= monotonic()


def earlier(one: float | None, other: float | None) -> float | None:
    """Return the earlier of two times; None means never."""
    if one is None or other is None:
        return other if one is None else one
    return one if one < other else other
