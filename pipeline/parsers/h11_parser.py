"""A parser of HTTP/1.1 in pure Python; h11 is installed with httpx."""

from __future__ import annotations

import h11
import httpcore

from ..port import HTTPRequest
from . import MAX_HEAD_BYTES, Headers


class H11Parser:
    """See `Parser`."""

    def __init__(self) -> None:
        self._h11 = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD_BYTES)
        self._used = False
        self.status = 0
        self.headers: Headers = []
        self.complete = False

    @property
    def reusable(self) -> bool:
        """See `Parser`; not reusable if further bytes followed the response."""
        done = self._h11.our_state is h11.DONE and self._h11.their_state is h11.DONE
        return done and not self._h11.trailing_data[0]

    def begin(self, request: HTTPRequest, target: bytes, headers: Headers) -> bytes:
        """See `Parser`."""
        if self._used:
            self._h11.start_next_cycle()
        self._used = True
        self.status, self.headers, self.complete = 0, [], False
        try:
            head = self._h11.send(
                h11.Request(method=request.method, target=target, headers=headers)
            )
        except h11.LocalProtocolError as error:
            raise httpcore.LocalProtocolError(str(error)) from error
        self._h11.send(h11.Data(data=request.body))
        self._h11.send(h11.EndOfMessage())
        return head

    def feed(self, data: bytes) -> bytes:
        """See `Parser`."""
        if not data and not self.status:
            raise httpcore.RemoteProtocolError("Server disconnected without sending a response.")
        self._h11.receive_data(data)
        body: list[bytes] = []
        try:
            while not self.complete:
                event = self._h11.next_event()
                if isinstance(event, h11.Data):
                    body.append(bytes(event.data))
                elif event is h11.NEED_DATA:
                    break
                elif isinstance(event, h11.Response):
                    self.status, self.headers = event.status_code, list(event.headers)
                elif isinstance(event, h11.EndOfMessage):
                    self.complete = True
        except h11.RemoteProtocolError as error:
            raise httpcore.RemoteProtocolError(str(error)) from error
        return body[0] if len(body) == 1 else b"".join(body)
