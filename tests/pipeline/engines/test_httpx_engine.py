"""The engine "httpx" passes tests of our own connections; docs/performance.md has exceptions."""

from __future__ import annotations

import gc
from collections.abc import Callable
from time import monotonic
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from tests.pipeline.transport.test_kept_connections import AGAIN
from tests.pipeline.transport.test_limits import CASES, check_limit, flood, looks
from tests.pipeline.transport.test_names import (
    names,
    test_a_look_up_that_stalls,
    test_an_unknown_name,
)
from tests.pipeline.transport.test_network import (
    TestSilence,
    test_a_key_with_a_line_break_is_not_shown,
    test_a_refused_connection_names_the_host,
    test_a_wrong_base_url,
    test_an_answer_comes_whole,
    test_compressed_answers,
)
from tests.pipeline.transport.test_proxies import test_a_variable_that_cannot_be_read
from tests.pipeline.transport.test_refusals import (
    start,
    test_a_server_that_closes,
    test_a_server_that_neither_reads_nor_closes,
    test_a_server_that_only_informs,
    test_a_server_that_refuses_with_tls,
)
from tests.pipeline.transport.test_sizes import (
    TestCompression,
    TestEvents,
    TestTheOption,
    test_a_body_without_end,
    test_a_few_bytes_that_expand,
    test_an_error_whose_body_is_cut_off,
)
from tests.support.answers import MESSAGES, TEXT, good
from tests.support.chain.calls_in_turn import Calls
from tests.support.clocks import Clock
from tests.support.forking import run_forked
from tests.support.server import Answer, Seen, Server
from tests.support.servers.kept_server import KeptServer, close, one_byte, reset, written
from tests.support.worlds import World
from trunkline import APIConnectionError, BadRequestError, Client

__all__ = [
    "TestCompression",
    "TestEvents",
    "TestSilence",
    "TestTheOption",
    "flood",
    "looks",
    "names",
    "start",
    "test_a_body_without_end",
    "test_a_few_bytes_that_expand",
    "test_a_key_with_a_line_break_is_not_shown",
    "test_a_look_up_that_stalls",
    "test_a_refused_connection_names_the_host",
    "test_a_server_that_closes",
    "test_a_server_that_neither_reads_nor_closes",
    "test_a_server_that_only_informs",
    "test_a_server_that_refuses_with_tls",
    "test_a_variable_that_cannot_be_read",
    "test_a_wrong_base_url",
    "test_an_answer_comes_whole",
    "test_an_error_whose_body_is_cut_off",
    "test_an_unknown_name",
    "test_compressed_answers",
]

pytestmark = pytest.mark.usefixtures("engine")

MODEL = "openai/gpt-4o"
# httpx's parser refuses the size of a chunk that has 100 KB.
LIMITS = [case for case in CASES if case != "framing without data"]


@pytest.mark.parametrize("case", LIMITS)
def test_limits(
    case: str, world: World, flood: Callable[[bytes, bytes], str], looks: list[float]
) -> None:
    # The client is created before the limits begin.
    check_limit(case, world, flood, looks)


@pytest.mark.parametrize("react", [close, reset])
def test_a_request_that_met_a_closed_connection_is_sent_again(
    react: Any, world: World, mode: str, client: Client
) -> None:
    server = KeptServer(written(good(mode)), react)
    calls = Calls(world, client, mode)
    try:
        assert calls.make(server.url, 2) == [TEXT] * 2
    finally:
        server.stop()
    assert calls.attempts == [1, 1]
    assert calls.notes == [["attempt"], AGAIN]
    assert server.requests == [1, 1, 2]


