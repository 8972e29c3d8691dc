"""A body in chunks, each of which begins with its size.

https://www.rfc-editor.org/rfc/rfc9112#section-7.1
"""

from __future__ import annotations

import re

import httpcore

from . import MAX_HEAD_BYTES

# No digit is looked at twice, however many zeros there are.
_SIZE = re.compile(rb"(?=[0-9A-Fa-f])0*+([1-9A-Fa-f][0-9A-Fa-f]{0,15}+)?[ \t]*+(?:;[^\r\n]*+)?\r\n")
_BREAK = b"\r\n"


class ChunkedBody:
    """Takes a body out of its chunks, wherever the network cut them; ignores the trailers.

    Attributes:
        complete: whether the body has ended.
        failure: see `Parser`.
        rest: bytes that have not been parsed yet; at the end, those that followed the body.
    """

    __slots__ = ("_in_trailers", "_left", "complete", "failure", "rest")

    def __init__(self) -> None:
        self.complete = False
        self.failure: Exception | None = None
        self.rest = b""
        # How much of a chunk and of the line break after it has not arrived.
        self._left = 0
        self._in_trailers = False

    def feed(self, data: bytes) -> bytes:
        """Return the part of the body that `data` brought.

        Raises:
            httpcore.RemoteProtocolError: these are not chunks, and there was none before them.
        """
        if not (self._left or self.rest or self._in_trailers) and (found := _SIZE.match(data)):
            begin, end = found.end(), len(data) - 2
            if found[1] and int(found[1], 16) == end - begin and data[end:] == _BREAK:
                # One whole chunk, as it is in most streams.
                return data[begin:end]
        body: list[bytes] = []
        try:
            self._read(self.rest + data, body)
        except httpcore.RemoteProtocolError as error:
            self.failure = error
            if not body:
                raise
        return body[0] if len(body) == 1 else b"".join(body)

    def _read(self, data: bytes, body: list[bytes]) -> None:
        """Read as many chunks as there are, and add their content to `body`."""
        at = 0
        while at < len(data) and not self.complete:
            if not self._left:
                read = self._read_trailers if self._in_trailers else self._read_size
                if (end := read(data, at)) < 0:
                    break
                at = end
            end = at + self._left
            if self._left > 2 and data[end - 2 : end] == _BREAK:
                # All of the chunk is here.
                body.append(data[at : end - 2])
                at, self._left = end, 0
            elif self._left > 2:
                if piece := data[at : end - 2]:
                    body.append(piece)
                at += len(piece)
                self._left -= len(piece)
            elif self._left:
                found = data[at:end]
                if not _BREAK[-self._left :].startswith(found):
                    raise httpcore.RemoteProtocolError("a chunk is longer than its size")
                at += len(found)
                self._left -= len(found)
        self.rest = data[at:]

    def _read_size(self, data: bytes, at: int) -> int:
        """Read the size of a chunk; return where it ends, -1 if it has not arrived."""
        found = _SIZE.match(data, at)
        if found is None:
            if b"\n" in data[at:] or len(data) - at > MAX_HEAD_BYTES:
                raise httpcore.RemoteProtocolError("the size of a chunk is invalid")
            return -1
        if found[1]:
            self._left = int(found[1], 16) + len(_BREAK)
        else:
            self._in_trailers = True
        return found.end()

    def _read_trailers(self, data: bytes, at: int) -> int:
        """Skip the trailers; return where they end, -1 if they have not arrived."""
        if data.startswith(_BREAK, at):
            end = at + len(_BREAK)
        else:
            last = data.find(_BREAK * 2, at)
            if last < 0:
                if len(data) - at > MAX_HEAD_BYTES:
                    raise httpcore.RemoteProtocolError("the trailers of a response are too long")
                return -1
            end = last + 2 * len(_BREAK)
        self.complete = True
        return end
