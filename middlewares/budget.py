"""Refuse calls once a budget of money or tokens is spent."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Hashable
from importlib.util import find_spec
from threading import Lock
from time import time

from cachetools import LRUCache
from msgspec import Struct

from ..pipeline.call.request import Handler, Reply, Request
from ..pipeline.errors import BudgetExceededError
from ..pipeline.port import IO
from ..pipeline.schema.charges import priced_cost, unasked
from ..pipeline.schema.model_response import ModelResponse
from ..pipeline.stream.outcome import Outcome, Settlement
from ..pipeline.stream.side_calls import has_side_calls, paid_responses
from ..pipeline.stream.stream import observe
from .checked_arguments import check_plain_function, check_positive, read_key
from .limit_counters import PerKey
from .routing.redis_accounts import RedisAccounts
from .routing.redis_state import RedisState, check_redis_state

_log = logging.getLogger("trunkline")

_MAX_WARNED = 1000


def dollars_of(response: ModelResponse) -> float | None:
    """Return what a response cost in US dollars, or None if that is not known."""
    return response.cost


def tokens_of(response: ModelResponse) -> float | None:
    """Return the tokens of prompt and completion, or None if the provider reported none."""
    return None if response.usage is None else response.usage.total_tokens


class Budget:
    """Refuses calls once the cost of earlier calls has reached a maximum.

    The cost of a call is known only when it has ended, so calls in progress may exceed the
    budget. An interrupted or abandoned stream counts with the usage that it reported; cached
    responses cost nothing. What a key has spent is kept until its `budget_duration` is over, for
    however many keys; without a duration, as long as the Budget exists. Several budgets in a chain
    limit a key's spending in a time window and the total at once.

    Each Budget keeps its own counts, in memory: they start at zero with each process. With a
    `state` all processes that use the same Redis share them. If Redis cannot be reached, the counts
    of this process apply meanwhile, and a warning is logged once.

    Args:
        max_budget: the maximum, in the unit that `cost` returns.
        cost: returns what a response cost, or None if that is not known, which logs a warning
            once for each model. The default is `response.cost` in US dollars; `tokens_of` counts
            tokens.
        budget_duration: seconds after which a budget starts again at zero; None for never.
        key: returns what a budget is kept for, for example
            `lambda request: request.metadata.get("tenant")`; None keeps one for all calls. With a
            `state` it is stored as text, so it must not be a secret.
        state: a RedisState shares the counts between processes; None keeps them in memory.
        name: distinguishes budgets with equal durations in the same Redis.
        clock: seconds since the epoch; tests pass their own.

    Raises:
        BudgetExceededError: the budget is spent; `retry_after` says when it starts again.
        InvalidArgumentError: `max_budget` or `budget_duration` is not above zero,
            or `state` is not a RedisState.
    """

    def __init__(
        self,
        max_budget: float,
        *,
        cost: Callable[[ModelResponse], float | None] = dollars_of,
        budget_duration: float | None = None,
        key: Callable[[Request], Hashable] | None = None,
        state: RedisState | None = None,
        name: str = "",
        clock: Callable[[], float] = time,
    ) -> None:
        check_positive("max_budget", max_budget)
        if budget_duration is not None:
            check_positive("budget_duration", budget_duration)
        check_plain_function("cost", cost, "response")
        check_plain_function("clock", clock)
        if key is not None:
            check_plain_function("key", key, "request")
        check_redis_state(state)
        self.max_budget = max_budget
        self.budget_duration = budget_duration
        self._cost = cost
        self._key = key
        self._clock = clock
        self._lock = Lock()
        self._warned: LRUCache[str, bool] = LRUCache(_MAX_WARNED)
        self._accounts = PerKey(self._open_account, self._is_idle)
        self._shared: RedisAccounts | None = None
        if state is not None:
            # Dollars and tokens are never added together.
            unit = getattr(cost, "__name__", "")
            self._shared = RedisAccounts(state, f"{name}:{unit}", budget_duration)
        if key is not None:
            self.belongs_inside = {"Metadata": "its key does not see the metadata of blocks"}

    def __repr__(self) -> str:
        shared = "" if self._shared is None else ", shared"
        return f"Budget({self.max_budget:g}{shared})"

    def spent(self, key: Hashable = None) -> float:
        """Return how much of a key's budget is spent, as far as this process knows."""
        with self._lock:
            account = self._accounts.find(key)
            return 0.0 if account is None or account.until <= self._clock() else account.spent

    async def __call__(self, request: Request, call_next: Handler) -> Reply:
        """Call the next layer unless the budget is spent, and count the cost of the call."""
        key = None if self._key is None else read_key(self._key, request)
        if self._shared is not None:
            return await self._share(self._shared, key, request, call_next)
        self._check(request, key)
        reply = await call_next(request)
        return observe(reply, lambda outcome: self._count(key, outcome))

    async def _share(
        self, shared: RedisAccounts, key: Hashable, request: Request, call_next: Handler
    ) -> Reply:
        spent = await shared.read(request.io, key)
        if spent is None:
            self._check(request, key)
        elif spent.amount >= self.max_budget:
            raise self._refusal(request, spent.amount, spent.seconds)
        reply = await call_next(request)

        def ended(outcome: Outcome) -> Awaitable[None] | None:
            cost = self._cost_of(outcome)
            if not cost:
                return None
            return Settlement(lambda: self._add_shared(shared, key, cost, request.io))

        return observe(reply, ended)

    async def _add_shared(self, shared: RedisAccounts, key: Hashable, cost: float, io: IO) -> None:
        async def add() -> None:
            if not await shared.add(io, key, cost):
                self._add(key, cost)

        # What a cancelled call has cost counts too.
        await io.shield(add)

    def _check(self, request: Request, key: Hashable) -> None:
        """Refuse the call if the budget of this process is spent."""
        with self._lock:
            account = self._account(key)
            if account.spent < self.max_budget:
                return
            seconds = account.until - self._clock()
        raise self._refusal(request, account.spent, None if seconds == float("inf") else seconds)

    def _account(self, key: Hashable) -> _Account:
        """Return a key's account, at zero if it has expired; the caller holds the lock."""
        account = self._accounts.get(key)
        if account.until <= self._clock():
            account.until, account.spent = self._end(), 0.0
        return account

    def _open_account(self) -> _Account:
        return _Account(until=self._end())

    def _end(self) -> float:
        duration = self.budget_duration
        return float("inf") if duration is None else self._clock() + duration

    def _is_idle(self, account: _Account) -> bool:
        return not account.spent or account.until <= self._clock()

    def _count(self, key: Hashable, outcome: Outcome) -> None:
        cost = self._cost_of(outcome)
        if cost:
            self._add(key, cost)

    def _add(self, key: Hashable, cost: float) -> None:
        with self._lock:
            self._account(key).spent += cost

    def _cost_of(self, outcome: Outcome) -> float:
        """Return what a call cost, 0 with a warning if that is not known."""
        response = outcome.response
        if response is None:
            return 0.0
        if has_side_calls(response):
            return sum(map(self._price_of, paid_responses(response)))
        return 0.0 if response.call.cache_hit else self._price_of(response)

    def _price_of(self, response: ModelResponse) -> float:
        # The warning of the budget says more.
        cost = unasked(lambda: priced_cost(self._cost, response))
        if cost is None:
            self._warn(f"{response.call.provider}/{response.call.model}")
            return 0.0
        return cost

    def _warn(self, model: str) -> None:
        """Log that a model's cost is not known, once for each model."""
        with self._lock:
            if model in self._warned:
                return
            self._warned[model] = True
        _log.warning(
            "%s: cost unknown, so the budget does not count it%s (logged only once for each model)",
            model,
            _remedy() if self._cost is dollars_of else "",
        )

    def _refusal(
        self, request: Request, spent: float, seconds: float | None
    ) -> BudgetExceededError:
        return BudgetExceededError(
            f"the budget of {self.max_budget:g} is spent (used {spent:g})",
            model=request.model,
            retry_after=seconds,
        )


class _Account(Struct):
    """What one key has spent, and when it starts again at zero."""

    until: float
    spent: float = 0.0


def _remedy() -> str:
    if find_spec("genai_prices") is None:
        return "; the list of prices is an extra: pip install 'trunkline[costs]'"
    return (
        '; name the listed model whose prices apply, model_info={"base_model": "provider/model"}, '
        "or pass input_cost_per_token and output_cost_per_token"
    )
