"""A client's connection that cannot be held without a request."""

from __future__ import annotations

import asyncio
import socket
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

#: Bytes of a request's line and headers.
_MAX_HEAD = 64 * 1024
# Linux only: milliseconds after which a connection ends if nobody takes its data.
_USER_TIMEOUT: int | None = getattr(socket, "TCP_USER_TIMEOUT", None)


class Connection(HttpToolsProtocol):
    """Ends if a request's headers do not arrive in time, or are too large, or nobody reads.

    uvicorn limits the time between two requests only. Here the same limit applies before the first.
    """

    _waiting: asyncio.TimerHandle | None = None
    _head = 0

    def connection_made(self, transport: Any) -> None:
        """Wait for the first request, but not for ever."""
        super().connection_made(transport)
        found: object = transport.get_extra_info("socket")
        if found is not None and _USER_TIMEOUT is not None:
            idle = int(self.timeout_keep_alive * 1000)
            cast("socket.socket", found).setsockopt(socket.IPPROTO_TCP, _USER_TIMEOUT, idle)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timer."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read a piece of a request."""
        # uvicorn's types do not say that there is no cycle before the first request.
        cycle = cast("RequestResponseCycle | None", self.cycle)
        if cycle is None or cycle.response_complete:
            self._head += len(data)
            if self._waiting is None:
                self._wait()
        super().data_received(data)
        if self._head > _MAX_HEAD and self._waiting is not None:
            self._give_up()

    def on_headers_complete(self) -> None:
        """Stop the timer: from here on the app reads the body."""
        self._stop_waiting()
        self._head = 0
        super().on_headers_complete()

    def _wait(self) -> None:
        self._waiting = self.loop.call_later(self.timeout_keep_alive, self._give_up)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _give_up(self) -> None:
        self._stop_waiting()
        if not self.transport.is_closing():
            self.transport.close()
