"""Counts of deployments, in memory and in Redis."""

from __future__ import annotations

import logging

import anyio
import pytest

from tests.support.answers import MESSAGES, failing, good
from tests.support.chain.deployments import QUICK, ask, asked, in_turn, models
from tests.support.clocks import Clock
from tests.support.server import Server
from tests.support.servers.redis_server import connect, connect_asyncio
from tests.support.worlds import World
from trunkline import Client, Retry, Stream
from trunkline.clients.router import Router
from trunkline.middlewares.routing.redis_state import RedisState
from trunkline.middlewares.routing.state import Load, MemoryState, Quota, Result, RouteState
from trunkline.pipeline.transport.async_io import AsyncIO
from trunkline.pipeline.transport.sync_io import SyncIO


class TestStates:
    """What is written is read again, in both places alike."""

    def test_counts(self, state: RouteState, clock: Clock, world: World) -> None:
        async def main() -> None:
            io = SyncIO() if world.blocking else AsyncIO()
            quota = Quota(rpm=3)
            assert await state.read(io, ["a"]) == [Load()]
            tickets = [await state.begin(io, "a", quota) for _ in range(3)]
            assert await state.begin(io, "a", quota) is None
            assert None not in tickets
            results = [
                Result(tokens=5, seconds=2.0),
                Result(tokens=7, seconds=4.0, cooling=9),
                Result(first_seconds=0.5, cooling=4, blocked=3),
            ]
            for ticket, result in zip(tickets[:2], results[:2], strict=True):
                await state.end(io, "a", ticket or "", result)
            clock.advance(2)
            other, load = await state.read(io, ["b", "a"])
            assert other == Load(resets=58)
            assert load == Load(active=1, requests=3, tokens=12, seconds=2.4, cooling=7, resets=58)
            clock.advance(60)
            await state.end(io, "a", tickets[2] or "", results[2])
            (load,) = await state.read(io, ["a"])
            assert load == Load(seconds=2.4, first_seconds=0.5, cooling=4, blocked=3, resets=58)

        if world.blocking:
            with pytest.raises(StopIteration):
                main().send(None)
        else:
            world.run(main)


class TestRedis:
    def test_processes_share_it(self, server: Server, redis_url: str, clock: Clock) -> None:
        clients = [connect(redis_url) for _ in range(2)]
        clients[0].flushall()
        states = [RedisState(client, clock=clock) for client in clients]
        one, two = (Client([in_turn(server, state, 2)]) for state in states)
        assert ask(server, one, failing(500)) == ["m0", "m1"]
        assert ask(server, two) == ["m1"]
        for client in clients:
            client.close()

    def test_an_asyncio_client(self, server: Server, redis_url: str, mode: str) -> None:
        async def main() -> None:
            store = connect_asyncio(redis_url)
            await store.flushall()
            client = Client([in_turn(server, RedisState(store)), Retry(wait=QUICK)])
            server.reply(failing(500), good(mode))
            for _ in range(2):
                reply = await client.acompletion("chat", MESSAGES, stream=mode == "stream")
                if isinstance(reply, Stream):
                    assert [chunk async for chunk in reply]
            assert asked(server) == ["m0", "m1", "m1"]
            assert [load.active for load in await RedisState(store).read(AsyncIO(), ["d1"])] == [0]
            await client.aclose()
            await store.aclose()

        anyio.run(main)

    def test_by_url(self, server: Server, redis_url: str) -> None:
        with Router(models(server), redis_url=redis_url) as client:
            assert ask(server, client)[0] in ("m0", "m1")
        with pytest.raises(ValueError, match="pass only one of them"):
            Router(models(server), redis_url=redis_url, state=MemoryState())

    def test_a_request_of_a_process_that_died_ends_by_itself(
        self, redis_url: str, clock: Clock
    ) -> None:
        async def main() -> None:
            io, quota = AsyncIO(), Quota(max_parallel_requests=1)
            with connect(redis_url) as client:
                client.flushall()
                state = RedisState(client, clock=clock, lease=100)
                assert await state.begin(io, "a", quota) is not None
                assert await state.begin(io, "a", quota) is None
                clock.advance(101)
                assert (await state.read(io, ["a"]))[0].active == 0
                assert await state.begin(io, "a", quota) is not None

        anyio.run(main)

    def test_one_that_is_down_stops_nothing(
        self, server: Server, world: World, mode: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        gone = Server()
        url = gone.url.replace("http", "redis")
        gone.close()
        state = RedisState.from_url(url)
        server.reply(failing(500), good(mode))
        client = Client([in_turn(server, state, 2), Retry(wait=QUICK)])
        with caplog.at_level(logging.WARNING, "trunkline"):
            response = world.answer(client, mode, "chat", MESSAGES)
        assert response.attempts == 2
        assert [record.message for record in caplog.records] == [
            "cannot reach Redis, so limits and cooldowns are not shared: ConnectionError"
        ]
