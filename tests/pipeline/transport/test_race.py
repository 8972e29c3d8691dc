"""Alternatives that run at the same time: one wins, and nothing of the others is left."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import closing
from contextvars import ContextVar
from typing import Any

import anyio
import pytest

from tests.support.answers import MESSAGES, good
from tests.support.server import Answer, Reaction, Seen, Server
from tests.support.worlds import World
from trunkline import APIError, Client, Handler, RateLimitError, Reply, Request, Stream, replace
from trunkline.pipeline.port import IO
from trunkline.testing import FakeProvider, Pause

MODEL = "openai/gpt-4o"
FOREVER = 3600.0

pytestmark = pytest.mark.usefixtures("engine")


class Race:
    """Calls on once for each change of the request, all at the same time."""

    def __init__(self, *changes: dict[str, Any]) -> None:
        self.changes = changes
        self.cancelled: list[int] = []

    async def __call__(self, request: Request, call_next: Handler) -> Reply:
        def alternative(number: int, change: dict[str, Any]) -> Callable[[IO], Any]:
            async def run(io: IO) -> Reply:
                try:
                    return await call_next(replace(request, io=io, **change))
                except Exception:
                    raise
                except BaseException:
                    self.cancelled.append(number)
                    raise

            return run

        return await request.io.race([alternative(n, c) for n, c in enumerate(self.changes)])


def models(count: int) -> list[dict[str, Any]]:
    return [{"model": f"openai/model-{number}"} for number in range(count)]


class ByModel:
    """The last layer: responds as each model does."""

    def __init__(self, **items: Any) -> None:
        self.fakes = {
            f"openai/{name.replace('_', '-')}": FakeProvider([items[name]]) for name in items
        }

    async def __call__(self, request: Request, call_next: Handler) -> Reply:
        return await self.fakes[request.model](request)

    @property
    def open_streams(self) -> int:
        return sum(fake.open_streams for fake in self.fakes.values())


@pytest.mark.parametrize("mode", ["plain", "stream"])
def test_the_first_to_succeed_wins(world: World, mode: str) -> None:
    race = Race(*models(3))
    fakes = ByModel(model_0=[Pause(FOREVER), "slow"], model_1=503, model_2=["quick ", "answer"])
    response = world.answer(Client([race, fakes]), mode, MODEL, MESSAGES)
    assert response.choices[0].message.content == "quick answer"
    assert race.cancelled == [0]
    assert fakes.open_streams == 0


def test_if_all_fail_the_first_ones_error_is_raised(world: World) -> None:
    race = Race(*models(2))
    fakes = ByModel(model_0=RateLimitError("first"), model_1=503)
    with pytest.raises(RateLimitError, match="first"):
        world.complete(Client([race, fakes]), MODEL, MESSAGES)
    assert race.cancelled == []


def test_context_variables_and_one_alternative(world: World) -> None:
    tenant: ContextVar[str] = ContextVar("tenant", default="none")
    seen: list[str] = []

    def look(request: Request, call_next: Handler) -> Any:
        seen.append(tenant.get())
        return call_next(request)

    tenant.set("a")
    client = FakeProvider(["one"]).client([Race({}), look])
    response = world.complete(client, MODEL, MESSAGES)
    assert response.choices[0].message.content == "one"
    assert seen == ["a"]


class Slow:
    """A server that answers `before` requests, and then sends nothing more."""

    def __init__(self, server: Server, before: int = 0) -> None:
        self.arrived = threading.Event()
        answers: list[Reaction] = [good("plain")] * before
        server.reply(*answers, self._stall)

    def _stall(self, _: Seen) -> Answer:
        self.arrived.set()
        return Answer([], ending="silent")

    async def wait(self, request: Request, call_next: Handler) -> Reply:
        """Send the winner's request when the loser's has arrived."""
        if request.model == "openai/winner":
            await request.io.run(self.arrived.wait)
        return await call_next(request)


@pytest.mark.parametrize("mode", ["plain", "stream"])
def test_the_losers_connection_is_closed(world: World, mode: str) -> None:
    with closing(Server()) as other, closing(Server()) as quick:
        slow = Slow(other)
        quick.reply(good(mode))
        race = Race({"base_url": other.url}, {"base_url": quick.url, "model": "openai/winner"})
        client = Client([race, slow.wait])
        response = world.answer(client, mode, MODEL, MESSAGES, api_key="sk-0123456789")
        assert response.choices[0].message.content == "Hello there!"
        assert race.cancelled == [0]
        other.wait_until_gone()


def test_a_connection_that_was_used_before_is_closed_too(world: World) -> None:
    with closing(Server()) as other, closing(Server()) as quick:
        slow = Slow(other, before=1)
        quick.reply(good("plain"))

        async def twice(request: Request, call_next: Handler) -> Reply:
            await call_next(replace(request, base_url=other.url))
            race = Race({"base_url": other.url}, {"base_url": quick.url, "model": "openai/winner"})
            return await race(request, call_next)

        client = Client([twice, slow.wait])
        response = world.complete(client, MODEL, MESSAGES, api_key="sk-0123456789")
        assert response.choices[0].message.content == "Hello there!"
        other.wait_until_gone()


def test_the_winners_connection_serves_on(world: World, server: Server) -> None:
    for _ in range(2):
        server.reply(good("stream"))

    async def one(request: Request, call_next: Handler) -> Reply:
        return await Race({})(request, call_next)

    client = Client([one])
    arguments: dict[str, Any] = {"base_url": server.url, "api_key": "sk-0123456789"}

    def blocking() -> None:
        for _ in range(2):
            assert len(list(client.completion(MODEL, MESSAGES, stream=True, **arguments))) == 4

    async def asynchronous() -> None:
        for _ in range(2):
            stream = await client.acompletion(MODEL, MESSAGES, stream=True, **arguments)
            assert len([chunk async for chunk in stream]) == 4

    if world.blocking:
        blocking()
    else:
        world.run(asynchronous)
    assert server.connections == 1


def test_a_loser_that_returns_a_stream_too_late(world: World) -> None:
    """A loser that cannot be stopped, here by a layer that shields it, has its stream closed."""
    fakes = ByModel(model_0=["quick"], model_1=["late ", "stream"])
    won = threading.Event()
    late: list[Stream] = []

    async def first(request: Request, call_next: Handler) -> Reply:
        reply = await call_next(request)
        if request.model == "openai/model-1":
            assert isinstance(reply, Stream)
            late.append(reply)
            if world.blocking:
                won.wait()
            else:
                with anyio.CancelScope(shield=True):
                    while not won.is_set():
                        await anyio.sleep(0)
        return reply

    async def mark(request: Request, call_next: Handler) -> Reply:
        if request.model == "openai/model-0":
            while not late:
                await request.io.sleep(0.001)
            reply = await call_next(request)
            won.set()
            return reply
        return await call_next(request)

    _, stream = world.stream(Client([Race(*models(2)), mark, first, fakes]), MODEL, MESSAGES)
    assert stream.response.choices[0].message.content == "quick"
    deadline = time.monotonic() + 10
    while fakes.open_streams and time.monotonic() < deadline:
        time.sleep(0.001)
    assert fakes.open_streams == 0
    (other,) = late
    assert other.outcome is not None
    assert other.outcome.kind == "abandoned"


def test_races_within_races(world: World) -> None:
    inner, outer = Race(*models(2)), Race({}, {"model": "openai/quick"})

    async def maybe(request: Request, call_next: Handler) -> Reply:
        if request.model == "openai/quick":
            return await call_next(request)
        return await inner(request, call_next)

    fakes = ByModel(model_0=[Pause(FOREVER), "a"], model_1=[Pause(FOREVER), "b"], quick="here")
    response = world.complete(Client([outer, maybe, fakes]), MODEL, MESSAGES)
    assert response.choices[0].message.content == "here"
    assert sorted(inner.cancelled) == [0, 1]
    assert outer.cancelled == [0]


def test_a_signal_that_a_loser_waits_for(world: World) -> None:
    ended: list[str] = []

    async def waits(io: IO) -> str:
        try:
            await io.event().wait(FOREVER)
        except BaseException as error:
            ended.append(type(error).__name__)
            raise
        return "late"

    async def quick(io: IO) -> str:
        return "quick"

    async def race(request: Request, call_next: Handler) -> Reply:
        alternatives: Sequence[Callable[[IO], Coroutine[Any, Any, str]]] = [waits, quick]
        assert await request.io.race(alternatives) == "quick"
        return await call_next(request)

    world.complete(FakeProvider(["done"]).client([race]), MODEL, MESSAGES)
    assert len(ended) == 1


def test_an_error_that_is_no_exception_of_the_library(world: World) -> None:
    async def broken(io: IO) -> Reply:
        raise ZeroDivisionError

    async def race(request: Request, call_next: Handler) -> Reply:
        return await request.io.race([broken])

    with pytest.raises(ZeroDivisionError):
        world.complete(FakeProvider([]).client([race]), MODEL, MESSAGES)
    assert not issubclass(ZeroDivisionError, APIError)
