"""Many clients at a time, and bytes that are not requests, at a server of its own process."""

from __future__ import annotations

import contextlib
import json
import socket
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.servers.serve_processes import Process, serving

#: Connections that the server keeps, and clients that send nothing.
MOST, CROWD = 200, 2000
HEAD = "{} {} HTTP/1.1\r\nhost: localhost\r\n\r\n"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    path = tmp_path_factory.mktemp("serve") / "serve.toml"
    # Nobody is left because of a timeout before the tests are over.
    path.write_text(f"[server]\nmax_connections = {MOST}\nidle_timeout = 600\n")
    with serving("--config", str(path)) as process:
        yield process


def connect(run: Process) -> socket.socket:
    return socket.create_connection(("127.0.0.1", int(run.url.rpartition(":")[2])), timeout=60)


def read_all(connection: socket.socket) -> bytes:
    """Return what arrives until the server ends the connection."""
    pieces: list[bytes] = []
    with contextlib.suppress(ConnectionResetError):
        while piece := connection.recv(65536):
            pieces.append(piece)
    return b"".join(pieces)


def open_sockets(run: Process) -> int:
    links = [each.readlink() for each in Path(f"/proc/{run.process.pid}/fd").iterdir()]
    return sum(str(link).startswith("socket:") for link in links)


def test_thousands_of_idle_clients(run: Process) -> None:
    """The one that has been idle for the longest time makes room for the next one."""
    with contextlib.ExitStack() as crowd, httpx.Client(base_url=run.url, timeout=60) as client:
        assert client.get("/health").status_code == 200
        before = open_sockets(run)
        idle: deque[socket.socket] = deque()
        for number in range(CROWD):
            idle.append(crowd.enter_context(connect(run)))
            if number % 100 == 0:
                assert httpx.get(f"{run.url}/health", timeout=60).status_code == 200
            if len(idle) > MOST:
                # The one that came first has been left, and reads the end.
                with idle.popleft() as first:
                    assert first.recv(1) == b""
        assert open_sockets(run) - before <= MOST
        idle[-1].sendall(HEAD.format("GET", "/health").encode())
        assert idle[-1].recv(65536).startswith(b"HTTP/1.1 200")
        assert httpx.get(f"{run.url}/v1/models", timeout=60).status_code == 200
        assert client.get("/health").status_code == 200


NOT_HTTP = [
    (b"\x16\x03\x01\x02\x00\x01\x00", 400),
    (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    (HEAD.format("GET", "/v1/mod\u00e9ls").encode(), 400),
    (b"GET /health HTTP/1.1\r\nhost localhost\r\n\r\n", 400),
    (b"POST /v1/messages HTTP/1.1\r\nhost: localhost\r\ncontent-length: -5\r\n\r\n", 400),
    (HEAD.format("FROB", "/v1/messages").encode(), 405),
    (HEAD.format("FROB", "/v1/models").encode(), 405),
    (HEAD.format("FROB", "/nowhere").encode(), 404),
]


@pytest.mark.parametrize(("sent", "status"), NOT_HTTP)
def test_what_is_not_http_is_refused_in_the_format_of_the_api(
    run: Process, sent: bytes, status: int
) -> None:
    with connect(run) as connection:
        connection.sendall(sent)
        head, _, body = read_all(connection).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert b"\r\nconnection: close" in head
    assert (b"\r\nallow: " in head) is (status == 405)
    error = json.loads(body)
    assert error["error"]["message"]
    assert ("type" in error) is (b"messages" in sent)


def test_a_load_balancer_may_ask_for_the_head_only(run: Process) -> None:
    assert httpx.head(f"{run.url}/health").status_code == 200


@pytest.mark.parametrize("apart", [False, True])
def test_an_offer_of_another_protocol_is_ignored(run: Process, apart: bool) -> None:
    """Java's client makes it with each request; the body is read, and the connection kept."""
    body = b'{"model": 5}'
    head = (
        "POST /v1/messages HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
        "Connection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAEAAEAA\r\nUpgrade: h2c\r\n"
        f"content-length: {len(body)}\r\n\r\n"
    ).encode()
    with connect(run) as connection:
        for _ in range(2):
            for piece in (head, body) if apart else (head + body,):
                connection.sendall(piece)
            answer = b""
            while not answer.endswith(b"}"):
                answer += connection.recv(65536)
            assert answer.startswith(b"HTTP/1.1 400 ")
            assert b"messages: " in answer
