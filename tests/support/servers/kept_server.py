"""A server that keeps connections, and closes them when the next request is on its way."""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import threading
from collections.abc import Callable

from tests.support.server import END, Answer

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
