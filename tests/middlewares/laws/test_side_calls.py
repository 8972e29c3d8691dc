"""Calls that layers make for themselves: part of a call's attempts and cost, counted once."""

from __future__ import annotations

import logging
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from tests.middlewares.conversation.talks import count_words, talk
from tests.support.worlds import World
from trunkline import (
    Budget,
    Cache,
    Cost,
    Guardrail,
    InternalServerError,
    MemoryStore,
    Reask,
    Request,
    Summarization,
)
from trunkline.middlewares.budget import tokens_of
from trunkline.testing import FakeProvider

MODEL, SIDE, FREE = "openai/gpt-4o", "groq/guard", "groq/free"
# The fake provider reports 10 tokens for each prompt, and 10 for each answer.
ONE = 1e-5
PRICES = {"input_cost_per_token": 1e-6, "output_cost_per_token": 0.0}
COST = Cost({MODEL: PRICES, SIDE: PRICES})
LONG = talk(5)


def say(request: Request) -> Any:
    if request.model == MODEL:
        return "Hello"
    return "SAFE" if "content filter" in str(request.messages[0]) else "a summary"


def provider() -> FakeProvider:
    return FakeProvider([say] * 20)


def summarization() -> Summarization:
    return Summarization(SIDE, max_tokens=12, count=count_words)


LAYERS: list[tuple[Callable[[], Any], int]] = [
    (lambda: Guardrail(input=SIDE), 1),
    (lambda: Guardrail(output=SIDE), 1),
    (lambda: Guardrail(SIDE, SIDE, window=1), 2),
    (summarization, 1),
]
EACH = pytest.mark.parametrize(("made", "sides"), LAYERS)


@EACH
def test_they_are_part_of_the_cost_and_not_of_the_usage(
    world: World, mode: str, made: Callable[[], Any], sides: int
) -> None:
    fake = provider()
    response = world.answer(fake.client([made(), COST]), mode, MODEL, LONG)
    assert response.usage is not None
    assert response.usage.prompt_tokens == 10
    assert len(fake.requests) == response.attempts == 1 + sides
    assert response.cost == pytest.approx((1 + sides) * ONE)
    assert [side.cost for side in response.call.side_calls] == [pytest.approx(ONE)] * sides
    assert deepcopy(response).cost == pytest.approx((1 + sides) * ONE)


@EACH
@pytest.mark.parametrize("place", ["outside", "inside"])
@pytest.mark.parametrize("unit", ["dollars", "tokens"])
def test_a_budget_counts_each_once(
    world: World, mode: str, made: Callable[[], Any], sides: int, place: str, unit: str
) -> None:
    budget = Budget(100.0) if unit == "dollars" else Budget(1000, cost=tokens_of)
    chain = [budget, made()] if place == "outside" else [made(), budget]
    response = world.answer(provider().client([*chain, COST]), mode, MODEL, LONG)
    tokens = response.usage.total_tokens if response.usage else 0
    one = ONE if unit == "dollars" else tokens
    assert budget.spent() == pytest.approx((1 + sides) * one)


def test_one_whose_cost_is_unknown(
    world: World, mode: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The cost is unknown then, but a budget counts what is known."""
    budget = Budget(100.0)
    client = provider().client([budget, Guardrail(input=FREE), COST])
    with caplog.at_level(logging.WARNING, "trunkline"):
        assert world.answer(client, mode, MODEL, LONG).cost is None
    assert budget.spent() == pytest.approx(ONE)
    assert "free: cost unknown, so the budget does not count it" in caplog.text


def test_prices_of_a_check_can_be_given(world: World, mode: str) -> None:
    check = {"model": FREE, "input_cost_per_token": 0.0, "output_cost_per_token": 0.0}
    client = provider().client([Guardrail(input=check), COST])
    assert world.answer(client, mode, MODEL, LONG).cost == pytest.approx(ONE)


def test_a_cached_response_costs_its_checks(world: World, mode: str) -> None:
    budget, cache = Budget(100.0), Cache(MemoryStore())
    world.answer(provider().client([cache, COST]), mode, MODEL, LONG)
    client = provider().client([budget, Guardrail(output=SIDE), cache, COST])
    response = world.answer(client, mode, MODEL, LONG)
    assert response.call.cache_hit
    assert response.cost == pytest.approx(ONE)
    assert budget.spent() == pytest.approx(ONE)


def test_they_are_counted_once_in_joined_responses(world: World, mode: str) -> None:
    """Each answer that Reask asks for has been checked."""
    answers = iter(["nonsense", '{"n": 1}'])

    def judge_or_answer(request: Request) -> Any:
        return "SAFE" if request.model == SIDE else next(answers)

    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    wanted = {"type": "json_schema", "json_schema": {"name": "n", "schema": schema}}
    fake = FakeProvider([judge_or_answer] * 6)
    budget = Budget(100.0)
    client = fake.client([budget, Reask(), Guardrail(SIDE, SIDE), COST])
    response = world.answer(client, mode, MODEL, LONG, response_format=wanted)
    assert response.attempts == len(fake.requests) == 6
    assert response.cost == pytest.approx(6 * ONE)
    assert budget.spent() == pytest.approx(6 * ONE)


def test_a_refused_call_costs_its_check(world: World, mode: str) -> None:
    budget = Budget(100.0)
    fake = FakeProvider(["UNSAFE: no", "UNSAFE: no"])
    client = fake.client([budget, Guardrail(input=SIDE, answer="Sorry."), COST])
    response = world.answer(client, mode, MODEL, LONG)
    assert response.choices[0].message.content == "Sorry."
    assert response.attempts == 1
    assert response.cost == pytest.approx(ONE)
    assert budget.spent() == pytest.approx(ONE)


def test_the_requests_of_a_call_whose_check_fails_are_counted(world: World) -> None:
    fake = FakeProvider(["Hello", InternalServerError("no")])
    client = fake.client([Guardrail(output=SIDE), COST])
    with pytest.raises(InternalServerError) as caught:
        world.complete(client, MODEL, LONG)
    assert caught.value.attempts == len(fake.requests) == 2


def test_a_cost_that_is_set_is_the_cost() -> None:
    response = provider().client([Guardrail(input=SIDE), COST]).completion(MODEL, LONG)
    response.cost = 3.0
    assert response.cost == 3.0
