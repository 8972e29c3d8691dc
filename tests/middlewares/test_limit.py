"""Limit: calls at a time and per minute, waiting or refusing."""

from __future__ import annotations

from collections.abc import Awaitable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Any, cast

import anyio
import pytest
import tenacity

from tests.support.answers import MESSAGES, failing, good
from tests.support.clocks import Clock
from tests.support.server import Server
from tests.support.worlds import World
from trunkline import (
    Client,
    Handler,
    InternalServerError,
    RateLimitError,
    Reply,
    Request,
    Retry,
    Stream,
)
from trunkline.middlewares.deadline import Deadline
from trunkline.middlewares.fallback import Fallback
from trunkline.middlewares.limit import Limit, api_key_of
from trunkline.pipeline.errors import LimitExceededError
from trunkline.pipeline.port import Signal

QUICK = tenacity.wait_none()


def ask(client: Client, server: Server, **more: Any) -> Any:
    stream: bool = more.pop("stream", False)
    return client.completion("openai/a", MESSAGES, stream=stream, **arguments(server), **more)


def arguments(server: Server, key: str = "k" * 9) -> dict[str, Any]:
    return {"base_url": server.url, "api_key": key}


class TestRequests:
    def test_wait_for_their_minute(self, server: Server, world: World, mode: str) -> None:
        clock = Clock()
        client = Client([clock.fast_forward, Limit(rpm=2, clock=clock)])
        server.reply(good(mode))
        for _ in range(5):
            world.answer(client, mode, "openai/a", MESSAGES, **arguments(server))
        assert len(server.seen) == 5
        assert clock.sleeps == [60, 60]

    def test_are_refused(self, server: Server, world: World, mode: str) -> None:
        clock = Clock()
        client = Client([Retry(wait=QUICK), Limit(rpm=1, wait=0, clock=clock)])
        server.reply(good(mode))
        world.answer(client, mode, "openai/a", MESSAGES, **arguments(server))
        clock.advance(20)
        with pytest.raises(LimitExceededError, match=r"rpm=1 .* retry in 40\.0 s") as caught:
            world.answer(client, mode, "openai/a", MESSAGES, **arguments(server))
        error = caught.value
        assert isinstance(error, RateLimitError)
        assert (error.retry_after, error.attempts, error.status_code) == (40, 0, 429)
        assert len(server.seen) == 1
        clock.advance(40)
        world.answer(client, mode, "openai/a", MESSAGES, **arguments(server))

    @pytest.mark.parametrize(("wait", "sleeps"), [(60, [60]), (59, [])])
    def test_wait_no_longer_than_allowed(
        self, server: Server, wait: float, sleeps: list[float]
    ) -> None:
        clock = Clock()
        server.reply(good("plain"))
        with Client([clock.fast_forward, Limit(rpm=1, wait=wait, clock=clock)]) as client:
            ask(client, server)
            if not sleeps:
                with pytest.raises(LimitExceededError):
                    ask(client, server)
            else:
                ask(client, server)
        assert clock.sleeps == sleeps

    def test_a_refused_one_takes_no_place(self, server: Server) -> None:
        clock = Clock()
        server.reply(good("plain"))
        with Client([Limit(rpm=1, wait=0, clock=clock)]) as client:
            ask(client, server)
            for _ in range(3):
                with pytest.raises(LimitExceededError):
                    ask(client, server)
            clock.advance(60)
            ask(client, server)

    def test_each_attempt_counts(self, server: Server) -> None:
        clock = Clock()
        server.reply(failing(500), failing(500), good("plain"))
        chain: list[Any] = [clock.fast_forward, Retry(wait=QUICK), Limit(rpm=2, clock=clock)]
        with Client(chain) as client:
            assert ask(client, server).attempts == 3
        assert 60 in clock.sleeps

    def test_the_deadline_ends_the_wait(self, server: Server) -> None:
        clock = Clock()
        server.reply(good("plain"))
        with Client([Deadline(), clock.fast_forward, Limit(rpm=1, clock=clock)]) as client:
            ask(client, server, timeout=30)
            with pytest.raises(LimitExceededError):
                ask(client, server, timeout=30)
            ask(client, server, timeout=90)
        assert clock.sleeps == [60]

    @pytest.mark.usefixtures("provider_keys")
    def test_a_fallback_goes_elsewhere(self, server: Server) -> None:
        server.reply(good("plain"))
        limit = Limit(rpm=1, wait=0, clock=Clock(), key=lambda request: request.model)
        with Client([Fallback(["openai/b"]), limit]) as client:
            ask(client, server)
            ask(client, server)
        assert [seen.json["model"] for seen in server.seen] == ["a", "b"]


