"""Headers of the responses that an SDK receives."""

from __future__ import annotations

from collections.abc import Mapping

# Headers that belong to the provider's connection or to its encoded body.
_HOP_HEADERS = frozenset(
    {
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "keep-alive",
        "set-cookie",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)


def encode_headers(headers: Mapping[str, str], content_type: str = "") -> list[tuple[bytes, bytes]]:
    """Return headers for a new body: without those of the provider's connection and body."""
    kept = {name: value for name, value in headers.items() if name not in _HOP_HEADERS}
    if content_type:
        kept["content-type"] = content_type
    return [(name.encode(), value.encode()) for name, value in kept.items()]
