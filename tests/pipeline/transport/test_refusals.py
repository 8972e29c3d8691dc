"""Requests that a server refuses before it has read them: its response is read all the same."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator

import pytest

from tests.support.answers import completion_body
from tests.support.server import answer_json
from tests.support.servers.proxy_server import CERTIFICATE
from tests.support.worlds import World
from trunkline import BadRequestError, Client, ModelResponse

pytestmark = pytest.mark.usefixtures("engine")

MODEL = "openai/gpt-4o"
# More than the system's buffers hold.
LARGE = [{"role": "user", "content": "x" * 20_000_000}]
_REFUSAL = b'{"error": {"message": "too large"}}'
REFUSAL = b"HTTP/1.1 413 No\r\ncontent-length: %d\r\n\r\n%b" % (len(_REFUSAL), _REFUSAL)
INFORMATION = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n"

#: What a server does with a connection, the length of the body, and what came of it with the head.
React = Callable[[socket.socket, int], None]


class Server:
    """Reads the head of each request, and then does what it is told."""

    def __init__(self, react: React, *, encrypted: bool = False) -> None:
        self.connections = 0
        self._react = react
        self._open: list[socket.socket] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        scheme = "https" if encrypted else "http"
        self.url = f"{scheme}://localhost:{self._socket.getsockname()[1]}"
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if encrypted else None
        if self._tls is not None:
            self._tls.load_cert_chain(CERTIFICATE)
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                self.connections += 1
                with contextlib.suppress(OSError):
                    self._serve(connection)

    def _serve(self, connection: socket.socket) -> None:
        if self._tls is not None:
            connection = self._tls.wrap_socket(connection, server_side=True)
        self._open.append(connection)
        data = b""
        while b"\r\n\r\n" not in data:
            data += connection.recv(65536)
        head, _, body = data.partition(b"\r\n\r\n")
        length = next(
            int(line.partition(b":")[2])
            for line in head.lower().split(b"\r\n")
            if line.startswith(b"content-length")
        )
        self._react(connection, length - len(body))

    def close(self) -> None:
        for each in (self._socket, *self._open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        self._thread.join(10)


def refuse_and_close(connection: socket.socket, _rest: int) -> None:
    connection.sendall(REFUSAL)
    connection.close()


def refuse_and_stay(connection: socket.socket, _rest: int) -> None:
    """Neither read nor close."""
    connection.sendall(REFUSAL)


def inform_and_read(connection: socket.socket, rest: int) -> None:
    """Say that the request is not refused, and read it when the client has noticed."""
    connection.sendall(INFORMATION)
    while rest > 0:
        rest -= len(connection.recv(1 << 20))
    [body] = answer_json(completion_body("whole")).pieces
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body))


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[React, bool], Server]]:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    # A write that makes no progress for so long looks whether there is a response.
    for module in ("sockets", "trio_sockets"):
        monkeypatch.setattr(f"trunkline.pipeline.transport.{module}.STALL_SECONDS", 0.02)
    started: list[Server] = []

    def run(react: React, encrypted: bool) -> Server:
        started.append(Server(react, encrypted=encrypted))
        return started[-1]

    yield run
    for server in started:
        server.close()


def ask(world: World, mode: str, client: Client, server: Server) -> ModelResponse:
    given = {"base_url": server.url, "api_key": "sk-0123456789"}
    return world.answer(client, mode, MODEL, LARGE, **given)


def test_a_server_that_closes(
    world: World, mode: str, client: Client, start: Callable[[React, bool], Server]
) -> None:
    server = start(refuse_and_close, False)
    for _ in range(2):
        with pytest.raises(BadRequestError, match="too large") as caught:
            ask(world, mode, client, server)
        assert caught.value.status_code == 413
    assert server.connections == 2


def test_a_server_that_refuses_with_tls(
    world: World, client: Client, start: Callable[[React, bool], Server]
) -> None:
    # In a blocking call nothing is read after a connection with TLS was reset.
    server = start(refuse_and_stay if world.blocking else refuse_and_close, True)
    with pytest.raises(BadRequestError, match="too large"):
        ask(world, "plain", client, server)


def test_a_server_that_neither_reads_nor_closes(
    world: World, mode: str, client: Client, start: Callable[[React, bool], Server]
) -> None:
    server = start(refuse_and_stay, False)
    for _ in range(2):
        with pytest.raises(BadRequestError, match="too large") as caught:
            ask(world, mode, client, server)
        assert caught.value.status_code == 413
    # The connection has half a request, and is not used again.
    assert server.connections == 2


def test_a_server_that_only_informs(
    world: World, client: Client, start: Callable[[React, bool], Server]
) -> None:
    server = start(inform_and_read, False)
    answered = ask(world, "plain", client, server)
    assert answered.choices[0].message.content == "whole"
