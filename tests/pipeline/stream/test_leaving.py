"""Streams that are left, closed, dropped or cancelled close their connection."""

from __future__ import annotations

import asyncio
import gc

import pytest
import trio

from tests.pipeline.stream.streams import MODEL, arguments, endless, kinds, opened, seen_gone
from tests.support.answers import MESSAGES, chunk_body, good
from tests.support.server import Server, answer_events
from tests.support.worlds import World
from trunkline import Client, Outcome

pytestmark = pytest.mark.usefixtures("engine")


class TestLeaving:
    """However a caller leaves, the server sees it at once and observers hear of it once."""

    def check(self, server: Server, outcomes: list[Outcome]) -> None:
        assert kinds(outcomes) == ["abandoned"]
        assert outcomes[0].response is not None
        assert outcomes[0].response.choices[0].message.content
        server.wait_until_gone()

    def test_break(self, server: Server, client: Client, outcomes: list[Outcome]) -> None:
        server.reply(endless())
        stream = client.completion(MODEL, MESSAGES, stream=True, **arguments(server))
        for _ in stream:
            break
        self.check(server, outcomes)
        assert list(stream) == []

    def test_an_exception_in_the_loop(
        self, server: Server, client: Client, outcomes: list[Outcome]
    ) -> None:
        server.reply(endless())

        def read() -> None:
            for _ in client.completion(MODEL, MESSAGES, stream=True, **arguments(server)):
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            read()
        self.check(server, outcomes)

    def test_close(self, server: Server, client: Client, outcomes: list[Outcome]) -> None:
        server.reply(endless())
        with client.completion(MODEL, MESSAGES, stream=True, **arguments(server)) as stream:
            next(stream)
            stream.close()
            stream.close()
        self.check(server, outcomes)

    def test_dropped(self, server: Server, client: Client, outcomes: list[Outcome]) -> None:
        server.reply(endless())
        stream = client.completion(MODEL, MESSAGES, stream=True, **arguments(server))
        next(stream)
        del stream
        gc.collect()
        self.check(server, outcomes)

    @pytest.mark.parametrize("name", ["asyncio", "trio"])
    def test_break_in_a_loop(
        self, name: str, server: Server, client: Client, outcomes: list[Outcome]
    ) -> None:
        server.reply(endless())

        async def leave() -> None:
            stream = await opened(client, server)
            async for _ in stream:
                break
            assert kinds(outcomes) == ["abandoned"]
            await seen_gone(server)

        World(name).run(leave)
        self.check(server, outcomes)

    @pytest.mark.parametrize("name", ["asyncio", "trio"])
    def test_aclose(
        self, name: str, server: Server, client: Client, outcomes: list[Outcome]
    ) -> None:
        server.reply(endless())

        async def leave() -> None:
            async with await opened(client, server) as stream:
                await anext(stream)
                await stream.aclose()
                await stream.aclose()
            await seen_gone(server)

        World(name).run(leave)
        self.check(server, outcomes)

    def test_a_cancelled_task(
        self, server: Server, client: Client, outcomes: list[Outcome]
    ) -> None:
        answer = answer_events([chunk_body({"content": "word "})], done=False)
        answer.ending = "stall"
        server.reply(answer)

        async def leave() -> None:
            first = asyncio.Event()

            async def read() -> None:
                async for _ in await opened(client, server):
                    first.set()

            task = asyncio.create_task(read())
            await first.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await seen_gone(server)

        asyncio.run(leave())
        self.check(server, outcomes)

    def test_a_cancelled_scope(
        self, server: Server, client: Client, outcomes: list[Outcome]
    ) -> None:
        answer = answer_events([chunk_body({"content": "word "})], done=False)
        answer.ending = "stall"
        server.reply(answer)

        async def leave() -> None:
            with trio.CancelScope() as scope:
                async for _ in await opened(client, server):
                    scope.cancel()
            await seen_gone(server)

        trio.run(leave)
        self.check(server, outcomes)

    def test_after_the_finish_reason_the_answer_is_whole(
        self, server: Server, client: Client, outcomes: list[Outcome]
    ) -> None:
        server.reply(good("stream"))
        for chunk in client.completion(MODEL, MESSAGES, stream=True, **arguments(server)):
            if chunk.choices[0].finish_reason:
                break
        assert kinds(outcomes) == ["completed"]
