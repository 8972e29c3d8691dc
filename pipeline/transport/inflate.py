"""Decompress bodies as they arrive (RFC 9110, section 8.4)."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping

Inflater = Callable[[bytes], bytes]


def _unchanged(data: bytes) -> bytes:
    return data


def inflater(headers: Mapping[str, str]) -> Inflater:
    """Return a function that decompresses a body piece by piece, according to its headers."""
    coding = headers.get("content-encoding", "").strip().lower()
    if coding in ("gzip", "x-gzip"):
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress
    if coding == "deflate":
        return zlib.decompressobj().decompress
    return _unchanged
