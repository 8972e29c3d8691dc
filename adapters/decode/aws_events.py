"""The binary event stream of AWS: feed bytes as they arrive, get events that are complete.

https://smithy.io/2.0/aws/amazon-eventstream.html
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import NamedTuple, cast

from ...pipeline.errors import APIError
from ...pipeline.port import MAX_BODY_BYTES
from .aws_errors import error_of_event
from .body_reader import BodyReader
from .json_body import unreadable


class AWSEvent(NamedTuple):
    """One event: its type, such as "contentBlockDelta", and its payload.

    `error` is set for an exception, and where the bytes cannot be read. No event follows it.
    """

    name: str
    payload: bytes
    error: APIError | None = None


class AWSEventReader:
    """Cuts a body into events; see `stream_decoder.Reader`."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        from botocore.eventstream import EventStreamBuffer, ParserError  # noqa: PLC0415  # an extra

        self._buffer = EventStreamBuffer()
        # botocore checks the lengths and checksums of events, but not the form of their headers.
        self._unreadable = (ParserError, KeyError, ValueError, struct.error)
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
        self._buffer.add_data(data)
        try:
            for message in self._buffer:
                # botocore-stubs says int.
                headers = cast("dict[str, object]", message.headers)
                name, payload = str(headers.get(":event-type")), message.payload
                if headers.get(":message-type") == "event":
                    events.append(AWSEvent(name, payload))
                    continue
                self._failed = True
                error = _exception(headers, payload, self._headers)
                return [*events, AWSEvent(name, payload, error)]
        except self._unreadable as cause:
            self._failed = True
            error = unreadable(data, f"expected an event stream of AWS ({cause})")
            events.append(AWSEvent("", data, error))
        return events

    def close(self) -> list[AWSEvent]:
        """Return no events: one that was cut off cannot be read."""
        return []

    @property
    def rest(self) -> bytes:
        """The body where it is a JSON object, which some hosts send instead of an event stream."""
        return self._plain.rest


def _exception(event: Mapping[str, object], payload: bytes, headers: Mapping[str, str]) -> APIError:
    """Return the error of an event of type "exception", or "error", which has no payload."""
    name = event.get(":exception-type") or event.get(":error-code") or ""
    message = event.get(":error-message")
    if not payload and isinstance(message, str):
        payload = message.encode()
    return error_of_event(str(name), payload, headers)
