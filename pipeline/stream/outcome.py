"""How a call ended, and who is told of it."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import Literal

from msgspec import Struct

from ..errors import APIError, StreamInterruptedError
from ..schema.model_response import ModelResponse

OutcomeKind = Literal["completed", "failed", "truncated", "abandoned"]


class Outcome(Struct, frozen=True, kw_only=True):
    """How a call ended.

    Attributes:
        kind: "completed"; "failed" with an error; "truncated", where the answer broke off before
            its end; "abandoned", where the caller stopped reading.
        response: the answer, or what had arrived of it; None where nothing had.
        error: what was raised.
    """

    kind: OutcomeKind
    response: ModelResponse | None = None
    error: BaseException | None = None


def outcome_of(error: BaseException) -> Outcome:
    """Return the outcome of a call that raised: the caller's own stopping is no failure."""
    if not isinstance(error, Exception):
        return Outcome(kind="abandoned")
    partial = error.partial if isinstance(error, APIError) else None
    kind: OutcomeKind = "truncated" if isinstance(error, StreamInterruptedError) else "failed"
    return Outcome(kind=kind, response=partial, error=error)


Observer = Callable[[Outcome], Awaitable[None] | None]


def notify(
    observers: list[Observer], outcome: Outcome
) -> tuple[list[Awaitable[None]], BaseException | None]:
    """Call every observer; return what they want awaited and the first error of them."""
    waiting: list[Awaitable[None]] = []
    first: BaseException | None = None
    for observer in observers:
        try:
            result = observer(outcome)
        except Exception as error:  # noqa: BLE001  # the others must hear of it as well
            first = first or error
            continue
        if inspect.isawaitable(result):
            waiting.append(result)
    return waiting, first
