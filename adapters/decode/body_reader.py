"""A body that is not a stream, pushed in as bytes: one event at its end."""

from __future__ import annotations


class BodyReader:
    """Collects a body, for APIs that do not stream."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def feed(self, data: bytes) -> list[bytes]:
        """Keep `data` until the body is complete."""
        self._pieces.append(data)
        return []

    def close(self) -> list[bytes]:
        """Return the body."""
        return [self.rest]

    @property
    def rest(self) -> bytes:
        """What has arrived so far."""
        return b"".join(self._pieces)
