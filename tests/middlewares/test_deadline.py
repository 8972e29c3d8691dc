"""Deadline: one limit over all attempts, waits and fallbacks."""

from __future__ import annotations

from collections.abc import Awaitable
from time import monotonic
from typing import Any

import anyio
import pytest
import tenacity

from tests.support.answers import MESSAGES, TEXT, chunk_bodies, failing, good
from tests.support.clocks import Clock
from tests.support.server import Answer, Server, answer_events
from tests.support.worlds import World
from trunkline import Client, Handler, RateLimitError, Reply, Request, Retry, Timeout, replace
from trunkline.middlewares.deadline import Deadline
from trunkline.middlewares.fallback import Fallback
from trunkline.testing import FakeProvider, Pause

NOW = 1000.0
SILENT = Answer([], ending="silent")
STALL = [Pause(3600)]


def endless(mode: str) -> Answer:
    """An answer that begins at once, is never silent and never ends."""
    events = answer_events(chunk_bodies()[:2], done=False)
    pieces = [b" "] if mode == "plain" else events.pieces
    return Answer(pieces, headers={"content-type": "application/json"}, ending="endless")


def chain(*middlewares: Any) -> Client:
    return Client([Deadline(), *middlewares, Retry(wait=tenacity.wait_none())])


def ask(world: World, mode: str, client: Client, server: Server, **arguments: Any) -> Any:
    return world.answer(
        client, mode, "openai/a", MESSAGES, base_url=server.url, api_key="k" * 9, **arguments
    )


def ask_fake(world: World, mode: str, client: Client, fake: FakeProvider, **arguments: Any) -> Any:
    return world.answer(client.with_adapter(fake), mode, "openai/a", MESSAGES, **arguments)


class TestMoments:
    """What `timeout` becomes."""

    @pytest.mark.parametrize(
        ("timeout", "stream", "answer_by", "deadline"),
        [
            (None, False, NOW + 600, NOW + 600),
            (None, True, NOW + 600, None),
            (5, False, NOW + 5, NOW + 5),
            (5, True, NOW + 5, None),
            ({"total": 9}, False, NOW + 9, NOW + 9),
            ({"total": 9}, True, NOW + 9, NOW + 9),
            ({"answer": 4, "total": 9}, True, NOW + 4, NOW + 9),
            ({"answer": 9, "total": 4}, True, NOW + 4, NOW + 4),
            ({"answer": 4, "total": 9}, False, NOW + 4, NOW + 4),
            ({"idle": 3, "first_event": 2}, False, None, None),
        ],
    )
    def test_of_a_call(
        self, timeout: Any, stream: bool, answer_by: float | None, deadline: float | None
    ) -> None:
        seen: list[Request] = []

        def note(request: Request, call_next: Handler) -> Awaitable[Reply]:
            seen.append(request)
            # Seconds of this clock are long past on the transport's.
            return call_next(replace(request, answer_by=None, deadline=None))

        with Client([Deadline(clock=Clock(NOW)), note]) as client:
            client.completion(
                "openai/a", MESSAGES, stream=stream, timeout=timeout, mock_response="hi"
            )
        assert (seen[0].answer_by, seen[0].deadline) == (answer_by, deadline)

    def test_an_earlier_one_holds_on(self) -> None:
        seen: list[float | None] = []

        def note(request: Request, call_next: Handler) -> Awaitable[Reply]:
            seen.append(request.answer_by)
            return call_next(replace(request, answer_by=None, deadline=None))

        with Client([Deadline(clock=Clock(NOW)), Deadline(clock=Clock(NOW + 50)), note]) as client:
            client.completion("openai/a", MESSAGES, timeout=5, mock_response="hi")
        assert seen == [NOW + 5]


