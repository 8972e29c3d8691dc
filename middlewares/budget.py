"""Refuse calls once a budget of money or tokens is spent."""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable
from threading import Lock
from time import time

from msgspec import Struct

from ..pipeline.call.request import Handler, Reply, Request
from ..pipeline.errors import BudgetExceededError
from ..pipeline.schema.charges import priced_cost
from ..pipeline.schema.model_response import ModelResponse
from ..pipeline.stream.outcome import Outcome
from ..pipeline.stream.stream import observe
from .per_key import PerKey

_log = logging.getLogger("trunkline")


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
    responses cost nothing. Each Budget keeps its own counts, in memory: they start at zero with
    each process. What a key has spent is kept until its `budget_duration` is over, for however many
    keys; without a duration, as long as the Budget exists.

    Args:
        max_budget: the maximum, in the unit that `cost` returns.
        cost: returns what a response cost, or None if that is not known, which logs a warning.
            The default is `response.cost` in US dollars; `tokens_of` counts tokens.
        budget_duration: seconds after which a budget starts again at zero; None for never.
        key: returns what a budget is kept for, for example
            `lambda request: request.metadata.get("tenant")`; None keeps one for all calls.
        clock: seconds since the epoch; tests pass their own.

    Raises:
        BudgetExceededError: the budget is spent; `retry_after` says when it starts again.
        ValueError: `max_budget` or `budget_duration` is not above zero.
    """

    def __init__(
        self,
        max_budget: float,
        *,
        cost: Callable[[ModelResponse], float | None] = dollars_of,
        budget_duration: float | None = None,
        key: Callable[[Request], Hashable] | None = None,
        clock: Callable[[], float] = time,
    ) -> None:
        for name, value in (("max_budget", max_budget), ("budget_duration", budget_duration)):
            if value is not None and value <= 0:
                raise ValueError(f"{name}: expected a number above 0, got {value}")
        self.max_budget = max_budget
        self.budget_duration = budget_duration
        self._cost = cost
        self._key = key
        self._clock = clock
        self._lock = Lock()
        self._accounts = PerKey(self._open_account, self._is_idle)

    def __repr__(self) -> str:
        return f"Budget({self.max_budget:g})"

    def spent(self, key: Hashable = None) -> float:
        """Return how much of a key's budget is spent."""
        with self._lock:
            account = self._accounts.find(key)
            return 0.0 if account is None or account.until <= self._clock() else account.spent

    async def __call__(self, request: Request, call_next: Handler) -> Reply:
        """Call the next layer unless the budget is spent, and count the cost of the call."""
        key = None if self._key is None else self._key(request)
        with self._lock:
            account = self._account(key)
            if account.spent >= self.max_budget:
                raise self._refusal(request, account)
        reply = await call_next(request)
        return observe(reply, lambda outcome: self._count(key, outcome))

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
        response = outcome.response
        if response is None or response.call.cache_hit:
            return
        cost = priced_cost(self._cost, response)
        if cost is None:
            _log.warning("%s: cost unknown, so the budget does not count it", response.model)
            return
        with self._lock:
            self._account(key).spent += cost

    def _refusal(self, request: Request, account: _Account) -> BudgetExceededError:
        seconds = account.until - self._clock()
        return BudgetExceededError(
            f"the budget of {self.max_budget:g} is spent (used {account.spent:g})",
            model=request.model,
            retry_after=None if seconds == float("inf") else seconds,
        )


class _Account(Struct):
    """What one key has spent, and when it starts again at zero."""

    until: float
    spent: float = 0.0
