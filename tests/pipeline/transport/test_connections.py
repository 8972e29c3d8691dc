"""Connections: kept, given up, encrypted and proxied; the same with either engine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.pipeline.transport.conftest import Serve
from tests.support.answers import MESSAGES, TEXT, good
from tests.support.forking import run_forked
from tests.support.server import Server
from tests.support.servers.proxy_server import CERTIFICATE
from tests.support.servers.raw_server import HEAD, body, sized
from tests.support.worlds import World
from trunkline import APIConnectionError, BadRequestError, Client, StreamInterruptedError
from trunkline.pipeline.engines import choose_engine

pytestmark = pytest.mark.usefixtures("engine")

MODEL = "openai/gpt-4o"


def ask(
    world: World,
    client: Client,
    url: str,
    times: int = 1,
    between: Callable[[], object] = lambda: None,
) -> list[str | None]:
    """Ask several times, one after the other, in one event loop."""
    arguments: Any = {"base_url": url, "api_key": "sk-0123456789"}
    answers: list[Any] = []
    if world.blocking:
        for _ in range(times):
            answers.append(client.completion(MODEL, MESSAGES, **arguments))
            between()
    else:

        async def calls() -> None:
            for _ in range(times):
                answers.append(await client.acompletion(MODEL, MESSAGES, **arguments))
                between()

        world.run(calls)
    return [answer.choices[0].message.content for answer in answers]


class TestFraming:
    """However an answer says where it ends."""

    def test_a_length(self, world: World, client: Client, serve: Serve) -> None:
        server = serve(sized())
        assert ask(world, client, server.url, 3) == [TEXT] * 3
        assert server.connections == 1

    def test_the_end_of_the_connection(self, world: World, client: Client, serve: Serve) -> None:
        server = serve(HEAD + b"\r\n" + body(), close=True)
        assert ask(world, client, server.url, 2) == [TEXT] * 2
        assert server.connections == 2

    def test_a_server_that_wants_no_more(self, world: World, client: Client, serve: Serve) -> None:
        server = serve(sized(b"connection: close\r\n"))
        assert ask(world, client, server.url, 2) == [TEXT] * 2
        assert server.connections == 2

    def test_an_announcement_before_the_answer(
        self, world: World, client: Client, serve: Serve
    ) -> None:
        server = serve(b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n" + sized())
        assert ask(world, client, server.url, 2) == [TEXT] * 2
        assert server.connections == 1

    def test_what_follows_an_answer_is_not_taken_for_the_next(
        self, world: World, client: Client, serve: Serve
    ) -> None:
        server = serve(sized() + b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
        assert ask(world, client, server.url, 2) == [TEXT] * 2
        assert server.connections == 2

    def test_a_server_that_closed_meanwhile(
        self, world: World, client: Client, serve: Serve
    ) -> None:
        server = serve(sized(), close=True)
        answers = ask(world, client, server.url, 3, between=server.closed.acquire)
        assert answers == [TEXT] * 3
        assert server.connections == 3

    @pytest.mark.parametrize(
        "answer",
        [b"", b"SSH-2.0-x\r\n\r\n", HEAD + b"x" * 200_000, b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n"],
    )
    def test_what_is_no_answer(
        self, answer: bytes, world: World, client: Client, serve: Serve
    ) -> None:
        server = serve(answer, close=True)
        with pytest.raises(APIConnectionError):
            ask(world, client, server.url)

    def test_a_body_cut_off(self, world: World, client: Client, serve: Serve) -> None:
        server = serve(sized()[:-10], close=True)
        with pytest.raises(StreamInterruptedError):
            ask(world, client, server.url)


def test_large_messages(world: World, client: Client, server: Server) -> None:
    server.reply(good("plain"))
    text = "x" * 5_000_000
    messages = [{"role": "user", "content": text}]
    world.complete(client, MODEL, messages, base_url=server.url, api_key="sk-0123456789")
    assert server.seen[0].json["messages"][0]["content"] == text


@pytest.mark.parametrize("name", ["x y", "x:y", "x\r\ny", ""])
def test_a_header_name_that_is_none(
    name: str, world: World, client: Client, server: Server
) -> None:
    with pytest.raises(BadRequestError, match="header"):
        world.complete(
            client,
            MODEL,
            MESSAGES,
            base_url=server.url,
            api_key="sk-0123456789",
            extra_headers={name: "value"},
        )
    assert server.connections == 0


def test_threads_share_the_connections(client: Client, server: Server) -> None:
    server.reply(good("plain"))
    with ThreadPoolExecutor(8) as threads:
        work = [threads.submit(ask, World("sync"), client, server.url, 20) for _ in range(8)]
        assert all(done.result() == [TEXT] * 20 for done in work)
    assert server.connections <= 8


def test_many_tasks_at_once(client: Client, server: Server) -> None:
    server.reply(good("plain"))
    arguments: Any = {"base_url": server.url, "api_key": "sk-0123456789"}

    async def calls() -> None:
        work: list[Any] = [client.acompletion(MODEL, MESSAGES, **arguments) for _ in range(50)]
        await asyncio.gather(*work)

    asyncio.run(calls())
    # A loop that has ended takes its connections along; the next has its own.
    asyncio.run(calls())
    assert len(server.seen) == 100


def test_a_fork_leaves_the_parent_its_connections(client: Client, server: Server) -> None:
    server.reply(good("plain"))
    assert ask(World("sync"), client, server.url) == [TEXT]

    def ask_again() -> None:
        assert ask(World("sync"), client, server.url) == [TEXT]

    assert run_forked(ask_again) == 0
    assert ask(World("sync"), client, server.url) == [TEXT]
    assert server.connections == 2


class TestTLS:
    def test_a_trusted_server(
        self, world: World, client: Client, serve: Serve, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
        server = serve(sized(), encrypted=True)
        assert ask(world, client, server.url, 3) == [TEXT] * 3
        assert server.connections == 1
        assert server.alpn == "http/1.1"

    def test_a_server_with_an_untrusted_certificate(
        self, world: World, client: Client, serve: Serve
    ) -> None:
        server = serve(sized(), encrypted=True)
        with pytest.raises(APIConnectionError, match=r"localhost.*CERTIFICATE_VERIFY") as caught:
            ask(world, client, server.url)
        assert caught.value.phase == "connect"


class TestTheChoice:
    def test_an_engine_that_is_none(self) -> None:
        wrong: Any = "aiohttp"
        with pytest.raises(ValueError, match="engine"):
            Client(engine=wrong)

    def test_the_variable(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TRUNKLINE_ENGINE", "httpx")
        assert choose_engine(None) == "httpx"
        monkeypatch.setenv("TRUNKLINE_ENGINE", "curl")
        with pytest.raises(ValueError, match="TRUNKLINE_ENGINE"):
            choose_engine(None)