class TestTokens:
    """Every answer here has 8 tokens."""

    @pytest.mark.parametrize(("tpm", "sleeps"), [(8, [60, 60]), (9, [60]), (17, []), (24, [])])
    def test_wait_for_their_minute(
        self, server: Server, world: World, mode: str, tpm: int, sleeps: list[float]
    ) -> None:
        clock = Clock()
        client = Client([clock.fast_forward, Limit(tpm=tpm, clock=clock)])
        server.reply(good(mode))
        for _ in range(3):
            world.answer(client, mode, "openai/a", MESSAGES, **arguments(server))
        assert clock.sleeps == sleeps

    def test_come_back_one_by_one(self, server: Server) -> None:
        clock = Clock()
        server.reply(good("plain"))
        with Client([Limit(tpm=16, wait=0, clock=clock)]) as client:
            ask(client, server)
            clock.advance(25)
            ask(client, server)
            with pytest.raises(LimitExceededError) as caught:
                ask(client, server)
            assert caught.value.retry_after == 35
            clock.advance(35)
            ask(client, server)


class TestPlaces:
    def test_no_more_at_a_time(self, server: Server, world: World, mode: str) -> None:
        active, most, lock = 0, 0, Lock()
        met: Signal | None = None

        async def watch(request: Request, call_next: Handler) -> Reply:
            nonlocal active, most, met
            with lock:
                active += 1
                most = max(most, active)
                first = met is None
                met = met or request.io.event()
            if not first:
                met.set()
            # The first waits for a second one: there is room for two.
            elif not await met.wait(30):
                pytest.fail("no second call came during the first")
            reply = await call_next(request)
            with lock:
                active -= 1
            return reply

        client = Client([Limit(max_parallel_requests=2), watch])
        server.reply(good(mode))
        if world.blocking:
            with ThreadPoolExecutor(6) as pool:
                jobs = [
                    pool.submit(
                        world.answer, client, mode, "openai/a", MESSAGES, **arguments(server)
                    )
                    for _ in range(12)
                ]
                for job in jobs:
                    job.result()
        else:

            async def one() -> None:
                reply = await client.acompletion(
                    "openai/a", MESSAGES, stream=mode == "stream", **arguments(server)
                )
                if isinstance(reply, Stream):
                    async for _ in reply:
                        pass

            async def all_of_them() -> None:
                async with anyio.create_task_group() as group:
                    for _ in range(12):
                        group.start_soon(one)

            world.run(all_of_them)
        assert len(server.seen) == 12
        assert most == 2

    @pytest.mark.parametrize("leave", ["close", "read", "drop"])
    def test_a_stream_keeps_its_place_to_its_end(self, server: Server, leave: str) -> None:
        server.reply(good("stream"))
        with Client([Limit(max_parallel_requests=1, wait=0)]) as client:
            stream = ask(client, server, stream=True)
            with pytest.raises(LimitExceededError) as caught:
                ask(client, server, stream=True)
            assert caught.value.retry_after is None
            if leave == "close":
                stream.close()
            elif leave == "read":
                list(stream)
            del stream
            list(ask(client, server, stream=True))

    def test_a_failure_gives_it_back(self, server: Server) -> None:
        server.reply(failing(500), good("plain"))
        with Client([Limit(max_parallel_requests=1, wait=0)]) as client:
            with pytest.raises(InternalServerError):
                ask(client, server)
            ask(client, server)

    def test_waiting_in_vain(self, server: Server, world: World) -> None:
        server.reply(good("stream"))
        client = Client([Limit(max_parallel_requests=1, wait=0.05)])
        if world.blocking:
            stream = ask(client, server, stream=True)
            with pytest.raises(LimitExceededError):
                ask(client, server, stream=True)
            stream.close()
            ask(client, server, stream=True).close()
            return

        async def main() -> None:
            stream = await client.acompletion(
                "openai/a", MESSAGES, stream=True, **arguments(server)
            )
            with pytest.raises(LimitExceededError):
                await client.acompletion("openai/a", MESSAGES, **arguments(server))
            await stream.aclose()
            stream = await client.acompletion(
                "openai/a", MESSAGES, stream=True, **arguments(server)
            )
            await stream.aclose()

        world.run(main)

    @pytest.mark.parametrize("backend", ["asyncio", "trio"])
    def test_a_cancelled_waiter_leaves_the_line(self, server: Server, backend: str) -> None:
        server.reply(good("stream"))
        client = Client([Limit(max_parallel_requests=1)])

        async def main() -> None:
            stream = await client.acompletion(
                "openai/a", MESSAGES, stream=True, **arguments(server)
            )
            with anyio.move_on_after(0.02) as scope:
                await client.acompletion("openai/a", MESSAGES, **arguments(server))
            assert scope.cancelled_caught
            await stream.aclose()
            with anyio.fail_after(30):
                again = await client.acompletion(
                    "openai/a", MESSAGES, stream=True, **arguments(server)
                )
                await again.aclose()

        anyio.run(main, backend=backend)

    def test_a_thread_and_a_loop_share_them(self, server: Server) -> None:
        server.reply(good("stream"))
        client = Client([Limit(max_parallel_requests=1)])
        stream = ask(client, server, stream=True)

        async def main() -> None:
            async with anyio.create_task_group() as group:
                group.start_soon(anyio.to_thread.run_sync, stream.close)
                reply = await client.acompletion(
                    "openai/a", MESSAGES, stream=True, **arguments(server)
                )
                await reply.aclose()

        anyio.run(main)


