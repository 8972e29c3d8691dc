"""Requests on kept connections that the server closes at the same time."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.answers import TEXT, chunk_bodies, good
from tests.support.chain.calls_in_turn import Calls
from tests.support.chain.gates import until
from tests.support.server import answer_events
from tests.support.servers.kept_server import (
    KeptServer,
    close,
    interim,
    one_byte,
    reset,
    wait,
    written,
)
from tests.support.tiny_gguf import CHAT_TEXT
from tests.support.worlds import World
from trunkline import (
    APIConnectionError,
    Client,
    Timeout,
)

pytestmark = pytest.mark.usefixtures("engine")

MODEL = "openai/gpt-4o"


Serve = Callable[..., KeptServer]


@pytest.fixture
def serve() -> Iterator[Serve]:
    running: list[KeptServer] = []

    def start(*arguments: Any, **named: Any) -> KeptServer:
        running.append(KeptServer(*arguments, **named))
        return running[-1]

    yield start
    for server in running:
        server.stop()


@pytest.fixture
def calls(world: World, client: Client, mode: str) -> Calls:
    return Calls(world, client, mode)


AGAIN = ["sent again", "attempt"]


@pytest.mark.parametrize("react", [close, reset])
def test_a_request_that_met_a_closed_connection_is_sent_again(
    react: Callable[[socket.socket], None], mode: str, calls: Calls, serve: Serve
) -> None:
    server = serve(written(good(mode)), react)
    assert calls.make(server.url, 2) == [TEXT] * 2
    assert calls.attempts == [1, 1]
    assert calls.notes == [["attempt"], AGAIN]
    assert server.requests == [1, 1, 2]


@pytest.mark.parametrize("react", [one_byte, interim])
def test_never_after_a_byte_of_a_response(
    react: Callable[[socket.socket], None], mode: str, calls: Calls, serve: Serve
) -> None:
    server = serve(written(good(mode)), react)
    with pytest.raises(APIConnectionError):
        calls.make(server.url, 2)
    assert calls.notes == [["attempt"]] * 2
    assert server.requests == [1, 1]


def test_never_on_a_new_connection(mode: str, calls: Calls, serve: Serve) -> None:
    server = serve(written(good(mode)), fresh=0)
    with pytest.raises(APIConnectionError, match="without sending a response"):
        calls.make(server.url, 1)
    assert server.requests == [1]


def test_never_twice(mode: str, calls: Calls, serve: Serve) -> None:
    server = serve(written(good(mode)), fresh=1)
    with pytest.raises(APIConnectionError, match="without sending a response"):
        calls.make(server.url, 2)
    assert calls.notes == [["attempt"], AGAIN]
    assert server.requests == [1, 1, 2]


def test_never_after_a_limit(mode: str, calls: Calls, serve: Serve) -> None:
    server = serve(written(good(mode)), wait)
    with pytest.raises(Timeout):
        calls.make(server.url, 2, last={"timeout": {"first_event": 0.2}})
    assert calls.notes == [["attempt"]] * 2
    # The server may read the second request after the limit.
    until(lambda: len(server.requests) == 2)
    assert server.requests == [1, 1]


def test_a_server_that_closes_after_streams(
    world: World, client: Client, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It costs one request; then each stream has a connection of its own for a while."""
    now = [1000.0]
    monkeypatch.setattr("trunkline.pipeline.transport.connections.monotonic", lambda: now[0])
    calls = Calls(world, client, "stream")
    server = serve(written(good("stream")))
    if world.blocking:
        assert calls.make(server.url, 4) == [TEXT] * 4
        assert server.requests == [1, 1, 2, 3, 4]
        now[0] += 601
        calls.make(server.url, 2)
        assert server.requests[5:] == [5, 5, 6]
    else:
        assert calls.make(server.url, 4) == [TEXT] * 4
        assert server.requests == [1, 1, 2, 3, 4]


def test_a_server_that_closes_after_other_responses(
    world: World, client: Client, serve: Serve
) -> None:
    calls = Calls(world, client, "plain")
    server = serve(written(good("plain")))
    assert calls.make(server.url, 4) == [TEXT] * 4
    assert server.requests == [1, 1, 2, 2, 3, 3, 4]


def some_milliseconds(number: int) -> float:
    return number % 6 / 1000


def test_a_server_that_closes_after_some_milliseconds(
    calls: Calls, mode: str, serve: Serve
) -> None:
    server = serve(written(good(mode)), linger=some_milliseconds)
    assert calls.make(server.url, 30) == [TEXT] * 30
    assert calls.attempts == [1] * 30


def test_a_stream_keeps_the_connection_of_a_server_that_keeps_it(
    world: World, client: Client, server: Any
) -> None:
    server.reply(answer_events(chunk_bodies()))
    calls = Calls(world, client, "stream")
    assert calls.make(server.url, 5) == [TEXT] * 5
    assert server.connections == 1


def test_streams_one_after_the_other_from_llama_cpp(
    world: World, client: Client, tiny_gguf: Path
) -> None:
    pytest.importorskip("xllamacpp", reason="the extra `local` is not installed")
    calls = Calls(world, client, "stream")
    assert calls.ask(f"local/{tiny_gguf}", 30, temperature=0) == [CHAT_TEXT] * 30
    assert calls.attempts == [1] * 30
