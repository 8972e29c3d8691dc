"""A second request when the first is slow; no test waits longer than for what it starts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tenacity

from tests.support.answers import MESSAGES, good
from tests.support.server import Answer, Server
from tests.support.tiny_gguf import CHAT_TEXT
from tests.support.worlds import World
from trunkline import (
    APIError,
    Client,
    Handler,
    Hedge,
    InternalServerError,
    RateLimitError,
    Reply,
    Request,
    Retry,
    default_middlewares,
)
from trunkline.testing import FakeProvider, Item, Pause, Piece

MODEL = "openai/gpt-4o"
AT_ONCE, NEVER = 0.0, 3600.0
SLOW: list[Piece] = [Pause(NEVER), "slow"]


def answer(
    world: World, mode: str, script: list[Item], hedge: Hedge, **arguments: Any
) -> tuple[Any, FakeProvider]:
    fake = FakeProvider(script)
    client = fake.client([hedge, *default_middlewares()])
    response = world.answer(client, mode, MODEL, MESSAGES, timeout=None, **arguments)
    assert fake.open_streams == 0
    return response, fake


def test_a_quick_answer_needs_no_second_request(world: World, mode: str) -> None:
    response, fake = answer(world, mode, ["quick"], Hedge(NEVER))
    assert response.choices[0].message.content == "quick"
    assert len(fake.requests) == response.attempts == 1
    assert response.call.tried == []


def test_the_second_request_wins_while_the_first_sleeps(world: World, mode: str) -> None:
    response, fake = answer(world, mode, [SLOW, ["quick ", "answer"]], Hedge(0.001))
    assert response.choices[0].message.content == "quick answer"
    assert len(fake.requests) == response.attempts == 2
    (lost,) = response.call.tried
    assert (lost.model, lost.error, lost.cost) == (MODEL, "cancelled", None)
    notes = [note for note in response.call.trail.notes if note.layer == "Hedge"]
    assert [note.attributes["won"] for note in notes] == ["second"]


def test_the_first_may_still_win(world: World, mode: str) -> None:
    """The second one begins at once, and fails; the call waits for the first."""
    begun: list[int] = []

    async def order(request: Request, call_next: Handler) -> Reply:
        begun.append(1)
        while len(begun) < 2:
            await request.io.sleep(0.001)
        return await call_next(request)

    fake = FakeProvider([503, "answer"])
    client = fake.client([Hedge(AT_ONCE), order])
    response = world.answer(client, mode, MODEL, MESSAGES)
    assert response.choices[0].message.content == "answer"
    assert response.attempts == 2
    assert [attempt.error for attempt in response.call.tried] == ["ServiceUnavailableError"]


def test_an_early_failure_is_not_hedged(world: World, mode: str) -> None:
    fake = FakeProvider([RateLimitError("slow down")])
    with pytest.raises(RateLimitError) as caught:
        world.answer(fake.client([Hedge(NEVER)]), mode, MODEL, MESSAGES)
    assert caught.value.attempts == 1
    assert len(fake.requests) == 1


def test_a_retry_inside_waits_and_loses(world: World, mode: str) -> None:
    """The loser is in `request.io.sleep` when the winner responds."""
    script: list[Item] = [RateLimitError("later", retry_after=50), "quick"]
    response, fake = answer(world, mode, script, Hedge(0.001), num_retries=2)
    assert response.choices[0].message.content == "quick"
    assert response.attempts == len(fake.requests) == 2
    assert "cancelled" in [attempt.error for attempt in response.call.tried]


def test_if_both_fail_the_first_ones_error_is_raised(world: World, mode: str) -> None:
    begun: list[int] = []

    async def together(request: Request, call_next: Handler) -> Reply:
        begun.append(1)
        number = len(begun)
        while len(begun) < 2:
            await request.io.sleep(0.001)
        raise (RateLimitError, InternalServerError)[number - 1](f"number {number}")

    with pytest.raises(APIError) as caught:
        world.answer(Client([Hedge(AT_ONCE), together]), mode, MODEL, MESSAGES)
    assert len(caught.value.tried) == 1


def test_a_retry_outside_sees_one_failure(world: World, mode: str) -> None:
    fake = FakeProvider([503, "answer"])
    client = fake.client([Retry(2, wait=tenacity.wait_none()), Hedge(NEVER)])
    response = world.answer(client, mode, MODEL, MESSAGES)
    assert response.attempts == 2


def test_what_was_learned_decides() -> None:
    hedge = Hedge(7.0, percentile=90)
    for number in range(19):
        hedge.learn("a", float(number))
    assert hedge.seconds_for("a") == 7.0
    hedge.learn("a", 19.0)
    assert hedge.seconds_for("a") == 18.0
    assert hedge.seconds_for("b") == 7.0
    for _ in range(100):
        hedge.learn("a", 1.0)
    assert hedge.seconds_for("a") == 1.0


def test_it_learns_from_responses(world: World, mode: str) -> None:
    hedge = Hedge(NEVER, percentile=50)
    fake = FakeProvider(["x"] * 20)
    client = fake.client([hedge])
    for _ in range(20):
        world.answer(client, mode, MODEL, MESSAGES)
    assert 0 < hedge.seconds_for(MODEL) < NEVER


def test_a_native_wire_loses_its_connection(world: World, mode: str, server: Server) -> None:
    silent = Answer([], ending="silent")
    server.reply(silent, good(mode))
    client = Client([Hedge(0.05), *default_middlewares()])
    arguments = {"base_url": server.url, "api_key": "sk-0123456789", "num_retries": 0}
    response = world.answer(client, mode, MODEL, MESSAGES, **arguments)
    assert response.choices[0].message.content == "Hello there!"
    assert response.attempts == 2
    server.wait_until_gone()


def test_a_real_model(world: World, mode: str, tiny_gguf: Path) -> None:
    client = Client([Hedge(AT_ONCE), *default_middlewares()])
    response = world.answer(client, mode, f"local/{tiny_gguf}", MESSAGES, temperature=0)
    assert response.choices[0].message.content == CHAT_TEXT


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"after": -1}, "after: expected 0 or more seconds, got -1"),
        ({"after": "2"}, "after: expected 0 or more seconds, got '2'"),
        ({"percentile": "95"}, "percentile: expected between 0 and 100, got '95'"),
        ({"percentile": 100}, "percentile: expected between 0 and 100, got 100"),
    ],
)
def test_mistakes(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Hedge(**arguments)


def test_it_describes_itself() -> None:
    assert "Hedge(2)" in Client([Hedge()]).describe()
    assert "Hedge(2, percentile=95)" in Client([Hedge(percentile=95)]).describe()
