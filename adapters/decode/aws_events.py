"""The binary event stream of AWS: feed bytes as they arrive, get events that are complete.

https://smithy.io/2.0/aws/amazon-eventstream.html
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from typing import cast
from zlib import crc32

from msgspec import Struct

from ...pipeline.errors import APIError
from ...pipeline.port import MAX_BODY_BYTES
from .aws_errors import error_of_event
from .body_reader import BodyReader
from .json_body import unreadable
from .stream_decoder import too_long

# Length of a message, length of its headers, and the checksum of both.
_PRELUDE = struct.Struct(">III")
_CHECKSUM = struct.Struct(">I")
# Events of one type have the same headers: their types by their headers, for all streams.
_names: dict[bytes, str] = {}
_MOST_NAMES = 100
_LONGEST_HEADERS = 250


class AWSEvent(Struct):
    """One event: its type, such as "contentBlockDelta", and its payload.

    `error` is set for an exception, and where the bytes cannot be read. No event follows it.
    """

    name: str
    payload: bytes
    error: APIError | None = None


class AWSEventReader:
    """Cuts a body into events; see `stream_decoder.Reader`."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._pieces: list[bytes] = []
        self._size = 0
        self._needed = _PRELUDE.size
        self._headers = headers
        self._begun = False
        self._is_plain = False
        self._failed = False
        self.max_bytes = MAX_BODY_BYTES
        self._plain = BodyReader()

    def feed(self, data: bytes) -> list[AWSEvent]:
        """Return the events that `data` completed."""
        if not self._begun and data:
            self._begun = True
            # An event begins with its length, whose first byte is far smaller.
            self._is_plain = data.startswith(b"{")
        if self._is_plain:
            self._plain.max_bytes = self.max_bytes
            self._plain.feed(data)
            return []
        return [] if self._failed else self._read(data)

    def _read(self, data: bytes) -> list[AWSEvent]:
        events: list[AWSEvent] = []
        try:
            for head, payload in self._messages(data):
                name = _names.get(head)
                if name is None:
                    event = self._read_message(head, payload)
                    events.append(event)
                    if event.error is not None:
                        self._failed = True
                        return events
                else:
                    events.append(AWSEvent(name, payload))
        except ValueError as cause:
            self._failed = True
            error = unreadable(data, f"expected an event stream of AWS ({cause})")
            events.append(AWSEvent("", data, error))
        return events

    def _messages(self, data: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Yield the headers and the payload of each message that `data` completed.

        Raises:
            ValueError: a checksum or a length is wrong.
        """
        self._pieces.append(data)
        self._size += len(data)
        if self._size < self._needed:
            return
        buffer, start = b"".join(self._pieces), 0
        size, prelude = len(buffer), _PRELUDE.size
        while size - start >= prelude:
            total, head, checksum = _PRELUDE.unpack_from(buffer, start)
            end = start + total
            # The checksum of a whole message is also that of its lengths.
            if total < head + 16 or (end > size and crc32(buffer[start : start + 8]) != checksum):
                raise ValueError("the lengths of an event are damaged")
            if total > self.max_bytes:
                raise too_long(self.max_bytes)
            if end > size:
                self._needed = total
                break
            if crc32(buffer[start : end - 4]) != _CHECKSUM.unpack_from(buffer, end - 4)[0]:
                raise ValueError("the checksum of an event does not match")
            middle = start + prelude + head
            yield buffer[start + prelude : middle], buffer[middle : end - 4]
            start = end
        else:
            self._needed = prelude
        self._pieces = [buffer[start:]]
        self._size = size - start

    def _read_message(self, head: bytes, payload: bytes) -> AWSEvent:
        """Return the event of a message whose headers are new, or which is an exception."""
        headers = _parse_headers(head)
        name = str(headers.get(":event-type"))
        if headers.get(":message-type") != "event":
            return AWSEvent(name, payload, _exception(headers, payload, self._headers))
        if len(head) <= _LONGEST_HEADERS:
            if len(_names) >= _MOST_NAMES:
                # Only damaged or hostile streams have this many. The usual names soon return.
                _names.clear()
            _names[head] = name
        return AWSEvent(name, payload)

    def close(self) -> list[AWSEvent]:
        """Return no events: one that was cut off cannot be read."""
        return []

    @property
    def rest(self) -> bytes:
        """The body where it is a JSON object, which some hosts send instead of an event stream."""
        return self._plain.rest


def _parse_headers(head: bytes) -> Mapping[str, object]:
    """Return the headers of a message.

    Raises:
        ValueError: they cannot be read.
    """
    from botocore.eventstream import (  # noqa: PLC0415  # an extra
        EventStreamHeaderParser,
        ParserError,
    )

    try:
        # botocore-stubs says int.
        return cast("Mapping[str, object]", EventStreamHeaderParser().parse(head))
    except (ParserError, KeyError, struct.error) as cause:
        # botocore does not check the form of headers.
        raise ValueError(str(cause)) from cause


def _exception(event: Mapping[str, object], payload: bytes, headers: Mapping[str, str]) -> APIError:
    """Return the error of an event of type "exception", or "error", which has no payload."""
    name = event.get(":exception-type") or event.get(":error-code") or ""
    message = event.get(":error-message")
    if not payload and isinstance(message, str):
        payload = message.encode()
    return error_of_event(str(name), payload, headers)
