"""Server-sent events, pushed in as bytes: feed what arrived, get the events that are whole.

https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
"""

from __future__ import annotations

Event = tuple[str, bytes]


class EventReader:
    """Splits a body into events, wherever the network cut it."""

    def __init__(self) -> None:
        self._rest = b""
        self._begun = False

    def feed(self, data: bytes) -> list[Event]:
        """Return the events, as (name, data), that `data` completed."""
        buffer = self._rest + data
        if not self._begun:
            if len(buffer) < 3:
                self._rest = buffer
                return []
            self._begun = True
            buffer = buffer.removeprefix(b"\xef\xbb\xbf")
        if b"\r" in buffer:
            # A line feed may still follow the last carriage return.
            held = b"\r" if buffer.endswith(b"\r") else b""
            buffer = buffer[: len(buffer) - len(held)]
            buffer = buffer.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        else:
            held = b""
        end = buffer.rfind(b"\n\n")
        if end < 0:
            self._rest = buffer + held
            return []
        self._rest = buffer[end + 2 :] + held
        return _parse(buffer[:end])

    def close(self) -> list[Event]:
        """Return the last event, which need not have been ended by a blank line."""
        rest, self._rest = self._rest, b""
        return _parse(rest.replace(b"\r\n", b"\n").replace(b"\r", b"\n"))

    @property
    def rest(self) -> bytes:
        """What has arrived and is no whole event yet."""
        return self._rest


def _parse(block: bytes) -> list[Event]:
    if block.startswith(b"data: "):
        payloads = block[6:].split(b"\n\ndata: ")
        # Where no other line breaks are left, every event is one line of data.
        if block.count(b"\n") == 2 * (len(payloads) - 1):
            return [("", data) for data in payloads]
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
        if data:
            events.append((name, b"\n".join(data)))
    return events
