"""Parsers of the responses of HTTP/1.1 (RFC 9112), without I/O."""

from __future__ import annotations

from typing import Protocol

#: By name, as the server wrote it; of those with one name, the last.
Headers = dict[bytes, bytes]

#: How long the head of a response may be.
MAX_HEAD_BYTES = 100 * 1024


class Parser(Protocol):
    """Reads responses as bytes, without I/O.

    Attributes:
        status: HTTP status of the response, 0 until its head has been read.
        headers: the headers of the response.
        complete: whether the body has ended.
        failure: what is wrong with the bytes after those of the body that were returned.
    """

    status: int
    headers: Headers
    complete: bool
    failure: Exception | None

    def begin(self, method: str) -> None:
        """Expect the response to a request with this method from `feed`."""
        ...

    def feed(self, data: bytes) -> bytes:
        """Parse received bytes, b"" if the server has closed the connection.

        Returns:
            The part of the body that they brought.

        Raises:
            httpcore.RemoteProtocolError: the response is invalid or incomplete, and nothing of the
                body came before that. Otherwise that is returned, and the error is `failure`.
        """
        ...

    @property
    def reusable(self) -> bool:
        """Whether the connection can carry another request."""
        ...
