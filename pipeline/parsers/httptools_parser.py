"""A parser of HTTP/1.1 that uses httptools, a wrapper of Node's C parser: the extra `fast`.

https://github.com/MagicStack/httptools
"""

from __future__ import annotations

import httpcore
from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from . import MAX_HEAD_BYTES, Headers

_FRAMING = {b"content-length", b"transfer-encoding"}


class HttptoolsParser:
    """See `Parser`; httptools calls its `on_` methods."""

    __slots__ = (
        "_body",
        "_head_bytes",
        "_keep_alive",
        "_parser",
        "complete",
        "failure",
        "headers",
        "on_body",
        "on_header",
        "status",
    )

    def __init__(self) -> None:
        self._body: list[bytes] = []
        self.on_body = self._body.append
        self.headers: Headers = {}
        self.on_header = self.headers.__setitem__
        # It looks for the methods now.
        self._parser = HttpResponseParser(self)
        self._head_bytes = 0
        self._keep_alive = False
        self.status = 0
        self.complete = False
        self.failure: Exception | None = None

    @property
    def reusable(self) -> bool:
        """See `Parser`."""
        return self.complete and self._keep_alive

    def begin(self, method: str) -> None:  # noqa: ARG002  # llhttp does not ask for it
        """See `Parser`."""
        self.status, self.complete, self.failure = 0, False, None
        self._head_bytes, self._keep_alive = 0, False

    def feed(self, data: bytes) -> bytes:
        """See `Parser`."""
        if not data:
            self._end()
            return b""
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            if not self.complete:
                self.failure = httpcore.RemoteProtocolError(str(error))
                if not self._body:
                    raise self.failure from error
            else:
                # Bytes followed the response although no request was sent.
                self._keep_alive = False
        if not self.status:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                raise httpcore.RemoteProtocolError("the head of the response is too long")
        pieces = self._body
        if not pieces:
            return b""
        body = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        pieces.clear()
        return body

    def _end(self) -> None:
        """Handle a closed connection: it ends a body that has neither a length nor chunks."""
        if not self.status:
            raise httpcore.RemoteProtocolError("Server disconnected without sending a response.")
        if not _FRAMING.isdisjoint(name.lower() for name in self.headers):
            raise httpcore.RemoteProtocolError(
                "peer closed connection without sending complete message body"
            )
        self.complete = True

    def on_message_begin(self) -> None:
        """Start a response."""
        if self.complete:
            raise ValueError("a response without a request")
        self.headers.clear()

    def on_headers_complete(self) -> None:
        """Store the status."""
        status = self._parser.get_status_code()
        # Statuses below 200 are interim responses; the final one follows.
        self.status = status if status >= 200 else 0
        if not self.status:
            self._head_bytes = 0

    def on_message_complete(self) -> None:
        """End the response."""
        if self.status:
            self.complete = True
            self._keep_alive = self._parser.should_keep_alive()
