"""Composing middlewares, and making them out of plain functions."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from functools import partial
from typing import Any, cast

import anyio
import pytest
import trio

from tests.support.answers import MESSAGES
from tests.support.worlds import World
from trunkline import (
    BadRequestError,
    Client,
    Handler,
    ModelResponse,
    Outcome,
    RateLimitError,
    Reply,
    Request,
    Retry,
    Route,
    Router,
    StreamInterruptedError,
    SuspendedError,
    after,
    before,
    replace,
)
from trunkline.testing import Cut, FakeProvider

MODEL = "openai/gpt-4o"


class Recorder:
    def __init__(self, name: str, calls: list[str]) -> None:
        self.name = name
        self.calls = calls

    def __repr__(self) -> str:
        return f"Recorder({self.name!r})"

    async def __call__(self, request: Request, call_next: Handler) -> Reply:
        self.calls.append(f"{self.name} in")
        reply = await call_next(request)
        self.calls.append(f"{self.name} out")
        return reply


def test_the_first_is_the_outermost(world: World, mode: str) -> None:
    calls: list[str] = []
    client = Client(middlewares=[Recorder("a", calls), Recorder("b", calls)])
    world.answer(client, mode, MODEL, MESSAGES, mock_response="Hi")
    assert calls == ["a in", "b in", "b out", "a out"]


def test_per_call_and_derived_ones_are_outside() -> None:
    calls: list[str] = []
    client = Client(middlewares=[Recorder("own", calls)])
    derived = client.with_middlewares(Recorder("derived", calls))
    derived.completion(MODEL, MESSAGES, mock_response="Hi", middlewares=[Recorder("call", calls)])
    assert calls[:3] == ["call in", "derived in", "own in"]
    calls.clear()
    client.completion(MODEL, MESSAGES, mock_response="Hi")
    assert calls == ["own in", "own out"]


def test_a_plain_function_is_a_middleware(world: World) -> None:
    def cheaper(request: Request, call_next: Handler) -> Awaitable[Reply]:
        return call_next(replace(request, model="openai/gpt-4o-mini"))

    client = Client(middlewares=[cheaper])
    assert world.complete(client, MODEL, MESSAGES, mock_response="Hi").model == "openai/gpt-4o-mini"


def test_call_next_may_be_called_many_times(world: World) -> None:
    async def thrice(request: Request, call_next: Handler) -> Reply:
        for model in ("a", "b"):
            await call_next(replace(request, model=model))
        return await call_next(request)

    calls: list[str] = []
    client = Client(middlewares=[thrice, Recorder("inner", calls)])
    assert world.complete(client, "c", MESSAGES, mock_response="Hi").model == "c"
    assert calls == ["inner in", "inner out"] * 3


def test_before(world: World, mode: str) -> None:
    @before
    def shout(request: Request) -> Request:
        """Change the prompt."""
        return replace(request, model="openai/other")

    client = Client(middlewares=[shout])
    assert world.answer(client, mode, MODEL, MESSAGES, mock_response="Hi").model == "openai/other"
    assert shout.__doc__ == "Change the prompt."


class TestAfter:
    def test_it_hears_of_an_answer(self, world: World, mode: str) -> None:
        seen: list[Outcome] = []

        @after
        def note(request: Request, outcome: Outcome) -> None:
            assert request.model == MODEL
            seen.append(outcome)

        world.answer(Client(middlewares=[note]), mode, MODEL, MESSAGES, mock_response="Hi")
        assert [outcome.kind for outcome in seen] == ["completed"]
        assert seen[0].response is not None
        assert seen[0].response.choices[0].message.content == "Hi"

    def test_it_hears_of_an_error(self, world: World, mode: str) -> None:
        seen: list[Outcome] = []

        @after
        async def note(request: Request, outcome: Outcome) -> None:
            seen.append(outcome)

        error = RateLimitError("slow down")
        with pytest.raises(RateLimitError) as caught:
            world.answer(Client(middlewares=[note]), mode, MODEL, MESSAGES, mock_response=error)
        assert [(outcome.kind, outcome.error) for outcome in seen] == [("failed", caught.value)]

    def test_it_hears_of_an_answer_that_broke_off(self, world: World, mode: str) -> None:
        seen: list[str] = []

        @after
        def note(request: Request, outcome: Outcome) -> None:
            seen.append(outcome.kind)

        client = FakeProvider([["Half an ", Cut()]]).client([note])
        with pytest.raises(StreamInterruptedError):
            world.answer(client, mode, MODEL, MESSAGES)
        assert seen == ["truncated"]

    @pytest.mark.parametrize("world", [World("asyncio"), World("trio")], ids=repr)
    def test_it_hears_of_a_cancelled_call(self, world: World) -> None:
        seen: list[str] = []

        @after
        def note(request: Request, outcome: Outcome) -> None:
            seen.append(f"plain {outcome.kind}")

        @after
        async def note_later(request: Request, outcome: Outcome) -> None:
            await anyio.sleep(0)
            seen.append(f"async {outcome.kind}")

        async def main() -> None:
            with anyio.CancelScope() as scope:

                async def stop(request: Request, call_next: Handler) -> Reply:
                    scope.cancel()
                    await anyio.sleep_forever()
                    raise AssertionError

                client = Client(middlewares=[note, note_later, stop])
                await client.acompletion(MODEL, MESSAGES)

        world.run(main)
        assert seen == ["async abandoned", "plain abandoned"]

    def test_it_may_await(self, mode: str) -> None:
        seen: list[str] = []

        @after
        async def note(request: Request, outcome: Outcome) -> None:
            await anyio.sleep(0)
            seen.append(outcome.kind)

        for world in (World("asyncio"), World("trio")):
            world.answer(Client(middlewares=[note]), mode, MODEL, MESSAGES, mock_response="Hi")
        assert seen == ["completed"] * 2


@pytest.mark.parametrize("sleep", [asyncio.sleep, trio.sleep, anyio.sleep])
@pytest.mark.parametrize("inside_a_loop", [False, True])
def test_awaiting_a_loop_in_a_blocking_call(sleep: Any, inside_a_loop: bool) -> None:
    async def slow(request: Request, call_next: Handler) -> Reply:
        await sleep(0.001)
        return await call_next(request)

    client = Client(middlewares=[slow])

    def call() -> ModelResponse:
        return client.completion(MODEL, MESSAGES, mock_response="Hi")

    async def main() -> ModelResponse:
        return call()

    with pytest.raises(SuspendedError, match=r"acompletion\(\)"):
        _ = asyncio.run(main()) if inside_a_loop else call()


def test_a_blocking_call_works_inside_a_running_loop() -> None:
    async def main() -> str | None:
        return Client().completion(MODEL, MESSAGES, mock_response="Hi").choices[0].message.content

    assert asyncio.run(main()) == "Hi"


def test_other_runtime_errors_pass(world: World) -> None:
    async def broken(request: Request, call_next: Handler) -> Reply:
        raise RuntimeError("my own")

    with pytest.raises(RuntimeError, match="my own"):
        world.complete(Client(middlewares=[broken]), MODEL, MESSAGES, mock_response="Hi")


def test_a_forgotten_return_of_a_plain_function_is_named(world: World) -> None:
    @before
    def forgetful(request: Request) -> Request:
        replace(request, model="openai/other")
        return None  # type: ignore[return-value]  # the mistake under test

    with pytest.raises(BadRequestError, match="forgetful returned NoneType instead of a request"):
        world.complete(Client(middlewares=[forgetful]), MODEL, MESSAGES, mock_response="Hi")


def test_one_frame_a_layer_in_a_traceback() -> None:
    calls: list[str] = []
    layers = [Recorder(str(number), calls) for number in range(5)]
    with pytest.raises(RateLimitError) as caught:
        Client(middlewares=layers).completion(MODEL, MESSAGES, mock_response=RateLimitError("no"))
    names = [entry.frame.code.name for entry in caught.traceback]
    assert names.count("__call__") == len(layers)


class TestBuilding:
    def test_a_class_is_no_middleware(self) -> None:
        with pytest.raises(TypeError, match=r"Retry is a class, use an instance: Retry\(\)"):
            Client(middlewares=[Retry])  # type: ignore[list-item]  # the mistake under test

    def test_one_is_no_list(self) -> None:
        with pytest.raises(TypeError, match=r"expected a list, got Retry.*; wrap it in a list"):
            Client(middlewares=Retry())  # type: ignore[arg-type]  # the mistake under test

    def test_something_else_is_no_middleware(self) -> None:
        with pytest.raises(TypeError, match=r"middlewares\[0\]: expected a callable, got 5"):
            Client(middlewares=[5])  # type: ignore[list-item]  # the mistake under test

    def test_an_option_claimed_twice(self) -> None:
        class Mine:
            options = frozenset({"num_retries"})

            async def __call__(self, request: Request, call_next: Handler) -> Reply:
                return await call_next(request)

        with pytest.raises(ValueError, match="'num_retries' is claimed by"):
            Client(middlewares=[Retry(), Mine()])

    def test_an_option_of_ones_own(self, world: World) -> None:
        class Tagged:
            options = frozenset({"tag"})
            seen: str | None = None

            async def __call__(self, request: Request, call_next: Handler) -> Reply:
                self.seen = request.options["tag"]
                assert "tag" not in request.params
                return await call_next(request)

        tagged = Tagged()
        world.complete(Client(middlewares=[tagged]), MODEL, MESSAGES, mock_response="", tag="a")
        assert tagged.seen == "a"

    def test_an_option_that_nobody_takes(self) -> None:
        with pytest.raises(BadRequestError, match="num_retries: no middleware"):
            Client(middlewares=[]).completion(MODEL, MESSAGES, num_retries=1)

    def test_describe(self) -> None:
        async def timing(request: Request, call_next: Handler) -> Reply:
            return await call_next(request)

        client = Client(middlewares=[timing, Retry(attempts=5)], engine="h11")
        assert client.describe().splitlines() == [
            " 1 timing",
            " 2 Retry(attempts=5)",
            " 3 ProviderAdapter(), engine='h11'",
        ]
        assert repr(client) == "<Client timing > Retry(attempts=5), engine='h11'>"


class TestTwoOwners:
    """Two layers that take the same option are refused, also for one call."""

    def test_two_retries(self, world: World, mode: str) -> None:
        remedy = r"default_middlewares\(retry=Retry\(\.\.\.\)\)"
        with pytest.raises(ValueError, match=remedy):
            Client([Retry(), Retry()])
        with pytest.raises(ValueError, match=remedy):
            Client().with_middlewares(Retry())
        fake = FakeProvider(["Hello"])
        with fake.client() as client, pytest.raises(BadRequestError, match=remedy) as caught:
            world.answer(client, mode, "openai/a", MESSAGES, middlewares=[Retry()])
        assert caught.value.param == "middlewares"
        assert not fake.requests

    def test_a_class_for_one_call(self, world: World) -> None:
        with Client() as client, pytest.raises(BadRequestError, match="Retry is a class"):
            world.complete(client, "openai/a", MESSAGES, middlewares=[Retry])


def test_an_adapter_that_is_none() -> None:
    with pytest.raises(TypeError, match=r"adapter: expected .* got int"):
        Client(adapter=cast("Any", 3))


@pytest.mark.parametrize("given", ["x", {"a": 1}, [3], 5], ids=repr)
def test_a_model_list_that_is_none(given: Any) -> None:
    for make in (Router, Route):
        with pytest.raises(ValueError, match=r"model_list(\[0\])?: expected a"):
            make(given)


async def with_a_key(request: Request, call_next: Handler, key: str = "") -> Reply:
    del key
    return await call_next(request)


def test_a_partial_function_has_the_name_of_the_function() -> None:
    bound = partial(with_a_key, key="s3cr3t")
    client = Client([bound, before(partial(replace, params={"user": "s3cr3t"}))])
    assert client.describe().splitlines()[:2] == [" 1 with_a_key", " 2 replace"]
    assert "s3cr3t" not in repr(client)
    response = client.completion(MODEL, MESSAGES, mock_response="Hi")
    assert response.call.trail.layers[:2] == ("with_a_key", "replace")


def test_what_the_decorators_make_says_so() -> None:
    assert repr(before(replace)) == "@before(replace)"
