"""Retry requests that failed for a temporary reason."""

from __future__ import annotations

import math
from collections.abc import Mapping
from time import perf_counter
from typing import TYPE_CHECKING, cast

from ..pipeline.call.request import Handler, Reply, Request
from ..pipeline.errors import APIError, BadRequestError, InvalidArgumentError
from ..pipeline.timeouts import remaining
from .checked_arguments import (
    check_count,
    check_mapping,
    check_plain_function,
    check_seconds,
    is_number,
    refuse_awaitable,
)
from .routing.attempts import MAX_ATTEMPTS, Attempts, read_num_retries

if TYPE_CHECKING:
    from tenacity import BaseRetrying, DoSleep, RetryCallState
    from tenacity.wait import WaitBaseT

MAX_RETRY_AFTER = 60.0


class Retry:
    """Retries a request after status 408, 409, 429, 500 or above, and after connection errors.

    501 (Not Implemented) is not retried. A header `x-should-retry` takes precedence over the
    status, and an account without credit ("insufficient_quota") is not asked again.

    Only this layer retries; the transport never sends a request twice. A stream is retried until
    its first content, never after. `attempts` of the response or error counts the requests.

    Args:
        attempts: maximum number of requests, including the first; the call's `num_retries`
            overrides it.
        wait: a tenacity wait policy; the default is exponential with jitter, from 0.5 to 8
            seconds. The provider's Retry-After takes precedence over it.
        policy: maximum number of requests by error class, for example `{RateLimitError: 5,
            Timeout: 1}`; the closest class in the error's MRO applies. Errors of these classes
            are retried even if they would not be otherwise. A call's `num_retries` may lower
            these numbers but not raise them.
        max_retry_after: if the provider's Retry-After is longer than this, the error is raised
            at once, with its `retry_after`.

    Raises:
        BadRequestError: `num_retries` is not an int of 0 or more.
        InvalidArgumentError: an argument allows less than one request, or a key of `policy` is
            not a class of errors.
    """

    options = frozenset({"num_retries"})

    def __init__(
        self,
        attempts: int = MAX_ATTEMPTS,
        *,
        wait: WaitBaseT | None = None,
        policy: Mapping[type[APIError], int] | None = None,
        max_retry_after: float = MAX_RETRY_AFTER,
    ) -> None:
        check_count("attempts", attempts)
        check_seconds("max_retry_after", max_retry_after, least="0 or more")
        if wait is not None:
            check_plain_function("wait", wait, "retry_state")
        self.policy = {} if policy is None else _read_policy(policy)
        self.attempts = attempts
        self.wait = wait
        self.max_retry_after = max_retry_after

    def __repr__(self) -> str:
        return f"Retry(attempts={self.attempts})"

    async def __call__(self, request: Request, call_next: Handler) -> Reply:
        """Call the next layer until it succeeds, cannot be retried, or no attempts are left."""
        num_retries = read_num_retries(request) if request.options else None
        attempts = Attempts()
        request.trail.allow(self.attempts if num_retries is None else num_retries + 1)
        state: RetryCallState | None = None
        while True:
            attempts.begin()
            try:
                # Not in a variable: the errors have this frame, so a stream would live on.
                return attempts.succeed(await call_next(request))
            except APIError as error:
                attempts.note(request, error)
                if len(attempts.errors) >= self._allowed(error, num_retries):
                    attempts.fail()
                    raise
                state = state or self._begin()
                seconds = self._seconds(state, error)
                if seconds is None or not _fits(seconds, request.answer_by):
                    attempts.fail()
                    raise
                await _wait(request, seconds, error)
                state.prepare_for_next_attempt()

    def _allowed(self, error: APIError, num_retries: int | None) -> int:
        """Return the maximum number of requests after this error, the first included."""
        limit = self.attempts if num_retries is None else num_retries + 1
        for cls in type(error).__mro__:
            if cls in self.policy:
                by_class = self.policy[cls]
                return by_class if num_retries is None else min(by_class, limit)
        return limit if error.retryable else 1

    def _begin(self) -> RetryCallState:
        """Start tenacity's state machine; imported here because most calls never fail."""
        import tenacity  # noqa: PLC0415

        wait = self.wait or (
            tenacity.wait_exponential(multiplier=0.5, max=8) + tenacity.wait_random(0, 0.5)
        )
        machine: BaseRetrying = tenacity.Retrying(wait=_checked(wait), retry=tenacity.retry_always)
        machine.begin()
        return tenacity.RetryCallState(machine, None, (), {})

    def _seconds(self, state: RetryCallState, error: APIError) -> float | None:
        """Return the seconds to wait before the next attempt, or None for no further attempt."""
        state.set_exception((type(error), error, error.__traceback__))
        waited = float(cast("DoSleep", state.retry_object.iter(state)))
        if error.retry_after is None:
            return waited
        return error.retry_after if error.retry_after <= self.max_retry_after else None


def _checked(wait: WaitBaseT) -> WaitBaseT:
    """Return a function that calls `wait`, and checks what it returns."""

    def seconds(state: RetryCallState) -> float:
        waited: object = wait(state)
        refuse_awaitable("wait", waited)
        if not is_number(waited) or not 0 <= waited < math.inf:
            raise BadRequestError(
                f"wait: expected a function that returns 0 or more seconds, got {waited!r}",
                param="wait",
            )
        return waited

    return seconds


def _read_policy(given: Mapping[type[APIError], int]) -> dict[type, int]:
    check_mapping("policy", given)
    for kind, allowed in given.items():
        if not isinstance(kind, type):  # pyright: ignore[reportUnnecessaryIsInstance]  # users may not use a type checker
            raise InvalidArgumentError(f"policy: expected classes of errors, got {kind!r}")
        check_count(f"policy[{kind.__name__}]", allowed)
    return dict(given)


async def _wait(request: Request, seconds: float, error: APIError) -> None:
    began = perf_counter()
    await request.io.sleep(seconds)
    request.trail.add("Retry", "waited", since=began, after=type(error).__name__)


def _fits(seconds: float, answer_by: float | None) -> bool:
    left = remaining(answer_by)
    return left is None or seconds < left
