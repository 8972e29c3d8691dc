"""What a cached response cost is kept with it."""

from __future__ import annotations

import pytest

from tests.support.answers import MESSAGES
from tests.support.worlds import World
from trunkline import APIError, Callbacks, CallRecord, Client, Cost, MemoryStore, Usage
from trunkline.middlewares.cache import Cache
from trunkline.pipeline.stream.parts import join_responses
from trunkline.testing import FakeProvider

MODEL = "openai/gpt-4o"
PRICES = {"input_cost_per_token": 0.001, "output_cost_per_token": 0.01}
USAGE = Usage(prompt_tokens=1000, completion_tokens=100, total_tokens=1100)
DOLLARS = 2.0


def client_of(*caches: Cache, cost: Cost | None = None) -> Client:
    priced = Cost(prices={MODEL: PRICES}) if cost is None else cost
    return FakeProvider(["Hello"] * 3, usage=USAGE).client([*caches, priced])


@pytest.mark.parametrize("again", ["plain", "stream"])
def test_a_hit_tells_what_the_response_cost(world: World, mode: str, again: str) -> None:
    records: list[CallRecord] = []
    client = client_of(Cache(True)).with_middlewares(Callbacks([records.append]))
    first = world.answer(client, mode, MODEL, MESSAGES)
    assert (first.cost, first.call.saved_cost) == (DOLLARS, None)
    for _ in range(2):
        hit = world.answer(client, again, MODEL, MESSAGES)
        assert (hit.cost, hit.call.saved_cost) == (0.0, DOLLARS)
    assert [record.saved_cost for record in records] == [None, *[DOLLARS] * 2]


def test_a_cost_that_is_not_known(world: World, mode: str) -> None:
    client = FakeProvider(["Hello"]).client([Cache(True)])
    world.answer(client, mode, MODEL, MESSAGES)
    hit = world.answer(client, mode, MODEL, MESSAGES)
    assert (hit.cost, hit.call.saved_cost) == (0.0, None)


def test_two_caches(world: World, mode: str) -> None:
    outer, inner = MemoryStore(), MemoryStore()
    world.answer(client_of(Cache(inner)), mode, MODEL, MESSAGES)
    # The second hit comes from the outer cache, which has cached a hit of the inner one.
    for _ in range(2):
        hit = world.answer(client_of(Cache(outer), Cache(inner)), mode, MODEL, MESSAGES)
        assert (hit.cost, hit.call.saved_cost) == (0.0, DOLLARS)


def test_several_parts_of_one_response(world: World) -> None:
    client = client_of(Cache(True))
    parts = [world.complete(client, MODEL, MESSAGES) for _ in range(3)]
    whole = join_responses(parts)
    assert whole.cost == DOLLARS
    assert whole.call.saved_cost == 2 * DOLLARS


def test_a_resumed_batch_tells_its_total() -> None:
    client = client_of(Cache(True))
    questions = [[{"role": "user", "content": text}] for text in ("a", "b", "c")]
    client.batch_completion(MODEL, questions[:2], max_workers=1)
    answers = client.batch_completion(MODEL, questions, max_workers=1)
    costs: list[tuple[float | None, float | None]] = []
    for answer in answers:
        assert not isinstance(answer, APIError)
        costs.append((answer.cost, answer.call.saved_cost))
    assert costs == [(0.0, DOLLARS), (0.0, DOLLARS), (DOLLARS, None)]
