"""A stream's life: one outcome, told once, and a connection that closes when it should."""

from __future__ import annotations

import asyncio
import contextvars

import pytest

from tests.pipeline.stream.streams import MODEL, arguments, endless, kinds, opened
from tests.support.answers import MESSAGES, TEXT, chunk_bodies, good
from tests.support.server import Server, answer_events
from tests.support.worlds import World
from trunkline import (
    Client,
    Handler,
    ModelResponseStream,
    Outcome,
    Reply,
    Request,
    Stream,
    StreamInterruptedError,
    observe,
)

pytestmark = pytest.mark.usefixtures("engine")


def test_a_plain_answer_has_its_outcome(
    world: World, server: Server, client: Client, outcomes: list[Outcome]
) -> None:
    server.reply(good("plain"))
    response = world.complete(client, MODEL, MESSAGES, base_url=server.url, api_key="k" * 9)
    assert kinds(outcomes) == ["completed"]
    assert outcomes[0].response is response


def test_a_stream_read_to_its_end(
    world: World, server: Server, client: Client, outcomes: list[Outcome]
) -> None:
    server.reply(good("stream"))
    _, stream = world.stream(client, MODEL, MESSAGES, base_url=server.url, api_key="k" * 9)
    assert kinds(outcomes) == ["completed"]
    assert outcomes[0].response == stream.response
    assert stream.response.choices[0].message.content == TEXT
    assert stream.outcome is outcomes[0]


def test_the_connection_serves_on(world: World, server: Server, client: Client) -> None:
    server.reply(good("stream"))
    if world.blocking:
        for _ in range(3):
            assert (
                len(list(client.completion(MODEL, MESSAGES, stream=True, **arguments(server)))) == 4
            )
    else:

        async def three() -> None:
            for _ in range(3):
                stream = await opened(client, server)
                assert len([chunk async for chunk in stream]) == 4

        world.run(three)
    assert server.connections == 1


class TestUsage:
    """It is asked for always, and its chunk is shown to those who asked."""

    def test_it_is_known_but_not_shown(self, world: World, server: Server, client: Client) -> None:
        server.reply(good("stream"))
        chunks, stream = world.stream(client, MODEL, MESSAGES, base_url=server.url, api_key="k" * 9)
        assert server.seen[0].json["stream_options"] == {"include_usage": True}
        assert all(chunk.choices for chunk in chunks)
        assert stream.response.usage is not None
        assert stream.response.usage.total_tokens == 8

    def test_it_is_shown_to_those_who_ask(
        self, world: World, server: Server, client: Client
    ) -> None:
        server.reply(good("stream"))
        chunks, _ = world.stream(
            client,
            MODEL,
            MESSAGES,
            base_url=server.url,
            api_key="k" * 9,
            stream_options={"include_usage": True},
        )
        assert chunks[-1].choices == []
        assert chunks[-1].usage is not None

    def test_a_no_is_respected(self, server: Server, client: Client) -> None:
        server.reply(good("stream"))
        options = {"include_usage": False}
        list(
            client.completion(
                MODEL, MESSAGES, stream=True, **arguments(server), stream_options=options
            )
        )
        assert server.seen[0].json["stream_options"] == options

    def test_a_provider_that_refuses_to_be_asked(self, server: Server, client: Client) -> None:
        server.reply(good("stream"))
        list(client.completion("mistral/x", MESSAGES, stream=True, **arguments(server)))
        assert "stream_options" not in server.seen[0].json


def test_a_truncated_stream_has_one_outcome(
    world: World, server: Server, client: Client, outcomes: list[Outcome]
) -> None:
    server.reply(answer_events(chunk_bodies()[:2], done=False))
    with pytest.raises(StreamInterruptedError) as caught:
        world.stream(client, MODEL, MESSAGES, base_url=server.url, api_key="k" * 9)
    assert kinds(outcomes) == ["truncated"]
    assert outcomes[0].error is caught.value


def test_a_failed_stream_has_one_outcome(
    world: World, server: Server, client: Client, outcomes: list[Outcome]
) -> None:
    error = {"error": {"message": "no", "code": 500}}
    server.reply(answer_events([*chunk_bodies()[:2], error]))
    with pytest.raises(StreamInterruptedError):
        world.stream(client, MODEL, MESSAGES, base_url=server.url, api_key="k" * 9)
    assert kinds(outcomes) == ["failed"]