@pytest.mark.parametrize("react", [close, reset])
def test_all_kept_connections_may_be_closed(react: Any, world: World, client: Client) -> None:
    """The request that is sent again meets no further one of them."""
    server = KeptServer(written(good("stream")), react)
    given: dict[str, Any] = {"base_url": server.url, "api_key": "sk-0123456789"}

    async def make(count: int) -> None:
        # Open streams have a connection each, and all are kept when they have ended.
        opened = [
            await client.acompletion(MODEL, MESSAGES, stream=True, **given) for _ in range(count)
        ]
        for stream in opened:
            assert [chunk async for chunk in stream]

    async def make_all() -> None:
        await make(3)
        await make(1)

    try:
        if world.blocking:
            for count in (3, 1):
                opened = [
                    client.completion(MODEL, MESSAGES, stream=True, **given) for _ in range(count)
                ]
                assert all(list(stream) for stream in opened)
        else:
            world.run(make_all)
    finally:
        server.stop()
    *first, kept, new = server.requests
    assert first == [1, 2, 3]
    assert kept in first
    assert new == 4


def test_never_after_a_byte_of_a_response(world: World, mode: str, client: Client) -> None:
    server = KeptServer(written(good(mode)), one_byte)
    calls = Calls(world, client, mode)
    try:
        with pytest.raises(APIConnectionError):
            calls.make(server.url, 2)
    finally:
        server.stop()
    assert server.requests == [1, 1]


def test_a_connection_is_kept(world: World, mode: str, client: Client, server: Server) -> None:
    server.reply(good(mode))
    assert Calls(world, client, mode).make(server.url, 5) == [TEXT] * 5
    assert server.connections == 1


def test_a_kept_connection_does_not_keep_the_limits_of_a_request(
    world: World, mode: str, client: Client, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    # More than one read brings.
    clock, text = Clock(0), "x" * 200_000

    def react(_seen: Seen) -> Answer:
        # More than may be spent at the end of a stream.
        clock.advance(1)
        return good(mode, text)

    server.reply(react)
    monkeypatch.setattr(
        "trunkline.pipeline.transport.limits.monotonic", lambda: monotonic() + clock.now
    )
    assert Calls(world, client, mode).make(server.url, 5) == [text] * 5
    assert server.connections == 1


@pytest.mark.parametrize("host", ["xn--zzzz.invalid", "[v1.a]", "١٢٧.0.0.1"])
def test_an_address_that_httpx_cannot_use(
    world: World, mode: str, client: Client, host: str
) -> None:
    with pytest.raises(BadRequestError, match="base_url: not an address") as caught:
        world.answer(client, mode, MODEL, MESSAGES, base_url=f"http://{host}/v1", api_key="sk-1")
    assert (caught.value.param, caught.value.attempts) == ("base_url", 0)


def test_no_cookie_is_sent(world: World, client: Client, server: Server) -> None:
    answer = good("plain")
    answer.headers["set-cookie"] = "session=1; Path=/"
    server.reply(answer)
    Calls(world, client, "plain").make(server.url, 2)
    assert [seen.headers.get("cookie") for seen in server.seen] == [None, None]


def test_a_fork_leaves_the_parent_its_connections(client: Client, server: Server) -> None:
    server.reply(good("plain"))
    given: Any = {"base_url": server.url, "api_key": "sk-0123456789"}

    def ask() -> None:
        answer: Any = client.completion(MODEL, MESSAGES, stream=False, **given)
        assert answer.choices[0].message.content == TEXT

    ask()
    assert run_forked(ask) == 0
    ask()
    assert server.connections == 2


@pytest.mark.parametrize("name", ["asyncio", "trio"])
def test_cancelled_calls_leave_nothing(name: str, client: Client, server: Server) -> None:
    """Warnings are errors, and there would be some about generators and sockets."""
    server.reply(good("stream"))
    given: Any = {"base_url": server.url, "api_key": "sk-0123456789", "stream": True}
    call: Any = client.acompletion

    async def call_and_cancel() -> None:
        for steps in range(40):
            with anyio.CancelScope() as scope:
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(cancel_after, scope, steps)
                    stream: Any = await call(MODEL, MESSAGES, **given)
                    async for _ in stream:
                        pass

    World(name).run(call_and_cancel)
    gc.collect()
    server.wait_until_open(0)


async def cancel_after(scope: anyio.CancelScope, steps: int) -> None:
    for _ in range(steps):
        await anyio.lowlevel.checkpoint()
    scope.cancel()
