"""Refuse calls once a budget is spent that several processes share through Redis."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any, cast

from ..pipeline.call.request import Handler, Reply, Request
from ..pipeline.errors import BudgetExceededError
from ..pipeline.port import IO
from ..pipeline.schema.charges import priced_cost
from ..pipeline.schema.model_response import ModelResponse
from ..pipeline.stream.outcome import Outcome
from ..pipeline.stream.stream import Stream
from .bounded import TooSlowError, ask_redis

if TYPE_CHECKING:
    from redis import Redis
    from redis.asyncio import Redis as AsyncRedis

_log = logging.getLogger("trunkline")

# The account expires with its budget's duration, counted from the first cost.
_ADD = """
local spent = redis.call('INCRBYFLOAT', KEYS[1], ARGV[1])
if ARGV[2] ~= '' and redis.call('PTTL', KEYS[1]) < 0 then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return spent
"""


def _dollars_of(response: ModelResponse) -> float | None:
    return response.cost


class SharedBudget:
    """Refuses calls once the cost of earlier calls, of all processes, has reached a maximum.

    It is `Budget` with its counts in Redis. If Redis cannot be reached, calls continue without the
    budget, and a warning is logged once.

    Args:
        client: a redis-py client; an asynchronous one works with asyncio only.
        max_budget: the maximum, in the unit that `cost` returns.
        cost: returns what a response cost, or None if that is not known, which logs a warning.
            The default is `response.cost` in US dollars; `tokens_of` counts tokens.
        budget_duration: seconds after which a budget starts again at zero; None for never.
        key: returns what a budget is kept for; None keeps one for all calls. It is stored as text,
            so it must not be a secret.
        prefix: prefix of all keys in Redis.

    Raises:
        BudgetExceededError: the budget is spent; `retry_after` says when it starts again.
        ValueError: `max_budget` or `budget_duration` is not above zero.
    """

    def __init__(
        self,
        client: Redis | AsyncRedis,
        max_budget: float,
        *,
        cost: Callable[[ModelResponse], float | None] = _dollars_of,
        budget_duration: float | None = None,
        key: Callable[[Request], str] | None = None,
        prefix: str = "trunkline:budget:",
    ) -> None:
        from redis import RedisError  # noqa: PLC0415  # an extra

        for name, value in (("max_budget", max_budget), ("budget_duration", budget_duration)):
            if value is not None and value <= 0:
                raise ValueError(f"{name}: expected a number above 0, got {value}")
        self.max_budget = max_budget
        self._errors = (RedisError, OSError)
        # redis-py types what a client returns as the union of blocking and asynchronous results.
        self._client: Any = client
        self._asynchronous = bool(iscoroutinefunction(self._client.execute_command))
        self._add: Any = client.register_script(_ADD)
        self._cost = cost
        self._lifetime = "" if budget_duration is None else str(round(budget_duration * 1000))
        self._key = key
        self._prefix = prefix
        self._down = False

    def __repr__(self) -> str:
        return f"SharedBudget({self.max_budget:g})"

    async def __call__(self, request: Request, call_next: Handler) -> Reply:
        """Call the next layer unless the budget is spent, and count the cost of the call."""
        key = self._prefix + ("" if self._key is None else self._key(request))
        spent = await self._run(request.io, lambda: self._client.get(key))
        if spent is not None and float(cast("bytes", spent)) >= self.max_budget:
            raise await self._refusal(request, key, float(cast("bytes", spent)))
        reply = await call_next(request)

        def ended(outcome: Outcome) -> Awaitable[None] | None:
            return self._count(request.io, key, outcome.response)

        if isinstance(reply, Stream):
            reply.observe(ended)
        else:
            counting = self._count(request.io, key, reply)
            if counting is not None:
                await counting
        return reply

    def _count(self, io: IO, key: str, response: ModelResponse | None) -> Awaitable[None] | None:
        if response is None or response.call.cache_hit:
            return None
        cost = priced_cost(self._cost, response)
        if cost is None:
            _log.warning("%s: cost unknown, so the budget does not count it", response.model)
            return None
        return self._spend(io, key, cost) if cost else None

    async def _spend(self, io: IO, key: str, cost: float) -> None:
        def add() -> object:
            return self._add(keys=[key], args=[cost, self._lifetime])

        async def shielded() -> None:
            await self._run(io, add)

        # What a cancelled call has cost counts too.
        await io.shield(shielded)

    async def _refusal(self, request: Request, key: str, spent: float) -> BudgetExceededError:
        left = await self._run(request.io, lambda: self._client.pttl(key))
        milliseconds = left if isinstance(left, int) else -1
        return BudgetExceededError(
            f"the budget of {self.max_budget:g} is spent (used {spent:g})",
            model=request.model,
            retry_after=milliseconds / 1000 if milliseconds >= 0 else None,
        )

    async def _run(self, io: IO, function: Callable[[], object]) -> object:
        """Return the reply of Redis, or None if it cannot be reached."""
        try:
            found = await ask_redis(io, function, asynchronous=self._asynchronous)
        except (TooSlowError, *self._errors) as error:
            if not self._down:
                kind = type(error).__name__
                _log.warning("cannot reach Redis, so budgets are not kept: %s", kind)
            self._down = True
            return None
        self._down = False
        return found
