"""A stream that came after failed attempts is closed when its last reference goes."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator
from typing import Any

import pytest
import tenacity

from tests.support.answers import MESSAGES
from tests.support.worlds import World
from trunkline import (
    Client,
    Fallback,
    Hedge,
    RateLimitError,
    Retry,
    Route,
    Stream,
    default_middlewares,
)
from trunkline.middlewares.listening.record import CallRecord
from trunkline.testing import FakeProvider

MODEL = "openai/a"
QUICK = Retry(wait=tenacity.wait_none())
DEPLOYMENTS = [
    {"model_name": "chat", "litellm_params": {"model": model}} for model in ("openai/a", "openai/b")
]
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "retry": (MODEL, {"retry": QUICK}),
    "fallback": (MODEL, {"retry": Retry(1), "fallback": Fallback(["openai/b", "openai/c"])}),
    "route": ("chat", {"route": Route(DEPLOYMENTS), "retry": QUICK}),
}


@pytest.fixture(autouse=True)
def no_garbage_collection() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize("case", CASES)
def test_dropped(case: str, world: World) -> None:
    model, layers = CASES[case]
    fake = FakeProvider([RateLimitError("later"), RateLimitError("later"), ["a ", "b "]])
    told: list[str] = []
    client: Client = fake.client(default_middlewares(**layers))

    def note(record: CallRecord) -> None:
        told.append(record.outcome)

    options: dict[str, Any] = {"callbacks": [note]}

    # A variable of the caller: its frame must not outlive the call either.
    def drop() -> weakref.ref[Stream]:
        stream = client.completion(model, MESSAGES, stream=True, **options)
        assert stream.call.tried
        return weakref.ref(stream)

    async def adrop() -> weakref.ref[Stream]:
        stream = await client.acompletion(model, MESSAGES, stream=True, **options)
        assert stream.call.tried
        return weakref.ref(stream)

    if world.blocking:
        reference = drop()
        assert reference() is None
        assert told == ["abandoned"]
        return

    async def main() -> None:
        reference = await adrop()
        assert reference() is None
        assert told == ["abandoned"]

    world.run(main)


def test_dropped_after_a_race(world: World) -> None:
    fake = FakeProvider([["a ", "b "]])
    client = fake.client([Hedge(after=30.0)])

    async def main() -> None:
        reference = weakref.ref(await client.acompletion(MODEL, MESSAGES, stream=True))
        assert reference() is None

    if not world.blocking:
        world.run(main)
        return
    dropped = weakref.ref(client.completion(MODEL, MESSAGES, stream=True))
    # The thread of the request may not have ended yet.
    for thread in threading.enumerate():
        if thread.name == "trunkline-race":
            thread.join()
    assert dropped() is None
