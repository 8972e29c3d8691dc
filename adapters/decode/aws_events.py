"""Amazon's binary event stream, pushed in as bytes: feed what arrived, get the whole events.

https://smithy.io/2.0/aws/amazon-eventstream.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, cast

from ...pipeline.errors import APIError
from .aws_errors import error_of_event
from .json_body import unreadable


class AWSEvent(NamedTuple):
    """One event: its type, as "contentBlockDelta", and its body."""

    name: str
    payload: bytes


class AWSEventReader:
    """Splits a body into events, wherever the network cut it.

    Attributes:
        error: an exception among the events, or frames that cannot be read; nothing after it
            is handed out.
    """

    def __init__(self, headers: Mapping[str, str]) -> None:
        from botocore.eventstream import EventStreamBuffer  # noqa: PLC0415  # an extra

        self.error: APIError | None = None
        self._buffer = EventStreamBuffer()
        self._headers = headers

    def feed(self, data: bytes) -> list[AWSEvent]:
        """Return the events that `data` completed."""
        from botocore.eventstream import ParserError  # noqa: PLC0415  # an extra

        events: list[AWSEvent] = []
        if self.error is not None:
            return events
        self._buffer.add_data(data)
        try:
            for message in self._buffer:
                # botocore-stubs says int.
                headers = cast("dict[str, object]", message.headers)
                kind = headers.get(":message-type")
                if kind != "event":
                    self.error = _exception(headers, message.payload, self._headers)
                    break
                events.append(AWSEvent(str(headers.get(":event-type")), message.payload))
        except ParserError as error:
            self.error = unreadable(data, f"this is no event stream of AWS ({error})")
        return events


def _exception(event: Mapping[str, object], payload: bytes, headers: Mapping[str, str]) -> APIError:
    """Return the error of an event of the type "exception", or "error", which has no body."""
    name = event.get(":exception-type") or event.get(":error-code") or ""
    message = event.get(":error-message")
    if not payload and isinstance(message, str):
        payload = message.encode()
    return error_of_event(str(name), payload, headers)
