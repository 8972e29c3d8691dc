"""Hold the calls of several processes to so many at a time, and so many a minute, together."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from time import monotonic, perf_counter

from ..pipeline.call.request import Handler, Reply, Request
from ..pipeline.errors import LimitExceededError
from ..pipeline.schema.model_response import ModelResponse
from ..pipeline.stream.outcome import Outcome
from ..pipeline.stream.stream import Stream
from ..pipeline.timeouts import earlier, remaining
from .limit_counters import Clock, used_tokens
from .routing.state import Load, Quota, Result, RouteState

#: Seconds after which one who waits for a place asks for it again.
POLL = 0.1


class SharedLimit:
    """Lets so many calls of all processes through that share a state.

    It stands where Limit does, `default_middlewares(limit=SharedLimit(RedisState(...), ...))`, and
    counts each attempt, a stream until its end. Who waits asks again and again, so nobody keeps a
    line: a call may be overtaken. Minutes are those of the clock. A process that dies gives its
    places back when the state's lease ends.

    Args:
        state: where the counts are kept: RedisState for all processes that use the same Redis.
        max_parallel_requests: calls at the same time.
        rpm: requests within one minute of the clock.
        tpm: tokens within one minute of the clock, counted when an answer has ended.
        wait: seconds that a call may wait at most; 0 refuses at once, None waits as long as the
            call's own limits allow.
        key: names what the limits are counted for, as `lambda request: request.model`; None
            counts all calls together. The name is written into the state, so it holds no secret.
        name: tells these counts from those of other limits in the same state.
        clock: monotonic seconds, another one is for tests.

    Raises:
        LimitExceededError: the call may not wait so long; `retry_after` says how long, where that
            is known.
        ValueError: there is no limit, or one is not above zero.
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
        clock: Clock = monotonic,
    ) -> None:
        limits = {"max_parallel_requests": max_parallel_requests, "rpm": rpm, "tpm": tpm}
        self.limits = {name: limit for name, limit in limits.items() if limit is not None}
        if not self.limits:
            raise ValueError(f"give a limit: one of {', '.join(limits)}")
        for each, limit in self.limits.items():
            if limit < 1:
                raise ValueError(f"{each}: expected 1 or more, got {limit}")
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
        """Call on when there is a place."""
        key = self.name if self._key is None else f"{self.name}:{self._key(request)}"
        ticket = await self._enter(request, key)
        try:
            reply = await call_next(request)
        except BaseException:
            await self._leave(request, key, ticket, None)
            raise

        def ended(outcome: Outcome) -> Awaitable[None]:
            return self._leave(request, key, ticket, outcome.response)

        if isinstance(reply, Stream):
            reply.observe(ended)
        else:
            await self._leave(request, key, ticket, reply)
        return reply

    async def _enter(self, request: Request, key: str) -> str:
        """Take a place, and return what leaving it wants."""
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
            patience = earlier(
                None if until is None else max(0.0, until - self._clock()),
                remaining(request.answer_by),
            )
            if patience is not None and pause > patience:
                raise self._refusal(request, load)
            waited = True
            await request.io.sleep(pause)

    def _pause(self, load: Load) -> float:
        return load.resets if self._minute_is_full(load) else POLL

    def _minute_is_full(self, load: Load) -> bool:
        rpm, tpm = self._quota.rpm, self._quota.tpm
        return (rpm is not None and load.requests >= rpm) or (
            tpm is not None and load.tokens >= tpm
        )

    async def _leave(
        self, request: Request, key: str, ticket: str, response: ModelResponse | None
    ) -> None:
        result = Result(tokens=used_tokens(response))
        # A cancelled call leaves its place as well.
        await request.io.shield(lambda: self.state.end(request.io, key, ticket, result))

    def _refusal(self, request: Request, load: Load) -> LimitExceededError:
        limits = ", ".join(f"{name}={limit}" for name, limit in self.limits.items())
        minute = self._minute_is_full(load)
        when = f" for {load.resets:.1f} s" if minute else ""
        return LimitExceededError(
            f"{limits} of all processes together is used up{when}",
            model=request.model,
            retry_after=load.resets if minute else None,
        )
