"""A bounded queue whose entries a thread writes in the background."""

from __future__ import annotations

import logging
import os
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Condition, RLock, Thread
from time import monotonic
from typing import Protocol

from .log_entries import Ended, LogEntry

_log = logging.getLogger("trunkline")

BATCH = 200
#: Seconds between two attempts to write: the first pause and the longest.
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
#: Seconds that the end of the program waits for the log.
EXIT_SECONDS = 10.0


class Writer(Protocol):
    """Where entries are written; its methods block and are called in one thread."""

    def write(self, entries: Sequence[LogEntry]) -> None:
        """Write entries, all of them or none."""
        ...

    def close(self) -> None:
        """Release what it holds."""
        ...


class LogQueue:
    """Takes calls without blocking, and writes them in a daemon thread.

    Args:
        make_writer: returns the writer; called in the thread, and once more in a forked child.
        complete: returns the entry of a call.
        max_calls, max_bytes: what the queue holds at most; further calls are dropped.
    """

    def __init__(
        self,
        make_writer: Callable[[], Writer],
        complete: Callable[[Ended], LogEntry],
        max_calls: int,
        max_bytes: int,
    ) -> None:
        self._make_writer = make_writer
        self._complete = complete
        self._max_calls = max_calls
        self._max_bytes = max_bytes
        self._begin()

    def _begin(self) -> None:
        self._state = _State(self._make_writer, self._complete)
        # Runs at the end of the program too.
        self._finalize = weakref.finalize(self, _end, self._state)

    def put(self, ended: Ended) -> bool:
        """Add a call; return False if the queue is full and the call is dropped."""
        state = self._state
        if state.pid != os.getpid():
            # The thread and its connections stayed in the parent, and so did what it will write.
            self._finalize.detach()
            self._begin()
            state = self._state
        with state.changed:
            full = len(state.waiting) >= self._max_calls
            if full or state.bytes + ended.size > self._max_bytes:
                state.drop(1, "the queue is full")
                return False
            state.waiting.append(ended)
            state.bytes += ended.size
            state.start()
            state.changed.notify_all()
            return True

    def count(self) -> tuple[int, int]:
        """Return how many calls were written and dropped."""
        return self._state.written, self._state.dropped

    def drop(self, why: str) -> None:
        """Count a call that could not be taken."""
        with self._state.changed:
            self._state.drop(1, why)

    def flush(self, seconds: float | None) -> bool:
        """Wait until everything is written; return False if that takes longer."""
        return self._state.flush(seconds)

    def close(self, seconds: float) -> None:
        """Write what is waiting and end the thread; the next call starts another."""
        self._state.close(seconds)


class _State:
    """The queue of one process, which its thread and its finalizer share."""

    def __init__(
        self, make_writer: Callable[[], Writer], complete: Callable[[Ended], LogEntry]
    ) -> None:
        self.pid = os.getpid()
        self.waiting: deque[Ended] = deque()
        self.bytes = 0
        self.written = 0
        self.dropped = 0
        # A stream may be dropped, and so logged, while its thread holds the lock.
        self.changed = Condition(RLock())
        self._make_writer = make_writer
        self._complete = complete
        self._thread: Thread | None = None
        self._busy = False
        self._closing = False
        self._last_failures = 0
        self._warned: set[str] = set()

    def start(self) -> None:
        """Start the thread, unless it runs; the caller holds the lock."""
        if self._thread is None:
            self._closing, self._last_failures = False, 0
            self._thread = Thread(target=self._run, name="trunkline-prompt-log", daemon=True)
            self._thread.start()

    def drop(self, count: int, why: str) -> None:
        """Count calls that are not logged, and say so once for each reason."""
        self.dropped += count
        if why not in self._warned:
            self._warned.add(why)
            _log.warning("PromptLog: calls are not logged: %s (logged only once)", why)

    def flush(self, seconds: float | None) -> bool:
        until = None if seconds is None else monotonic() + seconds
        with self.changed:
            while self.waiting or self._busy:
                left = None if until is None else until - monotonic()
                if left is not None and left <= 0:
                    return False
                self.changed.wait(left)
            return True

    def close(self, seconds: float) -> None:
        with self.changed:
            thread = self._thread
            self._closing = True
            self.changed.notify_all()
        if thread is not None:
            thread.join(seconds)

    def _run(self) -> None:
        writer: Writer | None = None
        pause = FIRST_PAUSE
        batch: list[LogEntry] = []
        while True:
            if not batch:
                taken = self._take()
                if not taken:
                    break
                batch = self._complete_all(taken)
            try:
                writer = writer or self._make_writer()
                if batch:
                    writer.write(batch)
            except Exception as error:  # noqa: BLE001  # whatever a database or a disk raises
                if self._failed(error, pause):
                    self._done(batch, written=False)
                    batch = []
                pause = min(2 * pause, LONGEST_PAUSE)
            else:
                pause = FIRST_PAUSE
                self._done(batch, written=True)
                batch = []
        if writer is not None:
            with suppress(Exception):
                writer.close()

    def _take(self) -> list[Ended]:
        """Return the next calls; none if the queue is closed and empty."""
        with self.changed:
            while not self.waiting and not self._closing:
                self.changed.wait()
            taken = [self.waiting.popleft() for _ in range(min(BATCH, len(self.waiting)))]
            self.bytes -= sum(ended.size for ended in taken)
            self._busy = bool(taken)
            if not taken:
                self._thread = None
            return taken

    def _complete_all(self, taken: Sequence[Ended]) -> list[LogEntry]:
        entries: list[LogEntry] = []
        for ended in taken:
            try:
                entries.append(self._complete(ended))
            except Exception as error:  # noqa: BLE001  # what users' functions raise
                # What could not be redacted is not written. The message may contain the text.
                with self.changed:
                    self.drop(1, f"redact raised {type(error).__name__}")
        return entries

    def _failed(self, error: Exception, pause: float) -> bool:
        """Wait before the next attempt; return whether the batch is given up."""
        name = type(error).__name__
        with self.changed:
            if name not in self._warned:
                self._warned.add(name)
                # Its message may contain a password.
                _log.warning(
                    "PromptLog: cannot write, and tries again: %s (logged only once)", name
                )
            if self._closing:
                # One more attempt, at once: the target may have failed for a moment.
                self._last_failures += 1
                return self._last_failures > 1
            self.changed.wait_for(lambda: self._closing, pause)
            return False

    def _done(self, batch: Sequence[LogEntry], *, written: bool) -> None:
        with self.changed:
            if written:
                self.written += len(batch)
            else:
                self.drop(len(batch), "the log could not be written before it was closed")
            self._busy = False
            self.changed.notify_all()


def _end(state: _State) -> None:
    """Write what is waiting, at the end of the program or of the middleware."""
    if state.pid != os.getpid():
        return
    state.close(EXIT_SECONDS)
    lost = state.dropped + len(state.waiting)
    if lost:
        _log.warning("PromptLog: %d calls were not logged", lost)
