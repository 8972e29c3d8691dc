"""LoadShedder: a number of calls at a time, the most important first, and early refusals."""

from __future__ import annotations

from functools import partial
from itertools import repeat
from typing import Any

import anyio
import pytest

from tests.support.answers import MESSAGES
from tests.support.calls.wire_answers import claudes_answer
from tests.support.chain.gates import Gate, crowd, results, until
from tests.support.clocks import Clock
from tests.support.server import Server
from tests.support.worlds import World
from trunkline import (
    BadRequestError,
    Client,
    LimitExceededError,
    LoadShedder,
    Metadata,
    Retry,
    default_middlewares,
    metadata,
)
from trunkline.testing import Cut, FakeProvider, Pause

MODEL = "openai/gpt-4o"


def at(priority: str) -> dict[str, Any]:
    return {"metadata": {"priority": priority}}


def is_waiting(shedder: LoadShedder, count: int) -> bool:
    return shedder.waiting == count


def has_come(gate: Gate, count: int) -> bool:
    return len(gate.names) == count


class TestQueue:
    def test_higher_priorities_go_first(self, world: World, mode: str) -> None:
        gate, shedder = Gate(), LoadShedder(1)
        client = FakeProvider(repeat("Hello")).client([shedder, gate])
        with crowd(world, client, mode) as calls:
            futures = [calls.start(MODEL, "first")]
            until(lambda: gate.names)
            for number, priority in enumerate(["low", "normal", "high", "high", "low"]):
                futures.append(calls.start(MODEL, f"{priority} {number}", **at(priority)))
                until(partial(is_waiting, shedder, number + 1))
            assert shedder.running == 1
            gate.open()
            assert results(futures) == ["Hello"] * 6
        assert gate.names == ["first", "high 2", "high 3", "normal 1", "low 0", "low 4"]
        assert (shedder.running, shedder.waiting) == (0, 0)

    def test_a_full_queue_refuses(self, world: World, mode: str) -> None:
        gate, shedder = Gate(), LoadShedder(1, max_queue=1)
        fake = FakeProvider(repeat("Hello"))
        client = fake.client([Retry(), shedder, gate])
        with crowd(world, client, mode) as calls:
            futures = [calls.start(MODEL, "first")]
            until(lambda: gate.names)
            futures.append(calls.start(MODEL, "second"))
            until(lambda: shedder.waiting)
            [error] = results([calls.start(MODEL, "third")])
            assert isinstance(error, LimitExceededError)
            assert "1 calls are running, and the queue is full" in error.message
            assert (error.attempts, error.status_code) == (0, 429)
            assert error.retry_after is not None
            gate.open()
            assert results(futures) == ["Hello"] * 2
        assert len(fake.requests) == 2

    def test_a_more_important_call_takes_the_place_of_a_less_important_one(
        self, world: World, mode: str
    ) -> None:
        gate, shedder = Gate(), LoadShedder(1, max_queue=2)
        client = FakeProvider(repeat("Hello")).client([shedder, gate])
        with crowd(world, client, mode) as calls:
            first = calls.start(MODEL, "first")
            until(lambda: gate.names)
            early = calls.start(MODEL, "early", **at("low"))
            until(lambda: shedder.waiting == 1)
            late = calls.start(MODEL, "late", **at("low"))
            until(lambda: shedder.waiting == 2)
            high = calls.start(MODEL, "high", **at("high"))
            [error] = results([late])
            assert isinstance(error, LimitExceededError)
            assert "a more important call took its place" in error.message
            gate.open()
            assert results([first, high, early]) == ["Hello"] * 3
        assert gate.names == ["first", "high", "early"]

    def test_a_call_refused_early_has_not_waited(self) -> None:
        clock, gate = Clock(), Gate()
        shedder = LoadShedder(1, clock=clock)
        client = FakeProvider(repeat("Hello")).client([shedder, gate])
        with crowd(World("sync"), client, "plain") as calls:
            futures = [calls.start(MODEL, str(number)) for number in range(4)]
            until(lambda: shedder.waiting == 3)
            for _ in range(2):
                # A slot becomes free every 5 seconds.
                names = len(gate.names)
                clock.advance(5)
                gate.let_go()
                until(partial(has_come, gate, names + 1))
            assert shedder.waiting == 1
            with pytest.raises(LimitExceededError, match="would outlast the call's deadline") as no:
                client.completion(MODEL, MESSAGES, timeout=8)
            assert no.value.retry_after == pytest.approx(10)
            # An urgent call waits for one slot only.
            urgent = calls.start(MODEL, "urgent", timeout=8, **at("high"))
            until(lambda: shedder.waiting == 2)
            gate.open()
            assert results([*futures, urgent]) == ["Hello"] * 5

    def test_the_first_queue_knows_how_long_calls_took(self, world: World, mode: str) -> None:
        clock, gate = Clock(), Gate()
        shedder = LoadShedder(1, clock=clock)
        client = FakeProvider(repeat("Hello")).client([shedder, gate])
        with crowd(world, client, mode) as calls:
            for number in (1, 2):
                call = calls.start(MODEL, "slow")
                until(partial(has_come, gate, number))
                clock.advance(4)
                if number == 1:
                    gate.let_go()
                    assert results([call]) == ["Hello"]
            [error] = results([calls.start(MODEL, "hasty", timeout=3)])
            assert isinstance(error, LimitExceededError)
            assert error.retry_after == pytest.approx(4)
            gate.open()

    def test_the_wait_ends_at_its_limit(self, world: World, mode: str) -> None:
        gate, shedder = Gate(), LoadShedder(1, wait=0.001)
        client = FakeProvider(repeat("Hello")).client([shedder, gate])
        with crowd(world, client, mode) as calls:
            first = calls.start(MODEL, "first")
            until(lambda: gate.names)
            [error] = results([calls.start(MODEL, "second")])
            assert isinstance(error, LimitExceededError)
            assert "the call waited too long" in error.message
            gate.open()
            assert results([first]) == ["Hello"]
        assert (shedder.running, shedder.waiting) == (0, 0)

    def test_a_call_that_is_cancelled_leaves_the_queue(self) -> None:
        shedder = LoadShedder(1)
        client = FakeProvider([[Pause(60)], "Hello"]).client([shedder])

        async def main() -> None:
            async with anyio.create_task_group() as group:
                group.start_soon(client.acompletion, MODEL, MESSAGES)
                group.start_soon(client.acompletion, MODEL, MESSAGES)
                while not shedder.waiting:
                    await anyio.sleep(0)
                group.cancel_scope.cancel()
            await client.acompletion(MODEL, MESSAGES)

        anyio.run(main)
        assert (shedder.running, shedder.waiting) == (0, 0)


