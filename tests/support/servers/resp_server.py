"""A Redis whose replies a test scripts, for commands that not every Redis has."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from typing import Any, cast

#: Returns the reply to a command: None, an int, a str, bytes, a list, an Exception, or in RESP3 a
#: dict.
Reply = Callable[[list[bytes]], Any]


class RESPServer:
    """Speaks Redis' protocol; `seen` are the commands, except those that begin a connection."""

    def __init__(self, reply: Reply, protocol: int = 2) -> None:
        self._reply = reply
        self.protocol = protocol
        self.seen: list[list[bytes]] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0?protocol={self.protocol}"

    def close(self) -> None:
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as lines:
            while line := lines.readline():
                command: list[bytes] = []
                for _ in range(int(line[1:])):
                    size = int(lines.readline()[1:])
                    command.append(lines.read(size + 2)[:-2])
                if command[0].upper() == b"HELLO":
                    connection.sendall(_encode({"server": "redis", "proto": 3}, 3))
                    continue
                if command[0].upper() in (b"CLIENT", b"SELECT"):
                    connection.sendall(b"+OK\r\n")
                    continue
                self.seen.append(command)
                try:
                    connection.sendall(_encode(self._reply(command), self.protocol))
                except OSError:
                    return


def _encode(value: object, protocol: int) -> bytes:
    match value:
        case None:
            return b"_\r\n" if protocol == 3 else b"$-1\r\n"
        case Exception():
            return f"-ERR {value}\r\n".encode()
        case int():
            return b":%d\r\n" % value
        case dict():
            fields = cast("dict[object, object]", value)
            parts = [_encode(part, protocol) for pair in fields.items() for part in pair]
            return b"%%%d\r\n" % len(fields) + b"".join(parts)
        case list():
            items = [_encode(item, protocol) for item in cast("list[object]", value)]
            return b"*%d\r\n" % len(items) + b"".join(items)
        case bytes():
            return b"$%d\r\n%b\r\n" % (len(value), value)
        case _:
            return _encode(str(value).encode(), protocol)
