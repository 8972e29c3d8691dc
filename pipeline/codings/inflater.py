"""What decompresses a body as it arrives, in pieces of limited size."""

from __future__ import annotations

from typing import Protocol

#: A few bytes may expand to a thousand times as many, so each piece is limited.
PIECE_BYTES = 1024 * 1024


class BadCompressionError(Exception):
    """A body is not compressed as its headers say."""


class Inflater(Protocol):
    """Decompresses one body."""

    @property
    def pending(self) -> bool:
        """Whether `feed(b"")` returns more of what has arrived."""
        ...

    def feed(self, data: bytes) -> bytes:
        """Return the next piece of the body.

        Raises:
            BadCompressionError: the data is not compressed in this way.
        """
        ...

    def finish(self) -> None:
        """Check at the end of the body that the compressed data has ended too.

        Raises:
            EOFError: it has not.
        """
        ...
