"""A canned server in its own process, so that its work does not count as the clients'.

    POST /CHUNKS/DELAY/chat/completions

A body with `"stream": true` is answered with CHUNKS chunks of text, each in its own HTTP chunk.
They are written in bursts, or one by one with DELAY milliseconds between them if that is not 0.
Other paths are answered with the streams of other APIs; see wire_bodies.py.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import cache

from .bodies import BURST, answer, events
from .server_process import running, serve_parent
from .wire_bodies import STREAMS

_BODY = answer()
_PLAIN = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (
    len(_BODY),
    _BODY,
)
_STREAM = b"HTTP/1.1 200 OK\r\ncontent-type: %b\r\ntransfer-encoding: chunked\r\n\r\n"


@cache
def _stream(path: bytes, count: int) -> tuple[bytes, list[bytes]]:
    """Return the head of a streamed response, and the chunks of its body."""
    kind = b"text/event-stream"
    write: Callable[[int], list[bytes]] = events
    for part, (named, other) in STREAMS.items():
        if part in path:
            kind, write = named, other
    return _STREAM % kind, [b"%x\r\n%b\r\n" % (len(event), event) for event in write(count)]


class _Connection(asyncio.Protocol):
    def __init__(self) -> None:
        self._buffer = bytearray()
        self._expected = 0
        self._tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._expected:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            head = bytes(self._buffer[:end]).lower()
            length = int(head.partition(b"content-length: ")[2].split(b"\r\n")[0])
            self._expected = end + 4 + length
        if len(self._buffer) >= self._expected:
            request = bytes(self._buffer)
            self._buffer.clear()
            self._expected = 0
            self._answer(request)

    def _answer(self, request: bytes) -> None:
        path = request.split(b" ", 2)[1]
        streamed = b'"stream":true' in request or b'"stream": true' in request
        if not streamed and b"tream" not in path:
            self._transport.write(_PLAIN)
            return
        _, count, delay, rest = path.split(b"/", 3)
        head, frames = _stream(b"/" + rest, int(count))
        task = asyncio.create_task(self._send(head, frames, int(delay) / 1000))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send(self, head: bytes, frames: list[bytes], delay: float) -> None:
        size = 1 if delay else BURST
        self._transport.write(head)
        for start in range(0, len(frames), size):
            self._transport.write(b"".join(frames[start : start + size]))
            await asyncio.sleep(delay)
            if self._transport.is_closing():
                return
        self._transport.write(b"0\r\n\r\n")


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(_Connection, "127.0.0.1", 0)
    await serve_parent(server)


def serving() -> AbstractContextManager[str]:
    """Run the server in its own process; the context manager returns its address."""
    return running("benchmarks.servers.server")


if __name__ == "__main__":
    asyncio.run(_serve())
