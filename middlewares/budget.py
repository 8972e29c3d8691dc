"""Stop calls when so much money, or so many tokens, are spent."""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable
from threading import Lock
from time import time

from cachetools import LRUCache
from msgspec import Struct

from ..pipeline.call.request import Handler, Reply, Request
from ..pipeline.errors import BudgetExceededError
from ..pipeline.schema.model_response import ModelResponse
from ..pipeline.stream.outcome import Outcome
from ..pipeline.stream.stream import observe

_log = logging.getLogger("trunkline")

_KEYS = 10_000


def dollars_of(response: ModelResponse) -> float | None:
    """Return the US dollars that a response cost, None where that is not known."""
    return response.cost


def tokens_of(response: ModelResponse) -> float | None:
    """Return the tokens of prompt and answer, None where the provider did not say."""
    return None if response.usage is None else response.usage.total_tokens


class Budget:
    """Refuses calls once what earlier ones cost has reached a sum.

    What a call costs is known when it has ended, so calls that are under way may pass the sum.
    Of a stream that broke off or was left, what its usage says is counted; answers from a cache
    cost nothing. The counts are this object's own, and begin anew with the process.

    Args:
        max_budget: the sum, in what `cost` returns.
        cost: what a response costs, None where that is not known, which is logged as a warning;
            by default US dollars, as `Cost` tells them; `tokens_of` counts tokens.
        budget_duration: seconds after which the sum begins anew, None for never.
        key: what the sum is counted for, as `lambda request: request.metadata.get("tenant")`;
            None for all calls together.
        clock: seconds since the epoch, another one is for tests.

    Raises:
        BudgetExceededError: the sum is reached; `retry_after` says when it begins anew.
        ValueError: the sum or the duration is not above zero.
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
                raise ValueError(f"{name}: expected more than 0, got {value}")
        self.max_budget = max_budget
        self.budget_duration = budget_duration
        self._cost = cost
        self._key = key
        self._clock = clock
        self._lock = Lock()
        self._accounts: LRUCache[Hashable, _Account] = LRUCache(_KEYS)

    def __repr__(self) -> str:
        return f"Budget({self.max_budget:g})"

    def spent(self, key: Hashable = None) -> float:
        """Return what is spent of a key's sum."""
        with self._lock:
            return self._account(key).spent

    async def __call__(self, request: Request, call_next: Handler) -> Reply:
        """Call on while the sum is not reached, and count what the call costs."""
        key = None if self._key is None else self._key(request)
        with self._lock:
            account = self._account(key)
            if account.spent >= self.max_budget:
                raise self._refusal(request, account)
        reply = await call_next(request)
        return observe(reply, lambda outcome: self._count(key, outcome))

    def _account(self, key: Hashable) -> _Account:
        """Return a key's account, a new one where its time is over; called with the lock held."""
        now = self._clock()
        account = self._accounts.get(key)
        if account is None or account.until <= now:
            until = float("inf") if self.budget_duration is None else now + self.budget_duration
            account = self._accounts[key] = _Account(until=until)
        return account

    def _count(self, key: Hashable, outcome: Outcome) -> None:
        response = outcome.response
        if response is None or response.call.cache_hit:
            return
        cost = self._cost(response)
        if cost is None:
            _log.warning("%s: the budget does not know what this call cost", response.model)
            return
        with self._lock:
            self._account(key).spent += cost

    def _refusal(self, request: Request, account: _Account) -> BudgetExceededError:
        seconds = account.until - self._clock()
        return BudgetExceededError(
            f"the budget of {self.max_budget:g} is spent ({account.spent:g})",
            model=request.model,
            retry_after=None if seconds == float("inf") else seconds,
        )


class _Account(Struct):
    """What is spent of one key's sum, and until when that counts."""

    until: float
    spent: float = 0.0
