"""A server that answers every request with the same bytes."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading

from tests.support.answers import completion_body
from tests.support.servers.proxy_server import CERTIFICATE

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"


class RawServer:
    """Answers every request with the same bytes; closes after it where it is told to."""

    def __init__(self, answer: bytes, *, close: bool = False, encrypted: bool = False) -> None:
        self.connections = 0
        self.closed = threading.Semaphore(0)
        self.alpn: str | None = None
        self._answer = answer
        self._close = close
        self._socket = socket.create_server(("127.0.0.1", 0))
        scheme = "https" if encrypted else "http"
        self.url = f"{scheme}://localhost:{self._socket.getsockname()[1]}"
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if encrypted else None
        if self._tls is not None:
            self._tls.load_cert_chain(CERTIFICATE)
            self._tls.set_alpn_protocols(["h2", "http/1.1"])
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            if self._tls is not None:
                connection = self._tls.wrap_socket(connection, server_side=True)
                self.alpn = connection.selected_alpn_protocol()
            self._converse(connection)
        self.closed.release()

    def _converse(self, connection: socket.socket) -> None:
        with connection:
            waiting = b""
            while data := connection.recv(65536):
                waiting += data
                if b'"messages"' in waiting and waiting.endswith(b"}"):
                    waiting = b""
                    connection.sendall(self._answer)
                    if self._close:
                        break

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(10)


def body() -> bytes:
    return json.dumps(completion_body()).encode()


def sized(extra: bytes = b"") -> bytes:
    return HEAD + b"content-length: %d\r\n%b\r\n%b" % (len(body()), extra, body())
