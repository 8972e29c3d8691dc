"""Limits hold whatever bytes a server sends, although there is always something to read."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support.answers import MESSAGES, chunk_body
from tests.support.server import END
from tests.support.worlds import World
from trunkline import Client, Deadline, Timeout

pytestmark = pytest.mark.usefixtures("engine")

MODEL = "openai/gpt-4o"
JSON = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
EVENTS = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


CONTENT = chunk(b"data: %b\n\n" % json.dumps(chunk_body({"content": "Hi"})).encode())
COMMENT = chunk(b": ping\n\n")
BYTE = chunk(b" ")
FLOOD = chunk(b" " * 60_000)
INTERIM = b"HTTP/1.1 103 Early Hints\r\n\r\n"
# A chunk's size may have any number of zeros in front.
FRAMING = b"0"


class Flood:
    """Sends one head to each request, and then the same bytes until the client goes."""

    def __init__(self, head: bytes, again: bytes) -> None:
        self._head = head
        self._again = again
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                with connection, contextlib.suppress(OSError):
                    self._flood(connection)

    def _flood(self, connection: socket.socket) -> None:
        data = b""
        while END not in data or not data.endswith(b"}"):
            data += connection.recv(65536)
        connection.sendall(self._head)
        while True:
            connection.sendall(self._again)

    def stop(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(10)


@pytest.fixture
def flood() -> Iterator[Callable[[bytes, bytes], str]]:
    running: list[Flood] = []

    def start(head: bytes, again: bytes) -> str:
        running.append(Flood(head, again))
        return running[-1].url

    yield start
    for server in running:
        server.stop()


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let 10 ms pass each time a limit is looked at, and no other time; returns the times."""
    seen = [time.monotonic()]

    def now() -> float:
        seen.append(seen[0] + len(seen) / 100)
        return seen[-1]

    monkeypatch.setattr("trunkline.pipeline.transport.limits.monotonic", now)
    return seen


CASES = {
    "comments before content, answer": ("stream", EVENTS, COMMENT, "answer", "first_event"),
    "comments before content, total": ("stream", EVENTS, COMMENT, "total", "first_event"),
    "comments after content": ("stream", EVENTS + CONTENT, COMMENT, "total", "mid_stream"),
    "content without end": ("stream", EVENTS + CONTENT, CONTENT, "total", "mid_stream"),
    "bytes after content": ("stream", EVENTS + CONTENT, BYTE, "total", "mid_stream"),
    "a flood after content": ("stream", EVENTS + CONTENT, FLOOD, "total", "mid_stream"),
    "one byte at a time, answer": ("plain", JSON, BYTE, "answer", "mid_stream"),
    "one byte at a time, total": ("plain", JSON, BYTE, "total", "mid_stream"),
    "a flood": ("plain", JSON, FLOOD, "total", "mid_stream"),
    "interim responses, first_event": ("plain", INTERIM, INTERIM, "first_event", "first_event"),
    "interim responses, answer": ("stream", INTERIM, INTERIM, "answer", "first_event"),
    "framing without data": ("stream", EVENTS, FRAMING, "first_event", "first_event"),
}


def check_limit(
    case: str, world: World, flood: Callable[[bytes, bytes], str], looks: list[float]
) -> None:
    """Make a call to a server that goes on sending, and check when its limit ends it."""
    mode, head, again, limit, phase = CASES[case]
    arguments: Any = {"base_url": flood(head, again), "api_key": "sk-0123456789"}
    client = Client(middlewares=[Deadline(clock=lambda: looks[-1])])
    with pytest.raises(Timeout) as caught:
        world.answer(client, mode, MODEL, MESSAGES, timeout={limit: 0.5}, **arguments)
    assert caught.value.phase == phase
    # Half a second has passed 50 looks after the limit has begun.
    assert len(looks) < 65
    if mode == "stream" and phase == "mid_stream":
        assert caught.value.partial is not None
        assert (caught.value.partial.choices[0].message.content or "").startswith("Hi")


@pytest.mark.parametrize("case", CASES)
def test_a_limit_holds(
    case: str, world: World, flood: Callable[[bytes, bytes], str], looks: list[float]
) -> None:
    check_limit(case, world, flood, looks)


def test_the_limit_answer_ends_with_the_first_content(
    world: World, flood: Callable[[bytes, bytes], str], looks: list[float]
) -> None:
    arguments: Any = {"base_url": flood(EVENTS + CONTENT, COMMENT), "api_key": "sk-0123456789"}
    client = Client(middlewares=[Deadline(clock=lambda: looks[-1])])
    with pytest.raises(Timeout):
        world.answer(
            client, "stream", MODEL, MESSAGES, timeout={"answer": 0.5, "total": 2}, **arguments
        )
    assert looks[-1] - looks[0] > 1.9