class TestAttempts:
    def test_share_one_limit(self, world: World, mode: str) -> None:
        fake = FakeProvider([STALL])
        with pytest.raises(Timeout) as caught:
            ask_fake(world, mode, chain(), fake, timeout=0.2)
        assert caught.value.attempts == len(fake.requests) == 1

    def test_the_limit_ends_a_wait_that_may_be_longer(self, world: World, mode: str) -> None:
        fake = FakeProvider([500, STALL])
        with pytest.raises(Timeout) as caught:
            ask_fake(world, mode, chain(), fake, timeout={"answer": 0.3, "first_event": 20})
        assert caught.value.attempts == len(fake.requests) == 2

    def test_the_error_says_which_limit(self, server: Server, world: World, mode: str) -> None:
        server.reply(SILENT)
        with pytest.raises(Timeout, match="no response within the total limit"):
            ask(world, mode, chain(), server, timeout={"answer": 0.3, "first_event": 20})

    def test_have_limits_of_their_own(self, world: World, mode: str) -> None:
        fake = FakeProvider([STALL, STALL, TEXT])
        limits = {"first_event": 0.1, "answer": 60}
        response = ask_fake(world, mode, chain(), fake, timeout=limits)
        assert response.attempts == len(fake.requests) == 3

    @pytest.mark.usefixtures("provider_keys")
    def test_a_fallback_shares_it(self, world: World, mode: str) -> None:
        fake = FakeProvider([STALL])
        with pytest.raises(Timeout):
            ask_fake(world, mode, chain(Fallback(["openai/b"])), fake, timeout=0.2)
        assert len(fake.requests) == 1

    @pytest.mark.usefixtures("provider_keys")
    def test_a_fallback_may_have_less(self, world: World, mode: str) -> None:
        fake = FakeProvider([401, STALL, TEXT])
        fallbacks = [{"model": "openai/b", "timeout": 0.2}, "openai/c"]
        response = ask_fake(world, mode, chain(Fallback(fallbacks)), fake, timeout=60)
        assert [request.model for request in fake.requests] == ["openai/a", "openai/b", "openai/c"]
        assert response.attempts == 3

    def test_a_wait_that_is_too_long_is_not_begun(
        self, server: Server, world: World, mode: str
    ) -> None:
        server.reply(failing(429, retry_after="20"), good(mode))
        clock = Clock()
        with pytest.raises(RateLimitError):
            ask(world, mode, chain(clock.fast_forward), server, timeout=10)
        assert (len(server.seen), clock.sleeps) == (1, [])

    def test_one_that_fits_is(self, server: Server, world: World, mode: str) -> None:
        server.reply(failing(429, retry_after="20"), good(mode))
        clock = Clock()
        assert ask(world, mode, chain(clock.fast_forward), server, timeout=60).attempts == 2
        assert clock.sleeps == [20]

    def test_without_time_none_is_begun(self, server: Server, world: World, mode: str) -> None:
        def dawdle(request: Request, call_next: Handler) -> Awaitable[Reply]:
            return call_next(replace(request, answer_by=monotonic() - 1))

        server.reply(good(mode))
        with pytest.raises(Timeout, match="no time is left") as caught:
            ask(world, mode, chain(dawdle), server, timeout=5)
        assert caught.value.attempts == len(server.seen) == 0


class TestAnswers:
    def test_a_whole_one_must_be_here(self, server: Server, world: World) -> None:
        server.reply(endless("plain"))
        with pytest.raises(Timeout):
            ask(world, "plain", chain(), server, timeout=0.3, num_retries=0)

    def test_a_stream_may_go_on(self, server: Server, world: World) -> None:
        """It is read for longer than `timeout`, and not cut."""
        server.reply(endless("stream"))
        client, seconds = chain(), 1.0
        arguments: dict[str, Any] = {
            "base_url": server.url,
            "api_key": "k" * 9,
            "timeout": seconds,
        }
        end = monotonic() + 1.2 * seconds
        if world.blocking:
            with client.completion("openai/a", MESSAGES, stream=True, **arguments) as stream:
                while monotonic() < end:
                    next(stream)
            return

        async def read() -> None:
            reply = await client.acompletion("openai/a", MESSAGES, stream=True, **arguments)
            async with reply:
                while monotonic() < end:
                    await anext(reply)

        world.run(read)

    def test_but_not_beyond_the_total(self, server: Server, world: World) -> None:
        server.reply(endless("stream"))
        with pytest.raises(Timeout) as caught:
            ask(world, "stream", chain(), server, timeout={"total": 0.3})
        assert caught.value.partial is not None

    def test_what_is_fast_enough(self, server: Server, world: World, mode: str) -> None:
        server.reply(good(mode))
        response = ask(world, mode, chain(), server, timeout=60)
        assert response.choices[0].message.content == TEXT


def test_alone_in_a_chain(server: Server) -> None:
    server.reply(SILENT)
    with Client([Deadline()]) as client, pytest.raises(Timeout):
        client.completion("openai/a", MESSAGES, base_url=server.url, api_key="k" * 9, timeout=0.1)


def test_cancelling_goes_through(server: Server) -> None:
    server.reply(SILENT)

    async def main() -> None:
        with anyio.move_on_after(0.1) as scope:
            await chain().acompletion(
                "openai/a", MESSAGES, base_url=server.url, api_key="k" * 9, timeout=60
            )
        assert scope.cancelled_caught

    anyio.run(main)
    server.wait_until_gone()
