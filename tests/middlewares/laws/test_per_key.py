"""What is spent or held is never forgotten, for however many keys; what is idle is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.answers import MESSAGES
from tests.support.clocks import Clock
from trunkline import Client, Limit, SharedLimit
from trunkline.middlewares.budget import Budget, tokens_of
from trunkline.middlewares.limit_counters import ROOM, PerKey
from trunkline.middlewares.routing.state import MemoryState
from trunkline.pipeline.errors import BudgetExceededError, LimitExceededError
from trunkline.pipeline.schema.model_response import ModelResponse
from trunkline.pipeline.stream.stream import Stream
from trunkline.testing import FakeProvider

TENANTS = 3 * ROOM


def _tenant(request: Any) -> str:
    return str(request.metadata["tenant"])


def _client(layer: Any) -> Client:
    return Client([layer], adapter=FakeProvider(["Hello"] * (TENANTS + 9)))


def _ask(client: Client, tenant: object) -> ModelResponse:
    return client.completion("openai/a", MESSAGES, stream=False, metadata={"tenant": tenant})


def test_a_spent_budget_stays_spent() -> None:
    client = _client(Budget(15, cost=tokens_of, key=_tenant))
    _ask(client, "spent")
    for number in range(TENANTS):
        _ask(client, number)
    with pytest.raises(BudgetExceededError):
        _ask(client, "spent")
    with pytest.raises(BudgetExceededError):
        _ask(client, 0)


def test_expired_budgets_are_forgotten(clock: Clock) -> None:
    budget = Budget(15, cost=tokens_of, key=_tenant, budget_duration=60, clock=clock)
    client = _client(budget)
    for number in range(ROOM):
        _ask(client, number)
    clock.advance(61)
    _ask(client, "new")
    assert len(budget._accounts) == 1  # pyright: ignore[reportPrivateUsage]
    assert budget.spent(0) == 0
    assert len(budget._accounts) == 1  # pyright: ignore[reportPrivateUsage]


def test_a_held_place_stays_held(clock: Clock) -> None:
    limit = Limit(max_parallel_requests=1, wait=0, key=_tenant, clock=clock)
    client = _client(limit)
    stream = client.completion("openai/a", MESSAGES, stream=True, metadata={"tenant": "held"})
    assert isinstance(stream, Stream)
    for number in range(TENANTS):
        clock.advance(1)
        _ask(client, number)
    with pytest.raises(LimitExceededError):
        _ask(client, "held")
    assert len(limit._meters) <= 2 * ROOM  # pyright: ignore[reportPrivateUsage]
    stream.close()
    _ask(client, "held")


@pytest.mark.parametrize("limits", [{"rpm": 1}, {"tpm": 1}], ids=str)
def test_a_minute_is_remembered(clock: Clock, limits: dict[str, int]) -> None:
    client = _client(Limit(**limits, wait=0, key=_tenant, clock=clock))
    _ask(client, "busy")
    for number in range(TENANTS):
        _ask(client, number)
    clock.advance(59)
    with pytest.raises(LimitExceededError):
        _ask(client, "busy")
    clock.advance(1)
    _ask(client, "busy")


def test_the_state_of_a_shared_limit_stays_bounded(clock: Clock) -> None:
    state = MemoryState(clock=clock)
    client = _client(SharedLimit(state, max_parallel_requests=1, wait=0, key=_tenant, clock=clock))
    stream = client.completion("openai/a", MESSAGES, stream=True, metadata={"tenant": "held"})
    for number in range(TENANTS):
        clock.advance(1)
        _ask(client, number)
    assert len(state._counts) <= 2 * ROOM  # pyright: ignore[reportPrivateUsage]
    with pytest.raises(LimitExceededError):
        _ask(client, "held")
    stream.close()


@given(st.lists(st.integers(0, 3 * ROOM), max_size=50), st.integers(0, 4 * ROOM))
def test_no_value_that_is_not_idle_is_ever_lost(busy: list[int], others: int) -> None:
    table = PerKey[list[int]](list, lambda value: not value)
    for key in busy:
        table.get(key).append(key)
    for key in range(others):
        table.get(("other", key))
    for key in busy:
        assert key in (table.find(key) or [])
    assert len(table) <= max(ROOM, 2 * len(set(busy)))
