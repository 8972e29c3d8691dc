"""The outcome of a call, and the notification of observers."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any, Literal

from msgspec import Struct

from ..errors import APIError, APIResponseValidationError, StreamInterruptedError
from ..schema.model_response import ModelResponse, is_response

_log = logging.getLogger("trunkline")

OutcomeKind = Literal["completed", "failed", "truncated", "abandoned"]

#: The attribute of a response that holds what `await_later` was given.
AWAITED = "_awaited_later"


class Outcome(Struct, frozen=True, kw_only=True):
    """The end of a call.

    Attributes:
        kind: "completed"; "failed" with an error; "truncated" if the response broke off before its
            end; "abandoned" if the caller stopped reading.
        response: the response, or the part that had arrived; None if nothing had arrived.
        error: the exception that was raised, if any.
    """

    kind: OutcomeKind
    response: ModelResponse | None = None
    error: BaseException | None = None


def outcome_of(error: BaseException) -> Outcome:
    """Return the outcome of a call that raised; a cancellation by the caller is not a failure."""
    if not isinstance(error, Exception):
        return Outcome(kind="abandoned")
    partial = error.partial if isinstance(error, APIError) else None
    kind: OutcomeKind = "truncated" if isinstance(error, StreamInterruptedError) else "failed"
    return Outcome(kind=kind, response=partial, error=error)


Observer = Callable[[Outcome], Awaitable[None] | None]


class Settlement:
    """What an observer returns that must be done even if its stream is only dropped.

    Args:
        work: gives back what the call holds; it runs at most once.
    """

    def __init__(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._work = work

    def __await__(self) -> Generator[Any, Any, None]:
        return self._work().__await__()


def notify(
    observers: list[Observer], outcome: Outcome
) -> tuple[list[Awaitable[None]], BaseException | None]:
    """Call every observer; return their awaitables and the first error."""
    waiting: list[Awaitable[None]] = []
    first: BaseException | None = None
    for observer in observers:
        try:
            result = observer(outcome)
        except Exception as error:  # noqa: BLE001  # the other observers must be called too
            first = first or error
            continue
        if inspect.isawaitable(result):
            waiting.append(result)
    return waiting, first


def await_later(response: ModelResponse, result: Awaitable[None]) -> None:
    """Let the call that a response is for await what an async observer returned."""
    if inspect.isawaitable(result):
        vars(response).setdefault(AWAITED, []).append(result)


def take_awaitables(response: ModelResponse) -> list[Awaitable[None]]:
    """Return what `await_later` was given for a response and the parts that it consists of."""
    given: list[Awaitable[None]] = vars(response).pop(AWAITED, [])
    waiting = given.copy()
    # A copy of the response has the same list.
    given.clear()
    for part in response.call.parts:
        if part is not response and is_response(part):
            waiting += take_awaitables(part)
    return waiting


def unawaited(result: Awaitable[None]) -> None:
    """Warn that an observer was not awaited, because its stream was only dropped."""
    name = getattr(result, "__qualname__", None) or type(result).__qualname__
    _log.warning(
        "a stream was dropped without being closed: its async observer %s was not awaited; "
        "read it to the end, or use 'async with stream:'",
        name,
    )
    close = getattr(result, "close", None)
    if close is not None:
        close()


def unfoldable(error: Exception) -> APIResponseValidationError:
    """Return the error of chunks that do not fit together; wires check their types before."""
    return APIResponseValidationError(
        f"could not assemble the response from its chunks ({type(error).__name__}: {error})"
    )


def interrupted(error: APIError) -> StreamInterruptedError:
    """Return the error of a stream that failed after content, with the details of its cause."""
    return StreamInterruptedError(
        f"the response broke off: {error.message}",
        error.provider,
        error.model,
        status_code=error.status_code,
        code=error.code,
        request_id=error.request_id,
        retry_after=error.retry_after,
        headers=error.headers,
        body=error.body,
        phase="mid_stream",
    )
