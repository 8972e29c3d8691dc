"""A small proxy on loopback: HTTP with and without CONNECT, and SOCKS5, also encrypted."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from pathlib import Path
from urllib.parse import urlsplit

CERTIFICATE = Path(__file__).parent / "localhost.pem"


class ProxyServer:
    """Forwards connections to loopback, whatever host they are for.

    Args:
        kind: "http" or "socks5".
        encrypted: whether clients connect with TLS.
        login: the credentials it requires, as "user:password".

    Attributes:
        heads: what clients sent before their connection was forwarded.
        places: the "host:port" that each connection was for.
    """

    def __init__(
        self, kind: str = "http", *, encrypted: bool = False, login: str | None = None
    ) -> None:
        self.heads: list[bytes] = []
        self.places: list[str] = []
        self._kind = kind
        self._login = login
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if encrypted else None
        if self._tls is not None:
            self._tls.load_cert_chain(CERTIFICATE)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        scheme = "https" if encrypted else kind
        credentials = f"{login}@" if login else ""
        self.url = f"{scheme}://{credentials}localhost:{self.port}"
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        for each in (self._socket, *self._open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                self._open.add(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError):
            if self._tls is not None:
                connection = self._tls.wrap_socket(connection, server_side=True)
            with connection:
                begin = self._begin_socks if self._kind == "socks5" else self._begin_http
                begin(connection)

    def _begin_http(self, connection: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            more = connection.recv(65536)
            if not more:
                return
            head += more
        self.heads.append(head)
        method, place, _ = head.partition(b"\r\n")[0].decode().split(" ")
        if method == "CONNECT":
            self._forward(connection, place, b"", b"HTTP/1.1 200 Connected\r\n\r\n")
        else:
            self._forward(connection, urlsplit(place).netloc, head, b"")

    def _begin_socks(self, connection: socket.socket) -> None:
        _, count = _take(connection, 2)
        methods = _take(connection, count)
        if self._login is None:
            connection.sendall(b"\5\0")
        elif 2 not in methods:
            connection.sendall(b"\5\xff")
            return
        else:
            connection.sendall(b"\5\2")
            _, length = _take(connection, 2)
            user = _take(connection, length)
            password = _take(connection, _take(connection, 1)[0])
            right = b"%b:%b" % (user, password) == self._login.encode()
            connection.sendall(b"\1\0" if right else b"\1\1")
            if not right:
                return
        *_, kind = _take(connection, 4)
        if kind == 3:
            host = _take(connection, _take(connection, 1)[0]).decode()
        else:
            family = socket.AF_INET if kind == 1 else socket.AF_INET6
            host = socket.inet_ntop(family, _take(connection, 4 if kind == 1 else 16))
        port = int.from_bytes(_take(connection, 2), "big")
        if port == 9:
            connection.sendall(b"\5\5\0\1" + bytes(6))
            return
        self._forward(connection, f"{host}:{port}", b"", b"\5\0\0\1" + bytes(6))

    def _forward(self, connection: socket.socket, place: str, first: bytes, reply: bytes) -> None:
        self.places.append(place)
        with socket.create_connection(("127.0.0.1", int(place.rpartition(":")[2]))) as server:
            server.sendall(first)
            connection.sendall(reply)
            back = threading.Thread(target=_copy, args=(server, connection), daemon=True)
            back.start()
            _copy(connection, server)
            back.join(10)


def _take(connection: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = connection.recv(count - len(data))
        if not more:
            raise ConnectionError
        data += more
    return data


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
