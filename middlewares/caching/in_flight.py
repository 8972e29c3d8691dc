"""Requests in flight that equal calls wait for, across threads and event loops."""

from __future__ import annotations

import os
from contextlib import suppress
from threading import Lock, get_ident

from ...pipeline.port import IO, Signal


class SharedRequest:
    """A request in flight, and the calls that wait for its result.

    Attributes:
        waiting: one signal for each waiting call.
        result: the encoded response, None until there is one.
        failed: whether it ended without a response that others may use. If there is neither a
            result nor a failure when it ends, its call was cancelled.
    """

    __slots__ = ("blocking", "failed", "result", "thread", "waiting")

    def __init__(self, *, blocking: bool) -> None:
        self.blocking = blocking
        self.thread = get_ident()
        self.waiting: list[Signal] = []
        self.result: bytes | None = None
        self.failed = False

    def would_deadlock(self, io: IO) -> bool:
        """Return whether waiting here would prevent the request itself from continuing.

        This is so for a blocking call in the thread of an event loop, and vice versa.
        """
        return self.thread == get_ident() and (self.blocking or io.blocking)


class RequestsInFlight:
    """All requests in flight, by cache key."""

    def __init__(self) -> None:
        self._reset()

    def _reset(self) -> None:
        self._lock = Lock()
        self._requests: dict[str, SharedRequest] = {}
        self._pid = os.getpid()

    @property
    def waiting(self) -> int:
        """How many calls wait for another call's request."""
        return sum(len(shared.waiting) for shared in list(self._requests.values()))

    def join(self, key: str, io: IO) -> tuple[SharedRequest, Signal | None]:
        """Return the request of a key and a signal to wait for; None if the caller must send it."""
        if self._pid != os.getpid():
            # Requests in flight during a fork end only in the parent process.
            self._reset()
        with self._lock:
            shared = self._requests.get(key)
            if shared is None:
                shared = self._requests[key] = SharedRequest(blocking=io.blocking)
                return shared, None
            done = io.event()
            shared.waiting.append(done)
            return shared, done

    def leave(self, shared: SharedRequest, done: Signal) -> None:
        """Stop waiting for a request."""
        with self._lock:
            if done in shared.waiting:
                shared.waiting.remove(done)

    def finish(self, key: str, shared: SharedRequest) -> None:
        """Remove a request and wake the calls that wait for it."""
        with self._lock:
            self._requests.pop(key, None)
            waiting, shared.waiting = shared.waiting, []
        for done in waiting:
            # The event loop of a waiting call may have been closed in the meantime.
            with suppress(RuntimeError):
                done.set()
