"""SharedLimit: one limit for all that share a state, in memory and in Redis."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from functools import partial
from typing import Any

import anyio
import pytest

from tests.support.answers import MESSAGES, failing, good
from tests.support.clocks import Clock
from tests.support.server import Server
from tests.support.servers.redis_server import connect, connect_asyncio
from tests.support.worlds import World
from trunkline import (
    Client,
    InternalServerError,
    LimitExceededError,
    RedisState,
    Request,
    SharedLimit,
)
from trunkline.middlewares.routing.state import MemoryState, RouteState
from trunkline.middlewares.shared_limit import POLL_INTERVAL
from trunkline.testing import FakeProvider

MODEL = "openai/a"


def where(server: Server) -> dict[str, Any]:
    return {"base_url": server.url, "api_key": "k" * 9}


class TestMinutes:
    def test_requests_of_all_clients_wait_together(
        self, server: Server, state: RouteState, clock: Clock, world: World, mode: str
    ) -> None:
        server.reply(good(mode))
        clients = [
            Client([clock.fast_forward, SharedLimit(state, rpm=2, clock=clock)]) for _ in range(2)
        ]
        clock.advance(10)
        for number in range(5):
            world.answer(clients[number % 2], mode, MODEL, MESSAGES, **where(server))
        assert len(server.seen) == 5
        assert clock.sleeps == [50, 60]

    @pytest.mark.parametrize(("tpm", "sleeps"), [(8, [60, 60]), (9, [60]), (24, [])])
    def test_tokens(
        self,
        server: Server,
        state: RouteState,
        clock: Clock,
        mode: str,
        tpm: int,
        sleeps: list[float],
    ) -> None:
        # Every answer has 8 tokens.
        server.reply(good(mode))
        client = Client([clock.fast_forward, SharedLimit(state, tpm=tpm, clock=clock)])
        for _ in range(3):
            World("sync").answer(client, mode, MODEL, MESSAGES, **where(server))
        assert clock.sleeps == sleeps

    @pytest.mark.parametrize("wait", [0, 59.5])
    def test_are_refused(
        self, server: Server, state: RouteState, clock: Clock, world: World, wait: float
    ) -> None:
        server.reply(good("plain"))
        client = Client([clock.fast_forward, SharedLimit(state, rpm=1, wait=wait, clock=clock)])
        world.complete(client, MODEL, MESSAGES, **where(server))
        with pytest.raises(LimitExceededError, match=r"rpm=1 .* retry in 60\.0 s") as caught:
            world.complete(client, MODEL, MESSAGES, **where(server))
        assert (caught.value.retry_after, clock.sleeps) == (60, [])
        assert len(server.seen) == 1

    def test_a_call_waits_no_longer_than_it_may_take(
        self, server: Server, state: RouteState, clock: Clock
    ) -> None:
        server.reply(good("plain"))
        client = Client(
            [clock.fast_forward, *Client().middlewares[:4], SharedLimit(state, rpm=1, clock=clock)]
        )
        client.completion(MODEL, MESSAGES, **where(server))
        with pytest.raises(LimitExceededError):
            client.completion(MODEL, MESSAGES, timeout=30, **where(server))
        assert clock.sleeps == []

    def test_are_counted_by_key_and_by_name(
        self, server: Server, state: RouteState, clock: Clock
    ) -> None:
        def model(request: Request) -> str:
            return request.model

        server.reply(good("plain"))
        one = Client([SharedLimit(state, rpm=1, wait=0, key=model, clock=clock)])
        for name in ("openai/a", "openai/b"):
            one.completion(name, MESSAGES, **where(server))
        with pytest.raises(LimitExceededError):
            one.completion("openai/a", MESSAGES, **where(server))
        other = Client([SharedLimit(state, rpm=1, wait=0, key=model, name="other", clock=clock)])
        other.completion("openai/a", MESSAGES, **where(server))


class TestPlaces:
    @pytest.mark.parametrize("leave", ["close", "read", "drop"])
    def test_a_stream_keeps_its_place_to_its_end(
        self, server: Server, state: RouteState, leave: str
    ) -> None:
        server.reply(good("stream"))
        with Client([SharedLimit(state, max_parallel_requests=1, wait=0)]) as client:

            def ask() -> Any:
                return client.completion(MODEL, MESSAGES, stream=True, **where(server))

            stream = ask()
            with pytest.raises(LimitExceededError) as caught:
                ask()
            assert caught.value.retry_after is None
            if leave == "close":
                stream.close()
            elif leave == "read":
                list(stream)
            del stream
            list(ask())

    def test_a_failure_gives_it_back(self, server: Server, state: RouteState, world: World) -> None:
        server.reply(failing(500), good("plain"))
        client = Client([SharedLimit(state, max_parallel_requests=1, wait=0)])
        with pytest.raises(InternalServerError):
            world.complete(client, MODEL, MESSAGES, **where(server))
        world.complete(client, MODEL, MESSAGES, **where(server))

    @pytest.mark.parametrize("world", [World("asyncio"), World("trio")], ids=repr)
    def test_a_cancelled_call_gives_it_back(
        self, server: Server, state: RouteState, world: World
    ) -> None:
        client = Client([SharedLimit(state, max_parallel_requests=1, wait=0)])

        async def main() -> None:
            inside = anyio.Event()

            async def stay(request: Request, call_next: Any) -> Any:
                inside.set()
                await anyio.sleep_forever()

            async with anyio.create_task_group() as group:
                staying = Client([*client.middlewares, stay])
                group.start_soon(partial(staying.acompletion, MODEL, MESSAGES, **where(server)))
                await inside.wait()
                with pytest.raises(LimitExceededError):
                    await client.acompletion(MODEL, MESSAGES, **where(server))
                group.cancel_scope.cancel()

        # The loop ends with the call.
        world.run(main)
        server.reply(good("plain"))
        client.completion(MODEL, MESSAGES, **where(server))

    @pytest.mark.parametrize("connect_to", [connect, connect_asyncio])
    def test_a_call_that_is_cancelled_while_it_takes_it(
        self, redis_url: str, connect_to: Callable[[str], Any]
    ) -> None:
        async def main() -> None:
            watching, client = connect_asyncio(redis_url), connect_to(redis_url)
            # A thread may give the place back, so the next call waits for it.
            limit = SharedLimit(
                RedisState(client), max_parallel_requests=1, wait=30, name=repr(main)
            )
            calls = Client([limit])

            async def call() -> None:
                await calls.acompletion(MODEL, MESSAGES, api_key="k" * 9, mock_response="Hi")

            # The scripts are known to the server from now on.
            await call()
            await watching.client_pause(60_000, all=False)
            task = asyncio.create_task(call())
            while not any("b" in each["flags"] for each in await watching.client_list()):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.sleep(0)
            await watching.client_unpause()
            with pytest.raises(asyncio.CancelledError):
                await task
            await call()
            await watching.aclose()
            await (
                client.aclose()
                if connect_to is connect_asyncio
                else asyncio.to_thread(client.close)
            )

        asyncio.run(main())

    def test_who_waits_asks_again(self, server: Server, state: RouteState) -> None:
        server.reply(good("stream"))
        streams: list[Any] = []

        class Watched(Clock):
            def advance(self, seconds: float) -> None:
                # The place is left while another waits for the third time.
                super().advance(seconds)
                if len(self.sleeps) == 3:
                    streams.pop().close()

        watched = Watched()
        limit = SharedLimit(state, max_parallel_requests=1)
        client = Client([watched.fast_forward, limit])
        streams.append(client.completion(MODEL, MESSAGES, stream=True, **where(server)))
        second = client.completion(MODEL, MESSAGES, stream=True, **where(server))
        assert watched.sleeps == [POLL_INTERVAL] * 3
        assert [note.event for note in second.call.trail.notes].count("waited") == 1
        second.close()


@pytest.mark.parametrize("limits", [{}, {"rpm": 0}, {"max_parallel_requests": -1}])
def test_a_limit_is_above_zero(limits: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"needs at least one of|expected an int of 1 or more"):
        SharedLimit(MemoryState(), **limits)


def test_its_repr_says_the_limits() -> None:
    assert (
        repr(SharedLimit(MemoryState(), rpm=3, tpm=9)) == "SharedLimit(MemoryState(), rpm=3, tpm=9)"
    )


@pytest.mark.parametrize("name", ["asyncio", "trio"])
def test_a_stream_that_is_only_dropped_gives_its_slot_back(
    name: str, state: RouteState, caplog: pytest.LogCaptureFixture
) -> None:
    fake = FakeProvider([["a ", "b "]] * 2)
    client = fake.client([SharedLimit(state, max_parallel_requests=1)])

    async def main() -> None:
        stream = await client.acompletion(MODEL, MESSAGES, stream=True)
        await anext(stream)
        del stream
        gc.collect()
        # The second call waits until the slot is free.
        async with await client.acompletion(MODEL, MESSAGES, stream=True, timeout=30) as second:
            await anext(second)

    World(name).run(main)
    assert not caplog.records
