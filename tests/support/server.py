"""A loopback HTTP server with scripted responses that records its requests."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, Self

END = b"\r\n\r\n"

Ending = Literal["clean", "cut", "stall", "silent", "endless"]


@dataclass
class Answer:
    """A response: the server sends the `pieces` one at a time, and ends as `ending` says.

    "clean" ends the body correctly; "cut" closes the connection before the end of the body; "stall"
    sends nothing more until the client disconnects; "silent" does not even send headers; "endless"
    repeats the last piece until the client disconnects.
    """

    pieces: list[bytes]
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict[str, str])
    ending: Ending = "clean"


@dataclass
class Seen:
    """A request that arrived; header names are in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


#: The next response, or a function that returns it for a request.
Reaction = Answer | Callable[[Seen], Answer]


def answer_json(body: object, status: int = 200, **headers: str) -> Answer:
    """Return a JSON response; header names are written with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(
        [json.dumps(body).encode()],
        status=status,
        headers={"content-type": "application/json", **named},
    )


def answer_events(events: Iterable[object], *, done: bool = True) -> Answer:
    """Return a stream of server-sent events, one piece each, with OpenAI's end marker."""
    pieces = [f"data: {json.dumps(event)}\n\n".encode() for event in events]
    if done:
        pieces.append(b"data: [DONE]\n\n")
    return Answer(pieces, headers={"content-type": "text/event-stream"})


class Server:
    """Send the `answers` in turn; repeat the last one."""

    def __init__(self) -> None:
        self.answers: list[Reaction] = []
        self.seen: list[Seen] = []
        self.record = True
        self.connections = 0
        self.gone_at: list[float] = []
        self._gone = threading.Condition()
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=200)
        self._open: set[socket.socket] = set()
        self._threads: set[threading.Thread] = set()
        self._start(self._accept)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def reply(self, *answers: Reaction) -> Self:
        """Set the next responses, and clear the recorded requests."""
        with self._lock:
            self.answers = list(answers)
            self.seen = []
        return self

    def wait_until_gone(self, count: int = 1, within: float = 10.0) -> float:
        """Wait until `count` clients have left unfinished responses; return the last one's time."""
        with self._gone:
            assert self._gone.wait_for(lambda: len(self.gone_at) >= count, within)
            return self.gone_at[count - 1]

    def wait_until_open(self, count: int, within: float = 10.0) -> None:
        """Wait until at most `count` connections are open."""
        with self._gone:
            assert self._gone.wait_for(lambda: len(self._open) <= count, within)

    def close(self) -> None:
        self._stopped.set()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        with self._lock:
            connections = list(self._open)
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in list(self._threads):
            # One that was about to start finds the socket closed.
            if thread.ident is not None:
                thread.join(10)

    def _start(self, function: Any, *arguments: Any) -> None:
        thread = threading.Thread(target=function, args=arguments, daemon=True)
        self._threads.add(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stopped.is_set():
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self.connections += 1
                self._open.add(connection)
            self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            while (request := _read_request(connection)) is not None:
                with self._lock:
                    if self.record:
                        self.seen.append(request)
                    more = len(self.answers) > 1
                    answer = self.answers.pop(0) if more else self.answers[0]
                sent = answer if isinstance(answer, Answer) else answer(request)
                if not self._send(connection, sent):
                    break
        with self._gone:
            self._open.discard(connection)
            self._threads.discard(threading.current_thread())
            self._gone.notify_all()

    def _send(self, connection: socket.socket, answer: Answer) -> bool:
        """Send a response; return whether the connection stays open."""
        if answer.ending == "silent":
            self._await_leaving(connection)
            return False
        head = [f"HTTP/1.1 {answer.status} Status"]
        head += [f"{name}: {value}" for name, value in answer.headers.items()]
        whole = answer.ending == "clean" and len(answer.pieces) == 1
        head.append(
            f"content-length: {len(answer.pieces[0])}" if whole else "transfer-encoding: chunked"
        )
        connection.sendall("\r\n".join(head).encode() + END)
        for piece in answer.pieces:
            connection.sendall(piece if whole else _chunk(piece))
        if answer.ending == "clean":
            connection.sendall(b"" if whole else b"0\r\n\r\n")
            return True
        if answer.ending == "stall":
            self._await_leaving(connection)
        if answer.ending == "endless":
            self._repeat(connection, answer.pieces[-1])
        return False

    def _repeat(self, connection: socket.socket, piece: bytes) -> None:
        connection.settimeout(0.005)
        while not self._stopped.is_set():
            try:
                connection.sendall(_chunk(piece))
                if not connection.recv(1):
                    break
            except TimeoutError:
                continue
            except OSError:
                break
        self._note_leaving()

    def _await_leaving(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while connection.recv(65536):
                pass
        self._note_leaving()

    def _note_leaving(self) -> None:
        with self._gone:
            self.gone_at.append(time.monotonic())
            self._gone.notify_all()


def _chunk(piece: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(piece), piece) if piece else b""


def _read_request(connection: socket.socket) -> Seen | None:
    data = b""
    while END not in data:
        more = connection.recv(65536)
        if not more:
            return None
        data += more
    head, _, body = data.partition(END)
    first, *lines = head.decode("latin-1").split("\r\n")
    method, path, _ = first.split(" ")
    headers = dict[str, str]()
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    length = int(headers.get("content-length", "0"))
    while len(body) < length:
        more = connection.recv(65536)
        if not more:
            return None
        body += more
    return Seen(method, path, headers, body)