class TestKeys:
    def test_all_together(self, server: Server) -> None:
        server.reply(good("plain"))
        with Client([Limit(rpm=1, wait=0)]) as client:
            ask(client, server)
            with pytest.raises(LimitExceededError):
                client.completion("openai/b", MESSAGES, **arguments(server, "x" * 9))

    def test_each_key_for_itself(self, server: Server) -> None:
        server.reply(good("plain"))
        with Client([Limit(rpm=1, wait=0, key=api_key_of)]) as client:
            ask(client, server)
            client.completion("openai/a", MESSAGES, **arguments(server, "x" * 9))
            with pytest.raises(LimitExceededError):
                client.completion("openai/b", MESSAGES, **arguments(server, "x" * 9))

    def test_without_a_key_the_adapter_speaks(self, server: Server) -> None:
        with (
            Client([Limit(rpm=1, key=api_key_of)]) as client,
            pytest.raises(Exception, match="no key for OpenAI"),
        ):
            client.completion("openai/a", MESSAGES)


def test_without_limits_it_only_passes_on() -> None:
    class Passed(Exception):
        pass

    def answer(request: Request) -> Awaitable[Reply]:
        raise Passed

    with pytest.raises(Passed):
        Limit()(cast("Request", None), answer)
    assert repr(Limit()) == "Limit()"
    assert repr(Limit(rpm=3, tpm=5)) == "Limit(rpm=3, tpm=5)"


@pytest.mark.parametrize("name", ["rpm", "tpm", "max_parallel_requests"])
def test_no_limit(name: str) -> None:
    limits: dict[str, Any] = {name: 0}
    with pytest.raises(ValueError, match=f"{name}: expected an int of 1 or more, got 0"):
        Limit(**limits)
