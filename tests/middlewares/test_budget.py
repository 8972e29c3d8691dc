"""Budget: calls end where the money ends."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.answers import MESSAGES, failing, good
from tests.support.clocks import Clock
from tests.support.server import Server
from tests.support.worlds import World
from trunkline import (
    APIError,
    Client,
    InternalServerError,
    ModelResponse,
    PaymentRequiredError,
    Reply,
    Request,
    Retry,
)
from trunkline.middlewares.budget import Budget, tokens_of
from trunkline.pipeline.call.request import Handler
from trunkline.pipeline.errors import BudgetExceededError
from trunkline.testing import FakeProvider

# Every answer here has 8 tokens.
ARGUMENTS: dict[str, Any] = {"api_key": "k" * 9}


def ask(server: Server, client: Client, **more: Any) -> ModelResponse:
    server.reply(good("plain"))
    reply: ModelResponse = client.completion(
        "openai/a", MESSAGES, stream=False, base_url=server.url, **ARGUMENTS, **more
    )
    return reply


def test_tokens(server: Server, world: World, mode: str) -> None:
    budget = Budget(16, cost=tokens_of)
    client = Client([budget, Retry()])
    server.reply(good(mode))
    for spent in (8, 16):
        world.answer(client, mode, "openai/a", MESSAGES, base_url=server.url, **ARGUMENTS)
        assert budget.spent() == spent
    with pytest.raises(BudgetExceededError, match="the budget of 16 is spent") as caught:
        world.answer(client, mode, "openai/a", MESSAGES, base_url=server.url, **ARGUMENTS)
    assert len(server.seen) == 2
    error = caught.value
    assert isinstance(error, PaymentRequiredError | APIError)
    assert (error.attempts, error.retry_after, error.retryable) == (0, None, False)


def test_inside_retry_it_is_not_tried_again(server: Server) -> None:
    with Client([Retry(), Budget(8, cost=tokens_of)]) as client:
        ask(server, client)
        with pytest.raises(BudgetExceededError):
            ask(server, client)
    assert server.seen == []


def test_a_cost_of_one_s_own(server: Server) -> None:
    budget = Budget(0.5, cost=lambda response: 0.25 if response.usage else None)
    with Client([budget]) as client:
        ask(server, client)
        ask(server, client)
        with pytest.raises(BudgetExceededError):
            ask(server, client)
    assert budget.spent() == 0.5


@pytest.mark.parametrize("cost", [float("nan"), float("inf"), "a lot", [], KeyError("no price")])
def test_a_cost_that_is_no_number_is_unknown(
    world: World, mode: str, cost: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """It loses no response, and spoils no sum: NaN would never reach a maximum."""
    costs = [cost, 0.5, 0.5]

    def next_cost(_: ModelResponse) -> Any:
        found = costs.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    budget = Budget(1.0, cost=next_cost)
    client = FakeProvider(["Hello"] * 3).client([budget])
    for _ in range(3):
        answered = world.answer(client, mode, "openai/a", MESSAGES)
        assert answered.choices[0].message.content == "Hello"
    assert "the cost is unknown, because" in caplog.text
    assert budget.spent() == 1.0
    with pytest.raises(BudgetExceededError):
        world.answer(client, mode, "openai/a", MESSAGES)


def test_it_begins_anew(server: Server) -> None:
    clock = Clock()
    with Client([Budget(8, cost=tokens_of, budget_duration=3600, clock=clock)]) as client:
        ask(server, client)
        clock.advance(600)
        with pytest.raises(BudgetExceededError) as caught:
            ask(server, client)
        assert caught.value.retry_after == 3000
        clock.advance(3000)
        ask(server, client)


def test_by_key(server: Server) -> None:
    budget = Budget(8, cost=tokens_of, key=lambda request: request.metadata.get("tenant"))
    with Client([budget]) as client:
        ask(server, client, metadata={"tenant": "a"})
        ask(server, client, metadata={"tenant": "b"})
        with pytest.raises(BudgetExceededError):
            ask(server, client, metadata={"tenant": "a"})
    assert (budget.spent("a"), budget.spent("b"), budget.spent()) == (8, 8, 0)


def test_an_unknown_cost_is_said(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    with Client([Budget(8, cost=lambda _response: None)]) as client:
        ask(server, client)
    assert "cost unknown, so the budget does not count it" in caplog.text
    assert "model_info" not in caplog.text


def test_an_unknown_cost_is_said_once_for_each_model(caplog: pytest.LogCaptureFixture) -> None:
    with Client([Budget(8)], adapter=FakeProvider(["Hi"] * 3)) as client:
        for model in ("openai/first", "openai/first", "openai/second"):
            client.completion(model, MESSAGES)
    said = [record.getMessage() for record in caplog.records]
    assert [text.partition(":")[0] for text in said] == ["openai/first", "openai/second"]
    assert all('model_info={"base_model": "provider/model"}' in text for text in said)


def test_an_answer_from_a_cache_is_free(server: Server) -> None:
    async def cached(request: Request, call_next: Handler) -> Reply:
        reply = await call_next(request)
        reply.call.cache_hit = True
        return reply

    budget = Budget(8, cost=tokens_of)
    with Client([budget, cached]) as client:
        ask(server, client)
    assert budget.spent() == 0


def test_a_failure_costs_nothing(server: Server) -> None:
    budget = Budget(8, cost=tokens_of)
    server.reply(failing(500))
    with Client([budget]) as client, pytest.raises(InternalServerError):
        client.completion("openai/a", MESSAGES, base_url=server.url, **ARGUMENTS)
    assert budget.spent() == 0


def test_a_stream_counts_when_it_ends(server: Server) -> None:
    budget = Budget(8, cost=tokens_of)
    server.reply(good("stream"))
    with Client([budget]) as client:
        stream = client.completion(
            "openai/a", MESSAGES, stream=True, base_url=server.url, **ARGUMENTS
        )
        assert budget.spent() == 0
        list(stream)
    assert budget.spent() == 8


@pytest.mark.parametrize("arguments", [{"max_budget": 0}, {"max_budget": 1, "budget_duration": 0}])
def test_no_budget(arguments: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="expected a number above 0, got 0"):
        Budget(**arguments)


def test_shown() -> None:
    assert repr(Budget(12.5)) == "Budget(12.5)"
