"""Newline-delimited JSON, pushed in as bytes: feed what arrived, get the complete lines.

https://github.com/ndjson/ndjson-spec
"""

from __future__ import annotations


class LineReader:
    """Splits a body into lines, wherever the network cut it; empty lines are left out."""

    def __init__(self) -> None:
        self._rest: list[bytes] = []

    def feed(self, data: bytes) -> list[bytes]:
        """Return the lines that `data` completed."""
        if b"\n" not in data:
            self._rest.append(data)
            return []
        *whole, rest = b"".join((*self._rest, data)).split(b"\n")
        self._rest = [rest]
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
