"""Decompress bodies as they arrive (RFC 9110, section 8.4), in pieces of limited size."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Protocol

#: A few bytes may expand to a thousand times as many, so each piece is limited.
PIECE_BYTES = 1024 * 1024


class Inflater(Protocol):
    """Decompresses one body.

    Attributes:
        pending: whether `feed(b"")` returns more of what has arrived.
    """

    pending: bool

    def feed(self, data: bytes) -> bytes:
        """Return the next piece of the body."""
        ...


class _Unchanged:
    pending = False

    def feed(self, data: bytes) -> bytes:
        return data


class _Inflated:
    def __init__(self, window_bits: int) -> None:
        self.pending = False
        self._zlib = zlib.decompressobj(window_bits)

    def feed(self, data: bytes) -> bytes:
        piece = self._zlib.decompress(self._zlib.unconsumed_tail + data, PIECE_BYTES)
        self.pending = len(piece) == PIECE_BYTES
        return piece


def inflater(headers: Mapping[str, str]) -> Inflater:
    """Return what decompresses a body piece by piece, according to its headers."""
    coding = headers.get("content-encoding", "").strip().lower()
    if coding in ("gzip", "x-gzip"):
        return _Inflated(zlib.MAX_WBITS | 16)
    if coding == "deflate":
        return _Inflated(zlib.MAX_WBITS)
    return _Unchanged()
