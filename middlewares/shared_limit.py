"""Limit concurrency, and requests and tokens per minute, across processes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from time import monotonic, perf_counter

from ..pipeline.call.request import Handler, Reply, Request
from ..pipeline.errors import InvalidArgumentError, LimitExceededError
from ..pipeline.schema.model_response import ModelResponse
from ..pipeline.stream.outcome import Outcome, Settlement
from ..pipeline.stream.stream import Stream
from ..pipeline.timeouts import earlier, remaining
from .checked_arguments import (
    check_methods,
    check_plain_function,
    check_seconds,
    check_text,
    read_key,
)
from .limit_counters import TimeSource, read_limits, used_tokens
from .routing.state import Load, Quota, Result, RouteState

#: Seconds between two attempts of a waiting call to get a slot.
POLL_INTERVAL = 0.1


class SharedLimit:
    """Limits the calls of all processes that share a state.

    It replaces Limit, `default_middlewares(limit=SharedLimit(RedisState(...), ...))`, and counts
    each attempt, and a stream until its end. Waiting calls poll, so they are not served in order.
    Minutes are calendar minutes. The slots of a process that dies are freed when the state's
    lease ends.

    Args:
        state: where the counts are stored: RedisState for all processes that use the same Redis.
        max_parallel_requests: requests at the same time.
        rpm: requests per calendar minute.
        tpm: tokens per calendar minute, counted when a response has ended.
        wait: seconds that a call may wait at most; 0 refuses at once, None waits as long as the
            call's own timeouts allow.
        key: returns what the limits apply to, for example `lambda request: request.model`; None
            counts all calls together. It is stored as text in the state, so it must not be a
            secret.
        name: distinguishes these counts from those of other limits in the same state.
        clock: monotonic seconds; tests pass their own.

    Raises:
        LimitExceededError: the call would have to wait too long; `retry_after` says how long, if
            that is known.
        InvalidArgumentError: no limit is given, one is not above zero, or `wait` is below zero.
    """

    def __init__(
        self,
        state: RouteState,
        *,
        max_parallel_requests: int | None = None,
        rpm: int | None = None,
        tpm: int | None = None,
        wait: float | None = None,
        key: Callable[[Request], str] | None = None,
        name: str = "limit",
        clock: TimeSource = monotonic,
    ) -> None:
        check_methods("state", state, "begin", "end", "read")
        limits = {"max_parallel_requests": max_parallel_requests, "rpm": rpm, "tpm": tpm}
        self.limits = read_limits(limits)
        if not self.limits:
            raise InvalidArgumentError(f"SharedLimit needs at least one of {', '.join(limits)}")
        if wait is not None:
            check_seconds("wait", wait, least="0 or more")
        if key is not None:
            check_plain_function("key", key, "request")
        check_plain_function("clock", clock)
        check_text("name", name)
        self.state = state
        self.wait = wait
        self.name = name
        self._quota = Quota(**self.limits)
        self._key = key
        self._clock = clock

    def __repr__(self) -> str:
        limits = "".join(f", {name}={limit}" for name, limit in self.limits.items())
        return f"SharedLimit({self.state!r}{limits})"

    async def __call__(self, request: Request, call_next: Handler) -> Reply:
        """Call the next layer as soon as the limits allow."""
        key = self.name
        if self._key is not None:
            key = f"{key}:{read_key(self._key, request)}"
        ticket = await self._enter(request, key)
        try:
            reply = await call_next(request)
        except BaseException:
            await self._leave(request, key, ticket, None)
            raise

        def ended(outcome: Outcome) -> Awaitable[None]:
            response = outcome.response
            return Settlement(lambda: self._leave(request, key, ticket, response))

        if isinstance(reply, Stream):
            reply.observe(ended)
        else:
            await self._leave(request, key, ticket, reply)
        return reply

    async def _enter(self, request: Request, key: str) -> str:
        """Wait for a slot and return the ticket that ends it."""
        arrived = perf_counter()
        until = None if self.wait is None else self._clock() + self.wait
        waited = False
        while True:
            ticket = await self.state.begin(request.io, key, self._quota)
            if ticket is not None:
                if waited:
                    request.trail.add("SharedLimit", "waited", since=arrived)
                return ticket
            [load] = await self.state.read(request.io, [key])
            pause = self._pause(load)
            max_wait = earlier(
                None if until is None else max(0.0, until - self._clock()),
                remaining(request.answer_by),
            )
            if max_wait is not None and pause > max_wait:
                raise self._refusal(request, load)
            waited = True
            await request.io.sleep(pause)

    def _pause(self, load: Load) -> float:
        return load.resets if self._minute_is_full(load) else POLL_INTERVAL

    def _minute_is_full(self, load: Load) -> bool:
        rpm, tpm = self._quota.rpm, self._quota.tpm
        return (rpm is not None and load.requests >= rpm) or (
            tpm is not None and load.tokens >= tpm
        )

    async def _leave(
        self, request: Request, key: str, ticket: str, response: ModelResponse | None
    ) -> None:
        result = Result(tokens=used_tokens(response))
        # A cancelled call must free its slot too.
        await request.io.shield(lambda: self.state.end(request.io, key, ticket, result))

    def _refusal(self, request: Request, load: Load) -> LimitExceededError:
        limits = ", ".join(f"{name}={limit}" for name, limit in self.limits.items())
        minute = self._minute_is_full(load)
        when = f"; retry in {load.resets:.1f} s" if minute else ""
        return LimitExceededError(
            f"the shared limit {limits} is reached{when}",
            model=request.model,
            retry_after=load.resets if minute else None,
        )
