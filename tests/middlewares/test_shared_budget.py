"""Budget: counts that processes share through Redis, and several budgets at once."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from itertools import repeat
from typing import Any

import pytest

from tests.support.answers import MESSAGES
from tests.support.worlds import World
from trunkline import (
    Budget,
    BudgetExceededError,
    Client,
    Metadata,
    ModelResponse,
    RedisState,
    Stream,
    StreamInterruptedError,
    default_middlewares,
    metadata,
    tokens_of,
)
from trunkline.testing import Cut, FakeProvider

pytest.importorskip("redis", reason="the extra `redis` is not installed")

from tests.support.servers.redis_server import connect

MODEL = "openai/gpt-4o"
# Every answer has 15 tokens.
TOKENS = 15


@pytest.fixture
def redis_client(redis_url: str) -> Iterator[Any]:
    with connect(redis_url) as made:
        made.flushall()
        yield made


def tenant_of(request: Any) -> object:
    return request.metadata.get("tenant")


def client_of(*budgets: Budget) -> tuple[FakeProvider, Client]:
    fake = FakeProvider(repeat("Hello"))
    return fake, fake.client([Metadata(), *budgets])


def test_processes_share_what_is_spent(
    world: World, mode: str, redis_client: Any, redis_url: str
) -> None:
    with connect(redis_url) as other:
        clients = [
            client_of(Budget(2 * TOKENS, cost=tokens_of, state=RedisState(each)))[1]
            for each in (redis_client, other)
        ]
        for client in clients:
            world.answer(client, mode, MODEL, MESSAGES)
        for client in clients:
            with pytest.raises(BudgetExceededError, match=r"of 30 is spent \(used 30\)") as refused:
                world.answer(client, mode, MODEL, MESSAGES)
            assert refused.value.retry_after is None
            assert refused.value.attempts == 0


def test_a_window_for_each_key(world: World, mode: str, redis_client: Any) -> None:
    budget = Budget(
        TOKENS,
        cost=tokens_of,
        budget_duration=100,
        key=tenant_of,
        state=RedisState(redis_client),
    )
    fake, client = client_of(budget)
    for tenant in ("one", "two"):
        with metadata(tenant=tenant):
            world.answer(client, mode, MODEL, MESSAGES)
            with pytest.raises(BudgetExceededError) as refused:
                world.answer(client, mode, MODEL, MESSAGES)
            assert refused.value.retry_after is not None
            assert 0 < refused.value.retry_after <= 100
    assert len(fake.requests) == 2
    # The window is over.
    for key in redis_client.scan_iter():
        redis_client.delete(key)
    with metadata(tenant="one"):
        world.answer(client, mode, MODEL, MESSAGES)


@pytest.mark.parametrize("shared", [True, False])
def test_a_window_for_each_key_and_a_total(shared: bool, world: World, redis_client: Any) -> None:
    state = RedisState(redis_client) if shared else None
    daily = Budget(2 * TOKENS, cost=tokens_of, budget_duration=86_400, key=tenant_of, state=state)
    total = Budget(3 * TOKENS, cost=tokens_of, state=state)
    _, client = client_of(daily, total)
    refused: list[str] = []
    for tenant in ("one", "one", "one", "two", "two"):
        try:
            world.complete(client, MODEL, MESSAGES, metadata={"tenant": tenant})
        except BudgetExceededError as error:
            refused.append(error.message)
    assert [message.partition(" is")[0] for message in refused] == [
        "the budget of 30",
        "the budget of 45",
    ]


def test_budgets_in_one_redis_are_kept_apart(redis_client: Any) -> None:
    def dollars(_response: ModelResponse) -> float:
        return 1.0

    state = RedisState(redis_client)
    budgets = [
        Budget(100, cost=tokens_of, state=state),
        Budget(100, cost=tokens_of, state=state, name="team"),
        Budget(100, cost=tokens_of, state=state, budget_duration=60),
        Budget(100, cost=dollars, state=state),
    ]
    for budget in budgets:
        client_of(budget)[1].completion(MODEL, MESSAGES)
    assert (
        sorted(float(redis_client.get(key)) for key in redis_client.scan_iter()) == [1] + [15] * 3
    )


@pytest.mark.parametrize("how", ["cut", "leave"])
def test_part_of_a_stream_counts(how: str, redis_client: Any) -> None:
    counts = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}
    usage: dict[str, Any] = {"choices": [], "usage": counts}
    fake = FakeProvider([["one ", usage, Cut()] if how == "cut" else ["one ", usage, "two"]])
    budget = Budget(100, cost=tokens_of, state=RedisState(redis_client))
    stream = fake.client([budget]).completion(MODEL, MESSAGES, stream=True)
    assert isinstance(stream, Stream)
    with contextlib.suppress(StreamInterruptedError):
        for number, _ in enumerate(stream):
            if how == "leave" and number == 1:
                break
    [key] = redis_client.scan_iter()
    assert float(redis_client.get(key)) == 7


def test_without_redis_the_counts_of_the_process_apply(
    world: World, mode: str, caplog: pytest.LogCaptureFixture
) -> None:
    state = RedisState.from_url("redis://:secret@127.0.0.1:1")
    budget = Budget(TOKENS, cost=tokens_of, state=state)
    _, client = client_of(budget)
    with caplog.at_level(logging.WARNING, "trunkline"):
        world.answer(client, mode, MODEL, MESSAGES)
        with pytest.raises(BudgetExceededError):
            world.answer(client, mode, MODEL, MESSAGES)
    assert sum("cannot reach Redis" in record.message for record in caplog.records) == 1
    assert "secret" not in caplog.text


class TestMistakes:
    def test_another_state(self) -> None:
        given: dict[str, Any] = {"state": "redis://localhost"}
        with pytest.raises(TypeError, match="state: expected RedisState or None, got str"):
            Budget(1, **given)

    def test_a_key_outside_metadata(self) -> None:
        with pytest.warns(UserWarning, match="Budget is outside Metadata: its key does not see"):
            Client([Budget(1, key=tenant_of), *default_middlewares()])
        Client([Budget(1), *default_middlewares()])


def test_it_is_described(redis_client: Any) -> None:
    client = Client([Budget(5, state=RedisState(redis_client)), *default_middlewares()])
    assert " 1 Budget(5, shared)" in client.describe()
