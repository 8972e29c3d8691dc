"""Newline-delimited JSON, pushed in as bytes: feed what arrived, get the complete lines.

https://github.com/ndjson/ndjson-spec
"""

from __future__ import annotations

from ...pipeline.port import MAX_BODY_BYTES
from .stream_decoder import too_long


class LineReader:
    """Splits a body into lines, wherever the network cut it; empty lines are left out."""

    def __init__(self) -> None:
        self.max_bytes = MAX_BODY_BYTES
        self._rest: list[bytes] = []
        self._size = 0

    def feed(self, data: bytes) -> list[bytes]:
        """Return the lines that `data` completed."""
        if b"\n" not in data:
            self._rest.append(data)
            self._size += len(data)
            if self._size > self.max_bytes:
                raise too_long(self.max_bytes)
            return []
        *whole, rest = b"".join((*self._rest, data)).split(b"\n")
        self._rest = [rest]
        self._size = len(rest)
        if any(len(line) > self.max_bytes for line in whole):
            raise too_long(self.max_bytes)
        return [line for line in whole if line.strip()]

    def close(self) -> list[bytes]:
        """Return the last line, which does not have to end with a line feed."""
        rest = b"".join(self._rest)
        self._rest = []
        return [rest] if rest.strip() else []

    @property
    def rest(self) -> bytes:
        """What has arrived of a line that is not complete yet."""
        return b"".join(self._rest)
