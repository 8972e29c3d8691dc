"""A parser of HTTP/1.1 in pure Python; h11 is installed with httpx.

h11 takes longer for a chunk than all other layers together. So it reads the head of a response and
decides how its body is framed, and `ChunkedBody` reads chunks.
"""

from __future__ import annotations

import re
from functools import lru_cache

import h11
import httpcore

from . import MAX_HEAD_BYTES, Headers
from .chunked import ChunkedBody

_HEAD_END = re.compile(rb"\n\r?\n")
# What tells h11 that a body in chunks has ended.
_LAST_CHUNK = b"0\r\n\r\n"

_END_OF_REQUEST = h11.EndOfMessage()


@lru_cache(maxsize=8)
def _request(method: str) -> h11.Request:
    """Return what tells h11 of a request: of all that is sent, it needs only the method."""
    return h11.Request(method=method, target="/", headers=[("Host", "unused")])


class H11Parser:
    """See `Parser`."""

    __slots__ = ("_chunks", "_h11", "_tail", "_used", "complete", "failure", "headers", "status")

    def __init__(self) -> None:
        self._h11 = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD_BYTES)
        self._used = False
        # The end of what has been read of a head: an empty line may be cut in two.
        self._tail = b""
        self._chunks: ChunkedBody | None = None
        self.status = 0
        self.headers: Headers = {}
        self.complete = False
        self.failure: Exception | None = None

    @property
    def reusable(self) -> bool:
        """See `Parser`; not reusable if further bytes followed the response."""
        done = self._h11.our_state is h11.DONE and self._h11.their_state is h11.DONE
        rest = self._h11.trailing_data[0] or (self._chunks is not None and self._chunks.rest)
        return done and not rest

    def begin(self, method: str) -> None:
        """See `Parser`."""
        if self._used:
            self._h11.start_next_cycle()
        self._used = True
        self._tail, self._chunks = b"", None
        self.status, self.headers, self.complete, self.failure = 0, {}, False, None
        self._h11.send(_request(method))
        self._h11.send(_END_OF_REQUEST)

    def feed(self, data: bytes) -> bytes:
        """See `Parser`."""
        if not self.status:
            if not data:
                raise httpcore.RemoteProtocolError(
                    "Server disconnected without sending a response."
                )
            data = self._read_heads(data)
            if not data:
                return b""
        if self._chunks is None:
            return self._receive(data)
        if not data and not self.complete:
            raise httpcore.RemoteProtocolError(
                "peer closed connection without sending complete message body"
            )
        try:
            body = self._chunks.feed(data)
        finally:
            self.failure = self._chunks.failure
        if self._chunks.complete and not self.complete:
            self._receive(_LAST_CHUNK)
        return body

    def _read_heads(self, data: bytes) -> bytes:
        """Read the head of a response, after those of interim ones; return what follows it."""
        while data and not self.status:
            found = _HEAD_END.search(self._tail + data)
            end = len(data) if found is None else found.end() - len(self._tail)
            self._tail = (self._tail + data)[-2:] if found is None else b""
            self._receive(data[:end])
            data = data[end:]
        chunked = self.headers.get(b"transfer-encoding") == b"chunked"
        if chunked and self.status and not self.complete:
            self._chunks = ChunkedBody()
        return data

    def _receive(self, data: bytes) -> bytes:
        """Have h11 read bytes, and return the part of the body that they brought."""
        self._h11.receive_data(data)
        body: list[bytes] = []
        try:
            while not self.complete:
                event = self._h11.next_event()
                if isinstance(event, h11.Data):
                    body.append(bytes(event.data))
                elif event is h11.NEED_DATA:
                    break
                elif isinstance(event, h11.Response):
                    self.status, self.headers = event.status_code, dict(event.headers)
                elif isinstance(event, h11.EndOfMessage):
                    self.complete = True
        except h11.RemoteProtocolError as error:
            raise httpcore.RemoteProtocolError(str(error)) from error
        return body[0] if len(body) == 1 else b"".join(body)
