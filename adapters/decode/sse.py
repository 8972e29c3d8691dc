"""Server-sent events, pushed in as bytes: feed what arrived, get the events that are complete.

https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
"""

from __future__ import annotations

import re

from ...pipeline.port import MAX_BODY_BYTES
from .stream_decoder import too_long

#: Name and data of an event.
Event = tuple[str, bytes]

_LINE_FEED = 0x0A
_CARRIAGE_RETURN = 0x0D
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_NAMED = re.compile(rb"^event: (.*)\ndata: (.+)\n\n", re.MULTILINE)


class EventReader:
    """Splits a body into events, wherever the network cut it.

    Each byte is searched once and copied a few times at most, however long an event is.
    """

    def __init__(self) -> None:
        self.max_bytes = MAX_BODY_BYTES
        # The lengths of `_pieces` and of `_skipped`.
        self._size = 0
        self._skipped_size = 0
        # Pieces of an unfinished event, with line feeds as the only line breaks.
        self._pieces: list[bytes] = []
        # What came before the first event, such as a page of a proxy.
        self._skipped: list[bytes] | None = []
        self._begun = False
        self._after_carriage_return = False

    def feed(self, data: bytes) -> list[Event]:
        """Return the events, as (name, data), that `data` completed."""
        if (
            self._skipped is None
            and not self._pieces
            and not self._after_carriage_return
            and 8 < len(data) <= self.max_bytes
            # Slices and numbers take less time here than methods and bytes.
            and data[:6] == b"data: "
            and data[-2:] == b"\n\n"
            and _LINE_FEED not in (payload := data[6:-2])
            and _CARRIAGE_RETURN not in payload
        ):
            # One line and the end of an event, as data usually are.
            return [("", payload)]
        if not self._begun:
            data = self._without_mark(data)
        if self._after_carriage_return or b"\r" in data:
            data = self._with_line_feeds(data)
        pieces = self._pieces
        end = data.rfind(b"\n\n")
        if end >= 0:
            block, rest = data[:end], data[end + 2 :]
            if pieces:
                block = b"".join((*pieces, block))
                pieces.clear()
        elif pieces and data.startswith(b"\n") and pieces[-1].endswith(b"\n"):
            # The network cut the blank line in two.
            block, rest = b"".join(pieces)[:-1], data[1:]
            pieces.clear()
        else:
            block, rest = b"", data
        if rest:
            pieces.append(rest)
        if block:
            self._size = len(rest)
            return self._events_of(block)
        self._size += len(rest)
        if self._size > self.max_bytes:
            raise too_long(self.max_bytes)
        return []

    def _events_of(self, block: bytes) -> list[Event]:
        events = _parse(block)
        if len(block) > self.max_bytes and any(len(data) > self.max_bytes for _, data in events):
            raise too_long(self.max_bytes)
        if events:
            self._skipped = None
        elif self._skipped is not None and not _is_comment(block):
            self._skipped.append(block)
            self._skipped_size += len(block)
            if self._skipped_size > self.max_bytes:
                raise too_long(self.max_bytes)
        return events

    def close(self) -> list[Event]:
        """Return the last event, which does not have to end with a blank line."""
        rest, self._pieces = b"".join(self._pieces), []
        return _parse(rest)

    @property
    def rest(self) -> bytes:
        """What has arrived of an event that is not complete yet, and what came before the first."""
        rest = b"".join(self._pieces)
        return b"\n\n".join((*self._skipped, rest)) if self._skipped else rest

    def _without_mark(self, data: bytes) -> bytes:
        """Return the body so far without its byte order mark, b"" while it may be part of one."""
        begin = b"".join((*self._pieces, data))
        if len(begin) < 3 and _BYTE_ORDER_MARK.startswith(begin):
            self._pieces = [begin]
            return b""
        self._begun = True
        self._pieces = []
        return begin.removeprefix(_BYTE_ORDER_MARK)

    def _with_line_feeds(self, data: bytes) -> bytes:
        """Return `data` with other line breaks replaced; a CRLF may be cut in two."""
        if self._after_carriage_return:
            if not data:
                return data
            data = data.removeprefix(b"\n")
        self._after_carriage_return = data.endswith(b"\r")
        end = b"\n" if data.endswith((b"\r", b"\n")) else b""
        # A third faster than to replace the line breaks.
        return b"\n".join(data.splitlines()) + end


def _is_comment(block: bytes) -> bool:
    return all(not line or line.startswith(b":") for line in block.split(b"\n"))


def _parse(block: bytes) -> list[Event]:
    if block.startswith(b"data: "):
        payloads = block[6:].split(b"\n\ndata: ")
        # Without other line breaks, every event is one line of data.
        if block.count(b"\n") == 2 * (len(payloads) - 1):
            return [("", data) for data in payloads if data]
    elif block.startswith(b"event: "):
        named = _parse_named(block)
        if named is not None:
            return named
    events: list[Event] = []
    for text in block.split(b"\n\n"):
        name = ""
        data: list[bytes] = []
        for line in text.split(b"\n"):
            field, _, value = line.partition(b":")
            value = value.removeprefix(b" ")
            if field == b"data":
                data.append(value)
            elif field == b"event":
                name = value.decode("utf-8", "replace")
        joined = b"\n".join(data)
        # An event without data is not dispatched; some servers keep a connection alive with it.
        if joined:
            events.append((name, joined))
    return events


def _parse_named(block: bytes) -> list[Event] | None:
    """Return events that are a line with a name and a line with data each, None for others."""
    found: list[tuple[bytes, bytes]] = _NAMED.findall(block + b"\n\n")
    if block.count(b"\n") + 2 != 3 * len(found):
        # Some lines are not part of such events.
        return None
    names = {name: name.decode("utf-8", "replace") for name in {name for name, _ in found}}
    return [(names[name], data) for name, data in found]
