"""The codings gzip (RFC 1952) and deflate (RFC 1950 and 1951)."""

from __future__ import annotations

import zlib
from typing import Protocol

from .inflater import PIECE_BYTES, BadCompressionError

_GZIP_BEGIN = b"\x1f\x8b"


class _Decompressor(Protocol):
    """What `zlib.decompressobj` returns; its class has no public name."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    @property
    def unconsumed_tail(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = ..., /) -> bytes: ...


class Gzip:
    """The members of a gzip body, one after the other; what else follows a member is ignored."""

    def __init__(self) -> None:
        self.pending = False
        self._begun = False
        self._member: _Decompressor | None = _gzip_member()
        # What has arrived and was not decompressed yet.
        self._left: bytes = b""

    def feed(self, data: bytes) -> bytes:
        """See `Inflater`."""
        data = self._left + data
        self._begun = self._begun or data != b""
        member = self._member
        if member is None:
            if not data.startswith(_GZIP_BEGIN):
                self._left = data if _GZIP_BEGIN.startswith(data) else b""
                return b""
            member = self._member = _gzip_member()
        piece = _decompress(member, data)
        if member.eof:
            self._left = member.unused_data
            self.pending = self._left.startswith(_GZIP_BEGIN)
            self._member = None
        else:
            self._left = member.unconsumed_tail
            self.pending = len(piece) == PIECE_BYTES
        return piece

    def finish(self) -> None:
        """See `Inflater`."""
        if self._begun and self._member is not None:
            raise EOFError("the gzip data ends too early")


class Deflate:
    """A zlib stream, or a raw deflate stream, which some servers send instead."""

    def __init__(self) -> None:
        self.pending = False
        self._zlib: _Decompressor | None = None
        self._left: bytes = b""

    def feed(self, data: bytes) -> bytes:
        """See `Inflater`."""
        data = self._left + data
        if self._zlib is None:
            if len(data) < 2:
                self._left = data
                return b""
            # https://www.rfc-editor.org/rfc/rfc1950#section-2.2
            wrapped = data[0] & 15 == 8 and int.from_bytes(data[:2], "big") % 31 == 0
            self._zlib = zlib.decompressobj(zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS)
        piece = _decompress(self._zlib, data)
        self._left = self._zlib.unconsumed_tail
        self.pending = len(piece) == PIECE_BYTES
        return piece

    def finish(self) -> None:
        """See `Inflater`."""
        if self._left or (self._zlib is not None and not self._zlib.eof):
            raise EOFError("the deflate data ends too early")


def _gzip_member() -> _Decompressor:
    return zlib.decompressobj(zlib.MAX_WBITS | 16)


def _decompress(stream: _Decompressor, data: bytes) -> bytes:
    try:
        return stream.decompress(data, PIECE_BYTES)
    except zlib.error as error:
        raise BadCompressionError(str(error)) from error
