"""The limits of a call hold for a whole loop, wherever it is in the chain."""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic
from typing import Any

import pytest

from tests.support.answers import MESSAGES
from tests.support.worlds import World
from trunkline import Client, Middleware, Timeout, ToolLoop, default_middlewares
from trunkline.testing import FakeProvider, tool_call

MODEL = "openai/gpt-4o"


def look() -> str:
    """Return what there is."""
    return "a tree"


class Source:
    """Offers no tools, and remembers how many seconds it was given."""

    def __init__(self) -> None:
        self.seconds: list[float | None] = []

    async def load_tools(self, io: Any, seconds: float | None) -> Sequence[Any]:
        del io
        self.seconds.append(seconds)
        return []


def chain(loop: ToolLoop, place: str) -> list[Middleware]:
    return [loop, *default_middlewares()] if place == "outside" else [*default_middlewares(), loop]


@pytest.mark.parametrize("place", ["outside", "inside"])
@pytest.mark.parametrize(
    "timeout", [50, {"total": 50}, {"answer": 50}, {"answer": 90, "total": 50}]
)
def test_connecting_takes_no_longer_than_the_call(
    world: World, mode: str, place: str, timeout: Any
) -> None:
    source = Source()
    client = Client(chain(ToolLoop([source]), place), adapter=FakeProvider(["Hello"]))
    world.answer(client, mode, MODEL, MESSAGES, timeout=timeout)
    (seconds,) = source.seconds
    assert seconds is not None
    assert 0 < seconds <= 50


def test_a_call_without_these_limits_gives_none(world: World, mode: str) -> None:
    source = Source()
    client = Client(chain(ToolLoop([source]), "outside"), adapter=FakeProvider(["Hello"]))
    world.answer(client, mode, MODEL, MESSAGES, timeout={"idle": 2})
    assert source.seconds == [None]


@pytest.mark.parametrize("place", ["outside", "inside"])
def test_all_steps_share_the_total(world: World, mode: str, place: str) -> None:
    fake = FakeProvider([tool_call("look"), tool_call("look"), "done"])
    client = Client(chain(ToolLoop([look]), place), adapter=fake)
    before = monotonic()
    world.answer(client, mode, MODEL, MESSAGES, timeout={"total": 50})
    deadlines = {request.deadline for request in fake.requests}
    assert len(fake.requests) == 3
    assert len(deadlines) == 1
    deadline = deadlines.pop()
    assert deadline is not None
    assert before + 50 <= deadline <= monotonic() + 50


def test_each_step_has_its_own_answer_limit(world: World, mode: str) -> None:
    fake = FakeProvider([tool_call("look"), tool_call("look"), "done"])
    client = Client(chain(ToolLoop([look]), "outside"), adapter=fake)
    world.answer(client, mode, MODEL, MESSAGES, timeout={"answer": 50})
    times = [request.answer_by for request in fake.requests]
    assert None not in times
    assert len(set(times)) == 3


def test_no_step_begins_when_the_total_is_over(
    world: World, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = 0.0
    monkeypatch.setattr("trunkline.pipeline.timeouts.monotonic", lambda: monotonic() + later)

    def work() -> str:
        """Use up the time of the call."""
        nonlocal later
        later = 100.0
        return "done"

    fake = FakeProvider([tool_call("work"), "too late"])
    client = Client(chain(ToolLoop([work]), "outside"), adapter=fake)
    with pytest.raises(Timeout):
        world.answer(client, mode, MODEL, MESSAGES, timeout={"total": 50})
    assert len(fake.requests) == 1