class TestMap:
    """A middleware may change chunks; those outside of it see what it made of them."""

    def loud(self, chunk: ModelResponseStream) -> ModelResponseStream | None:
        delta = chunk.choices[0].delta if chunk.choices else None
        if delta is None or delta.content == "there!":
            return None
        delta.content = delta.content.upper() if delta.content else None
        return chunk

    def test_chunks_and_response_are_changed(
        self, world: World, server: Server, outcomes: list[Outcome]
    ) -> None:
        inner: list[Outcome] = []

        async def outside(request: Request, call_next: Handler) -> Reply:
            return observe(await call_next(request), outcomes.append)

        async def change(request: Request, call_next: Handler) -> Reply:
            reply = await call_next(request)
            assert isinstance(reply, Stream)
            return reply.map(self.loud)

        async def inside(request: Request, call_next: Handler) -> Reply:
            return observe(await call_next(request), inner.append)

        server.reply(good("stream"))
        client = Client(middlewares=[outside, change, inside])
        chunks, _ = world.stream(client, MODEL, MESSAGES, base_url=server.url, api_key="k" * 9)
        assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == "HELLO "
        assert [kinds(outcomes), kinds(inner)] == [["completed"], ["completed"]]
        assert outcomes[0].response is not None
        assert outcomes[0].response.choices[0].message.content == "HELLO "

    def test_leaving_reaches_the_inside(
        self, server: Server, client: Client, outcomes: list[Outcome]
    ) -> None:
        async def change(request: Request, call_next: Handler) -> Reply:
            reply = await call_next(request)
            assert isinstance(reply, Stream)
            return reply.map(lambda chunk: chunk)

        server.reply(endless())
        for _ in client.with_middlewares(change).completion(
            MODEL, MESSAGES, stream=True, **arguments(server)
        ):
            break
        assert kinds(outcomes) == ["abandoned"]
        server.wait_until_gone()


def test_observers_run_in_the_callers_context(world: World, server: Server, client: Client) -> None:
    tenant = contextvars.ContextVar("tenant", default="none")
    seen: list[str] = []

    async def watch(request: Request, call_next: Handler) -> Reply:
        return observe(await call_next(request), lambda _: seen.append(tenant.get()))

    def call() -> None:
        tenant.set("a")
        server.reply(good("stream"))
        own = client.with_middlewares(watch)
        world.stream(own, MODEL, MESSAGES, base_url=server.url, api_key="k" * 9)

    contextvars.copy_context().run(call)
    assert seen == ["a"]


def test_every_observer_hears_of_it_and_the_first_error_is_raised(server: Server) -> None:
    seen: list[str] = []

    def broken(_: Outcome) -> None:
        raise ZeroDivisionError

    async def watch(request: Request, call_next: Handler) -> Reply:
        reply = await call_next(request)
        assert isinstance(reply, Stream)
        reply.observe(broken)
        reply.observe(lambda outcome: seen.append(outcome.kind))
        return reply

    server.reply(good("stream"))
    stream = Client(middlewares=[watch]).completion(
        MODEL, MESSAGES, stream=True, **arguments(server)
    )
    with pytest.raises(ZeroDivisionError):
        list(stream)
    assert seen == ["completed"]


def test_the_wrong_loop_is_refused(server: Server, client: Client) -> None:
    server.reply(good("stream"))
    stream = client.completion(MODEL, MESSAGES, stream=True, **arguments(server))

    async def read() -> None:
        async for _ in stream:
            pass

    with pytest.raises(TypeError, match=r"completion\(\) or responses\(\): read it with 'for'"):
        asyncio.run(read())

    async def other() -> None:
        asynchronous = await opened(client, server)
        with pytest.raises(TypeError, match="async for"):
            next(iter(asynchronous))
        await asynchronous.aclose()

    asyncio.run(other())
    stream.close()


def test_repr(server: Server, client: Client) -> None:
    server.reply(good("stream"))
    stream = client.completion(MODEL, MESSAGES, stream=True, **arguments(server))
    assert repr(stream) == "Stream('gpt-4o', open)"
    list(stream)
    assert repr(stream) == "Stream('gpt-4o', completed)"
