"""Send a request again when it failed for a reason that may pass."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Any, cast

from ..pipeline.errors import APIError, BadRequestError
from ..pipeline.request import Handler, Reply, Request

if TYPE_CHECKING:
    from tenacity import BaseRetrying, DoSleep, RetryCallState
    from tenacity.wait import WaitBaseT

MAX_RETRY_AFTER = 60.0


class Retry:
    """Sends a request again after 408, 409, 429, a status of 500 or above, or no response.

    It is the only layer that does: the transport never sends anything twice. A stream is retried
    until its first content, never after. `attempts` of the response or error says how many
    requests were made.

    Args:
        attempts: requests at most, the first included; the call's `num_retries` overrides it.
        wait: a wait policy of tenacity's; by default exponential with jitter, from 0.5 to 8
            seconds. A Retry-After of the provider goes before it.
        max_retry_after: where the provider asks to wait longer than so many seconds, the error
            is raised at once, with its `retry_after`.

    Raises:
        BadRequestError: `num_retries` is no whole number of 0 or more.
    """

    options = frozenset({"num_retries"})

    def __init__(
        self,
        attempts: int = 3,
        *,
        wait: WaitBaseT | None = None,
        max_retry_after: float = MAX_RETRY_AFTER,
    ) -> None:
        if attempts < 1:
            raise ValueError(f"attempts: expected 1 or more, got {attempts}")
        self.attempts = attempts
        self.wait = wait
        self.max_retry_after = max_retry_after

    def __repr__(self) -> str:
        return f"Retry(attempts={self.attempts})"

    async def __call__(self, request: Request, call_next: Handler) -> Reply:
        """Call on until an answer comes, the error will not pass, or the attempts are used up."""
        allowed = self._allowed(request.options.get("num_retries"))
        state: RetryCallState | None = None
        attempt = 0
        while True:
            attempt += 1
            try:
                reply = await call_next(request)
            except APIError as error:
                error.attempts = attempt
                if attempt >= allowed or not error.retryable:
                    raise
                state = state or self._begin(allowed)
                seconds = self._seconds(state, error)
                if seconds is None or not _fits(seconds, request.deadline):
                    raise
                await request.io.sleep(seconds)
                state.prepare_for_next_attempt()
            else:
                if attempt > 1:
                    reply.call.attempts = attempt
                return reply

    def _allowed(self, num_retries: Any) -> int:
        if num_retries is None:
            return self.attempts
        if isinstance(num_retries, bool) or not isinstance(num_retries, int) or num_retries < 0:
            raise BadRequestError(
                f"num_retries: expected 0 or more, got {num_retries!r}", param="num_retries"
            )
        return num_retries + 1

    def _begin(self, allowed: int) -> RetryCallState:
        """Set tenacity's state machine up; loaded here, since most calls never fail."""
        import tenacity  # noqa: PLC0415

        machine: BaseRetrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(allowed),
            wait=self.wait or tenacity.wait_exponential_jitter(initial=0.5, max=8, jitter=0.5),
            retry=tenacity.retry_if_exception(_is_retryable),
            reraise=True,
        )
        return tenacity.RetryCallState(machine, None, (), {})

    def _seconds(self, state: RetryCallState, error: APIError) -> float | None:
        """Return the seconds to wait before the next attempt, None where there should be none."""
        state.set_exception((type(error), error, error.__traceback__))
        waited = float(cast("DoSleep", state.retry_object.iter(state)))
        if error.retry_after is None:
            return waited
        return error.retry_after if error.retry_after <= self.max_retry_after else None


def _is_retryable(error: BaseException) -> bool:
    return isinstance(error, APIError) and error.retryable


def _fits(seconds: float, deadline: float | None) -> bool:
    return deadline is None or monotonic() + seconds < deadline
