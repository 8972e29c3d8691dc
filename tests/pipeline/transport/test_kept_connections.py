"""Requests on kept connections that the server closes at the same time."""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.pipeline.transport.test_connections import client
from tests.support.answers import MESSAGES, TEXT, chunk_bodies, good
from tests.support.chain.gates import until
from tests.support.server import END, Answer, answer_events
from tests.support.tiny_gguf import CHAT_TEXT
from tests.support.worlds import World
from trunkline import (
    APIConnectionError,
    Client,
    Handler,
    ModelResponse,
    Reply,
    Request,
    Stream,
    Timeout,
)

__all__ = ["client"]

pytestmark = pytest.mark.usefixtures("engine")

MODEL = "openai/gpt-4o"
Answered = ModelResponse | Stream
RESET = struct.pack("ii", 1, 0)


def written(answer: Answer) -> bytes:
    """Return an answer as bytes: a stream in chunks, anything else with its length."""
    kind = answer.headers["content-type"]
    body = b"".join(answer.pieces)
    if kind != "text/event-stream":
        return b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in answer.pieces)
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n"
    return head + b"\r\n" + chunks + b"0\r\n\r\n"


def close(connection: socket.socket) -> None:
    connection.shutdown(socket.SHUT_WR)


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)


def one_byte(connection: socket.socket) -> None:
    connection.sendall(b"H")


def interim(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n")


def wait(connection: socket.socket) -> None:
    connection.recv(1)


class KeptServer:
    """Answers the first request of each connection and announces keep-alive.

    Args:
        answer: the bytes of each answer.
        react: what it does with the second request of a connection before it closes it.
        fresh: how many connections answer their first request, None for all.
        linger: seconds after which it closes a connection after its first answer.
    """

    def __init__(
        self,
        answer: bytes,
        react: Callable[[socket.socket], None] = close,
        fresh: int | None = None,
        linger: Callable[[int], float | None] = lambda _: None,
    ) -> None:
        self.requests: list[int] = []
        self.connections = 0
        self._answer = answer
        self._react = react
        self._fresh = fresh
        self._linger = linger
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                self.connections += 1
                self._open.add(connection)
                number = self.connections
                threading.Thread(target=self._serve, args=(connection, number), daemon=True).start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        with connection, contextlib.suppress(OSError):
            if not self._receive(connection, number):
                return
            if self._fresh is not None and number > self._fresh:
                return
            connection.sendall(self._answer)
            seconds = self._linger(number)
            if seconds is not None:
                # Whatever arrives meanwhile is not answered.
                select.select([], [], [], seconds)
                return
            if self._receive(connection, number):
                self._react(connection)

    def _receive(self, connection: socket.socket, number: int) -> bool:
        data = b""
        while END not in data or not data.endswith(b"}"):
            more = connection.recv(65536)
            if not more:
                return False
            data += more
        self.requests.append(number)
        return True

    def stop(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


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


class Calls:
    """Makes calls one after the other, in one event loop, and keeps the trail of each."""

    def __init__(self, world: World, client: Client, mode: str) -> None:
        self.notes: list[list[str]] = []
        self.attempts: list[int | None] = []
        self._world = world
        self._client = client.with_middlewares(self._watch)
        self._mode = mode

    async def _watch(self, request: Request, call_next: Handler) -> Reply:
        try:
            return await call_next(request)
        finally:
            self.notes.append([note.event for note in request.trail.notes])

    def make(self, url: str, times: int, **arguments: Any) -> list[str | None]:
        """Make the calls; `last` has arguments for the last one only."""
        given: Any = {"base_url": url, "api_key": "sk-0123456789", **arguments}
        return self.ask(MODEL, times, **given)

    def ask(
        self, model: str, times: int, last: dict[str, Any] | None = None, **arguments: Any
    ) -> list[str | None]:
        given: dict[str, Any] = {**arguments, "stream": self._mode == "stream"}
        each = [given] * (times - 1) + [given | (last or {})]
        client: Any = self._client
        texts: list[str | None] = []

        def note(reply: Answered) -> None:
            whole = reply.response if isinstance(reply, Stream) else reply
            texts.append(whole.choices[0].message.content)
            self.attempts.append(reply.attempts)

        if self._world.blocking:
            for named in each:
                reply: Answered = client.completion(model, MESSAGES, **named)
                if isinstance(reply, Stream):
                    list(reply)
                note(reply)
            return texts

        async def calls() -> None:
            for named in each:
                reply: Answered = await client.acompletion(model, MESSAGES, **named)
                if isinstance(reply, Stream):
                    async for _chunk in reply:
                        pass
                note(reply)

        self._world.run(calls)
        return texts


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
