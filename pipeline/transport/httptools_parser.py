"""HTTP/1.1 by llhttp, node's parser in C, as httptools wraps it: the extra `fast`.

https://github.com/MagicStack/httptools
"""

from __future__ import annotations

import httpcore
from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from ..port import HTTPRequest
from .connections import Headers
from .urls import Target

_MAX_HEAD_BYTES = 100 * 1024
_FRAMING = {b"content-length", b"transfer-encoding"}


class FastParser:
    """See `Parser`; httptools calls its `on_` methods."""

    def __init__(self) -> None:
        self._parser = HttpResponseParser(self)
        self._body: list[bytes] = []
        self._head_bytes = 0
        self._keep_alive = False
        self.status = 0
        self.headers: Headers = []
        self.complete = False

    @property
    def reusable(self) -> bool:
        """See `Parser`."""
        return self.complete and self._keep_alive

    def begin(self, request: HTTPRequest, target: Target, headers: Headers) -> bytes:
        """See `Parser`."""
        self.status, self.complete = 0, False
        self._head_bytes, self._keep_alive = 0, False
        self._body.clear()
        lines = [b"%b: %b" % header for header in headers]
        first = b"%b %b HTTP/1.1" % (request.method.encode(), target.target)
        return b"\r\n".join([first, *lines, b"", b""])

    def feed(self, data: bytes) -> None:
        """See `Parser`."""
        if not data:
            self._end()
            return
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            if not self.complete:
                raise httpcore.RemoteProtocolError(str(error)) from error
            # Something follows the answer: nobody asked for that.
            self._keep_alive = False
        if not self.status:
            self._head_bytes += len(data)
            if self._head_bytes > _MAX_HEAD_BYTES:
                raise httpcore.RemoteProtocolError("the head of the answer does not end")

    def _end(self) -> None:
        """The server has closed: so ends a body that has neither a length nor chunks."""
        if not self.status:
            raise httpcore.RemoteProtocolError("Server disconnected without sending a response.")
        if not _FRAMING.isdisjoint(name.lower() for name, _ in self.headers):
            raise httpcore.RemoteProtocolError(
                "peer closed connection without sending complete message body"
            )
        self.complete = True

    def take(self) -> bytes:
        """See `Parser`."""
        data = self._body[0] if len(self._body) == 1 else b"".join(self._body)
        self._body.clear()
        return data

    def on_message_begin(self) -> None:
        """An answer begins."""
        if self.complete:
            raise ValueError("an answer that nobody asked for")
        self.headers = []

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take one header."""
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """The head of the answer is here."""
        status = self._parser.get_status_code()
        # What is below 200 announces the answer, and is none.
        self.status = status if status >= 200 else 0

    def on_body(self, data: bytes) -> None:
        """Take what arrived of the body."""
        self._body.append(data)

    def on_message_complete(self) -> None:
        """The answer has ended."""
        if self.status:
            self.complete = True
            self._keep_alive = self._parser.should_keep_alive()
