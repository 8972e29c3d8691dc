"""The codings br (RFC 7932) and zstd (RFC 8878), with whatever library is installed.

Libraries that cannot limit the size of what they return are not used for Brotli, because a few
bytes of it may expand to gigabytes. For zstd they get few bytes at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from .inflater import PIECE_BYTES, BadCompressionError, Inflater

# A block of zstd has at least 4 bytes and expands to 128 KB at most.
_ZSTD_BYTES = 256


class _Brotli:
    def __init__(self, library: Any) -> None:
        self._library = library
        self._brotli = library.Decompressor()
        self._begun = False
        self.pending = False

    def feed(self, data: bytes) -> bytes:
        if self._brotli.is_finished():
            self.pending = False
            return b""
        self._begun = self._begun or data != b""
        try:
            piece: bytes = self._brotli.process(data, output_buffer_limit=PIECE_BYTES)
        except self._library.error as error:
            raise BadCompressionError("the Brotli data is invalid") from error
        # The library may claim that it accepts more data although it has not returned all.
        full = len(piece) >= PIECE_BYTES
        self.pending = full or not self._brotli.can_accept_more_data()
        return piece

    def finish(self) -> None:
        if self._begun and not self._brotli.is_finished():
            raise EOFError("the Brotli data ends too early")


class _Zstd:
    """The frames of a body, one after the other, with the standard library's decompressor."""

    def __init__(self, library: Any) -> None:
        self._library = library
        self._frame: Any = None
        self.pending = False
        self._left: bytes = b""

    def feed(self, data: bytes) -> bytes:
        data = self._left + data
        self._left = b""
        if not data and self._frame is None:
            return b""
        if self._frame is None:
            self._frame = self._library.ZstdDecompressor()
        try:
            piece: bytes = self._frame.decompress(data, PIECE_BYTES)
        except self._library.ZstdError as error:
            raise BadCompressionError(str(error)) from error
        self.pending = not self._frame.needs_input
        if self._frame.eof:
            self._left = self._frame.unused_data
            self.pending = self._left != b""
            self._frame = None
        return piece

    def finish(self) -> None:
        if self._frame is not None:
            raise EOFError("the zstd data ends too early")


class _ZstandardPackage:
    """The same with the package zstandard, which returns all that its input expands to."""

    def __init__(self, library: Any) -> None:
        self._library = library
        self._frame: Any = None
        self._left: bytes = b""

    @property
    def pending(self) -> bool:
        return self._left != b""

    def feed(self, data: bytes) -> bytes:
        data = self._left + data
        if not data:
            return b""
        if self._frame is None:
            self._frame = self._library.ZstdDecompressor().decompressobj()
        self._left = data[_ZSTD_BYTES:]
        try:
            piece: bytes = self._frame.decompress(data[:_ZSTD_BYTES])
        except self._library.ZstdError as error:
            raise BadCompressionError(str(error)) from error
        if self._frame.eof:
            self._left = self._frame.unused_data + self._left
            self._frame = None
        return piece

    def finish(self) -> None:
        if self._frame is not None:
            raise EOFError("the zstd data ends too early")


#: What reads zstd, by library: the first one that is installed is used.
ZSTD_LIBRARIES: tuple[tuple[str, Callable[[Any], Inflater]], ...] = (
    ("compression.zstd", _Zstd),
    ("backports.zstd", _Zstd),
    ("zstandard", _ZstandardPackage),
)


def find_brotli() -> Callable[[], Inflater] | None:
    """Return what decompresses Brotli, None if no suitable library is installed."""
    for name in ("brotli", "brotlicffi"):
        library = _import(name)
        if hasattr(getattr(library, "Decompressor", None), "can_accept_more_data"):
            return lambda: _Brotli(library)
    return None


def find_zstd() -> Callable[[], Inflater] | None:
    """Return what decompresses zstd, None if no library is installed."""
    for name, kind in ZSTD_LIBRARIES:
        if _is_installed(name):
            # Loading one takes a while, and few servers use it.
            return lambda: kind(import_module(name))
    return None


def _is_installed(name: str) -> bool:
    parent = name.rpartition(".")[0]
    return (not parent or find_spec(parent) is not None) and find_spec(name) is not None


def _import(name: str) -> Any:
    return import_module(name) if _is_installed(name) else None