class TestSlots:
    @pytest.mark.parametrize("item", ["Hello", 500, ["Half ", Cut()]])
    def test_every_end_returns_the_slot(self, world: World, mode: str, item: Any) -> None:
        shedder = LoadShedder(1, max_queue=0)
        client = FakeProvider(repeat(item)).client([shedder])
        for _ in range(3):
            try:
                world.answer(client, mode, MODEL, MESSAGES)
            except LimitExceededError:
                raise
            except Exception:  # what it was plays no part
                pass
            assert shedder.running == 0

    def test_a_stream_has_its_slot_until_its_end(self) -> None:
        shedder = LoadShedder(1, max_queue=0)
        client = FakeProvider(repeat("Hello there")).client([shedder])
        stream = client.completion(MODEL, MESSAGES, stream=True)
        with pytest.raises(LimitExceededError):
            client.completion(MODEL, MESSAGES)
        stream.close()
        client.completion(MODEL, MESSAGES)
        for _ in client.completion(MODEL, MESSAGES, stream=True):
            break
        client.completion(MODEL, MESSAGES)


class TestPriorities:
    def test_metadata_of_a_with_block_counts_inside_metadata(self) -> None:
        seen: list[object] = []

        def note(request: Any) -> object:
            seen.append(request.metadata.get("priority"))
            return None

        client = FakeProvider(["a"]).client([Metadata(), LoadShedder(priority=note)])
        with metadata(priority="high"):
            client.completion(MODEL, MESSAGES)
        assert seen == ["high"]

    @pytest.mark.parametrize("given", ["urgent", 3, ["high"]])
    def test_an_unknown_priority(self, world: World, mode: str, given: object) -> None:
        fake = FakeProvider()
        client = fake.client([LoadShedder()])
        message = "metadata.priority: expected one of 'high', 'normal', 'low', got"
        with pytest.raises(BadRequestError, match=message):
            world.answer(client, mode, MODEL, MESSAGES, metadata={"priority": given})
        assert fake.requests == []

    def test_names_of_your_own(self) -> None:
        shedder = LoadShedder(priorities=["paid", "free"], default="free")
        client = FakeProvider(repeat("a")).client([shedder])
        client.completion(MODEL, MESSAGES, metadata={"priority": "paid"})
        client.completion(MODEL, MESSAGES)
        with pytest.raises(BadRequestError, match="'paid', 'free'"):
            client.completion(MODEL, MESSAGES, metadata={"priority": "high"})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"max_parallel_requests": 0}, "max_parallel_requests: expected an int of 1 or more"),
        ({"max_queue": -1}, "max_queue: expected an int of 0 or more"),
        ({"priorities": []}, "priorities: expected a list of names"),
        ({"priorities": "high"}, "priorities: expected a list of names"),
        ({"default": "urgent"}, "default: expected one of"),
    ],
)
def test_arguments_out_of_range(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        LoadShedder(**given)


def test_it_is_described() -> None:
    client = Client([LoadShedder(5), *default_middlewares()])
    assert " 1 LoadShedder(max_parallel_requests=5, max_queue=1000)" in client.describe()


def test_a_native_wire(world: World, mode: str, server: Server) -> None:
    server.reply(claudes_answer(mode, [{"type": "text", "text": "Hello"}], "end_turn"))
    shedder = LoadShedder(1, max_queue=0)
    with Client([shedder, *default_middlewares()]) as client:
        for _ in range(3):
            answer = world.answer(
                client,
                mode,
                "anthropic/claude-sonnet-4-5",
                MESSAGES,
                base_url=server.url,
                api_key="sk-ant-1",
            )
            assert answer.choices[0].message.content == "Hello"
    assert shedder.running == 0
