"""A body that is not a stream, pushed in as bytes: one event at its end."""

from __future__ import annotations

from ...pipeline.port import MAX_BODY_BYTES
from .stream_decoder import too_long


class BodyReader:
    """Collects a body, for APIs that do not stream."""

    def __init__(self) -> None:
        self.max_bytes = MAX_BODY_BYTES
        self._pieces: list[bytes] = []
        self._size = 0

    def feed(self, data: bytes) -> list[bytes]:
        """Keep `data` until the body is complete."""
        self._pieces.append(data)
        self._size += len(data)
        if self._size > self.max_bytes:
            raise too_long(self.max_bytes)
        return []

    def close(self) -> list[bytes]:
        """Return the body."""
        return [self.rest]

    @property
    def rest(self) -> bytes:
        """What has arrived so far."""
        return b"".join(self._pieces)
