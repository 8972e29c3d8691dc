"""Limit concurrency, and requests and tokens per minute."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Mapping
from threading import Lock
from time import monotonic, perf_counter

from ..pipeline.call.request import Handler, Reply, Request
from ..pipeline.errors import APIError, LimitExceededError
from ..pipeline.stream.outcome import Outcome
from ..pipeline.stream.stream import observe
from ..pipeline.timeouts import remaining
from .checked_arguments import check_plain_function, check_seconds, read_key
from .limit_counters import (
    MINUTE,
    ConcurrencySlots,
    PerKey,
    RequestWindow,
    TimeSource,
    TokenWindow,
    read_limits,
    used_tokens,
)


def api_key_of(request: Request) -> Hashable:
    """Return the account that a request is charged to: provider, address and API key."""
    try:
        endpoint = request.adapter.resolve(request)
    except APIError:
        # The adapter raises this error again when it is called; nothing is sent.
        return None
    return endpoint.provider, endpoint.base_url, endpoint.key


class Limit:
    """Limits concurrent requests, and requests and tokens per minute.

    Calls beyond a limit wait in order, or are refused. Inside Retry, as in the default chain, it
    counts every attempt. A stream counts until its end. Tokens are counted when a response has
    ended, so concurrent calls may exceed the limit together. Each Limit keeps its own counts,
    shared by all threads and event loops of the process; those of a key are forgotten when nothing
    has used it for a minute.

    Args:
        max_parallel_requests: requests at the same time.
        rpm: requests within any 60 seconds.
        tpm: tokens of prompts and completions within any 60 seconds.
        wait: seconds that a call may wait at most; 0 refuses at once, None waits as long as the
            call's own timeouts allow.
        key: returns what the limits apply to; `api_key_of` counts each API key separately, None
            counts all calls together.
        clock: monotonic seconds; tests pass their own.

    Raises:
        LimitExceededError: the call would have to wait too long; `retry_after` says how long, if
            that is known.
        InvalidArgumentError: a limit is not above zero, or `wait` is below zero.
    """

    def __init__(
        self,
        *,
        max_parallel_requests: int | None = None,
        rpm: int | None = None,
        tpm: int | None = None,
        wait: float | None = None,
        key: Callable[[Request], Hashable] | None = None,
        clock: TimeSource = monotonic,
    ) -> None:
        limits = {"max_parallel_requests": max_parallel_requests, "rpm": rpm, "tpm": tpm}
        self.limits = read_limits(limits)
        if wait is not None:
            check_seconds("wait", wait, least="0 or more")
        if key is not None:
            check_plain_function("key", key, "request")
        check_plain_function("clock", clock)
        self.wait = wait
        self._key = key
        self._clock = clock
        self._lock = Lock()
        self._meters = PerKey(
            lambda: _Meter(self.limits, clock), lambda meter: meter.is_idle(clock())
        )

    def __repr__(self) -> str:
        return f"Limit({', '.join(f'{name}={limit}' for name, limit in self.limits.items())})"

    def __call__(self, request: Request, call_next: Handler) -> Awaitable[Reply]:
        """Call the next layer as soon as the limits allow."""
        if not self.limits:
            return call_next(request)
        return self._call(request, call_next)

    async def _call(self, request: Request, call_next: Handler) -> Reply:
        began = self._clock()
        meter = self._meter(request)
        arrived, queued = perf_counter(), meter.slots.full
        if not await meter.slots.acquire(request.io, self._max_wait(request, began)):
            raise _refusal(request, "max_parallel_requests", self.limits, None)
        if queued:
            _note(request, "max_parallel_requests", arrived)
        try:
            await self._wait_for_tokens(meter.tokens, request, began)
            await self._wait_for_request(meter.requests, request, began)
            reply = await call_next(request)
        except BaseException:
            meter.slots.release()
            raise

        def ended(outcome: Outcome) -> None:
            meter.tokens.add(used_tokens(outcome.response))
            meter.slots.release()

        return observe(reply, ended)

    async def _wait_for_tokens(self, window: TokenWindow, request: Request, began: float) -> None:
        while seconds := window.seconds():
            max_wait = self._max_wait(request, began)
            if max_wait is not None and seconds > max_wait:
                raise _refusal(request, "tpm", self.limits, seconds)
            await _wait(request, "tpm", seconds)

    async def _wait_for_request(
        self, window: RequestWindow, request: Request, began: float
    ) -> None:
        max_wait = self._max_wait(request, began)
        seconds = window.reserve(max_wait)
        if max_wait is not None and seconds > max_wait:
            raise _refusal(request, "rpm", self.limits, seconds)
        if seconds:
            await _wait(request, "rpm", seconds)

    def _max_wait(self, request: Request, began: float) -> float | None:
        """Return the seconds that the call may still wait; None means no limit."""
        allowed = None if self.wait is None else max(0.0, began + self.wait - self._clock())
        left = remaining(request.answer_by)
        return min((wait for wait in (allowed, left) if wait is not None), default=None)

    def _meter(self, request: Request) -> _Meter:
        key = None if self._key is None else read_key(self._key, request)
        with self._lock:
            meter = self._meters.get(key)
            meter.used = self._clock()
            return meter


class _Meter:
    """The counters of one key.

    Attributes:
        used: when a call last came.
    """

    def __init__(self, limits: Mapping[str, int], clock: TimeSource) -> None:
        self.used = 0.0
        self.slots = ConcurrencySlots(limits.get("max_parallel_requests"))
        self.requests = RequestWindow(limits.get("rpm"), clock)
        self.tokens = TokenWindow(limits.get("tpm"), clock)

    def is_idle(self, now: float) -> bool:
        """Return whether nothing is counted, and no call is about to be."""
        return (
            self.used + MINUTE <= now
            and self.slots.free
            and self.requests.is_empty(now)
            and self.tokens.is_empty(now)
        )


async def _wait(request: Request, limit: str, seconds: float) -> None:
    began = perf_counter()
    await request.io.sleep(seconds)
    _note(request, limit, began)


def _note(request: Request, limit: str, began: float) -> None:
    request.trail.add("Limit", "waited", since=began, limit=limit)


def _refusal(
    request: Request, name: str, limits: Mapping[str, int], seconds: float | None
) -> LimitExceededError:
    when = "" if seconds is None else f"; retry in {seconds:.1f} s"
    return LimitExceededError(
        f"this client's limit {name}={limits[name]} is reached{when}",
        model=request.model,
        retry_after=seconds,
    )
