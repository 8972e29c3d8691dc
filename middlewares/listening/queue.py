"""A bounded queue whose entries a thread handles in the background."""

from __future__ import annotations

import logging
import os
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Condition, RLock, Thread, current_thread
from time import monotonic
from typing import Generic, Protocol, TypeVar

from msgspec import Struct

_log = logging.getLogger("trunkline")

#: Seconds between two attempts to write: the first pause and the longest.
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
#: Seconds that the end of the program waits for a queue.
EXIT_SECONDS = 10.0


class Sized(Protocol):
    """What is added to a queue."""

    @property
    def size(self) -> int:
        """About how many bytes it takes in memory."""
        ...


SizedT = TypeVar("SizedT", bound=Sized)
EntryT = TypeVar("EntryT")
EntryT_contra = TypeVar("EntryT_contra", contravariant=True)


class Writer(Protocol[EntryT_contra]):
    """Where entries are written; its methods block and are called in one thread."""

    def write(self, entries: Sequence[EntryT_contra]) -> None:
        """Write entries, all of them or none."""
        ...

    def close(self) -> None:
        """Release what it holds."""
        ...


class Plan(Struct, Generic[SizedT, EntryT], frozen=True, kw_only=True):
    """What a queue holds, and what its thread does with that.

    Attributes:
        make_writer: returns the writer; called in the thread, and once more in a forked child.
        complete: returns the entry of an item, which the writer gets; called in the thread.
        max_items, max_bytes: what the queue holds at most; further items are dropped.
        batch: entries that are written at a time, at most.
        owner: what warnings name: the middleware.
        lost: what warnings say about items that are dropped, after "calls are".
        thread: name of the thread.
    """

    make_writer: Callable[[], Writer[EntryT]]
    complete: Callable[[SizedT], EntryT]
    max_items: int
    max_bytes: int
    batch: int
    owner: str
    lost: str
    thread: str


class BackgroundQueue(Generic[SizedT, EntryT]):
    """Takes items without blocking, and writes them in a daemon thread."""

    def __init__(self, plan: Plan[SizedT, EntryT]) -> None:
        self._plan = plan
        self._begin()

    def _begin(self) -> None:
        self._state = _State(self._plan)
        # Runs at the end of the program too.
        self._finalize = weakref.finalize(self, _end, self._state)

    def put(self, item: SizedT) -> bool:
        """Add an item; return False if the queue is full and the item is dropped."""
        state = self._state
        if state.pid != os.getpid():
            # The thread and its connections stayed in the parent, and so did what it will write.
            self._finalize.detach()
            self._begin()
            state = self._state
        with state.changed:
            full = len(state.waiting) >= self._plan.max_items
            if full or state.bytes + item.size > self._plan.max_bytes:
                state.drop(1, "the queue is full")
                return False
            state.waiting.append(item)
            state.bytes += item.size
            state.start()
            state.changed.notify_all()
            return True

    def count(self) -> tuple[int, int]:
        """Return how many items were written and dropped."""
        return self._state.written, self._state.dropped

    def drop(self, why: str) -> None:
        """Count an item that could not be taken."""
        with self._state.changed:
            self._state.drop(1, why)

    def flush(self, seconds: float | None) -> bool:
        """Wait until everything is written; return False if that takes longer."""
        return self._state.flush(seconds)

    def close(self, seconds: float) -> None:
        """Write what is waiting and end the thread; the next item starts another."""
        self._state.close(seconds)


class _State(Generic[SizedT, EntryT]):
    """The queue of one process, which its thread and its finalizer share."""

    def __init__(self, plan: Plan[SizedT, EntryT]) -> None:
        self.plan = plan
        self.pid = os.getpid()
        self.waiting: deque[SizedT] = deque()
        self.bytes = 0
        self.written = 0
        self.dropped = 0
        # A stream may be dropped, and so logged, while its thread holds the lock.
        self.changed = Condition(RLock())
        self._thread: Thread | None = None
        #: How many items the thread has taken and not yet written or dropped.
        self.taken = 0
        self._closing = False
        self._last_failures = 0
        self._warned: set[str] = set()

    def start(self) -> None:
        """Start the thread, unless it runs; the caller holds the lock."""
        if self._thread is None:
            self._closing, self._last_failures = False, 0
            self._thread = Thread(target=self._run, name=self.plan.thread, daemon=True)
            self._thread.start()

    def drop(self, count: int, why: str) -> None:
        """Count items that are dropped, and say so once for each reason."""
        self.dropped += count
        if why not in self._warned:
            self._warned.add(why)
            _log.warning(
                "%s: calls are %s: %s (logged only once)", self.plan.owner, self.plan.lost, why
            )

    def flush(self, seconds: float | None) -> bool:
        until = None if seconds is None else monotonic() + seconds
        with self.changed:
            while self.waiting or self.taken:
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
        # A middleware may be collected, and so its queue closed, in the queue's own thread.
        if thread is not None and thread is not current_thread():
            thread.join(seconds)

    def _run(self) -> None:
        writer: Writer[EntryT] | None = None
        pause = FIRST_PAUSE
        batch: list[EntryT] = []
        while True:
            if not batch:
                taken = self._take()
                if not taken:
                    break
                batch = self._complete_all(taken)
            try:
                writer = writer or self.plan.make_writer()
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

    def _take(self) -> list[SizedT]:
        """Return the next items; none if the queue is closed and empty."""
        with self.changed:
            while not self.waiting and not self._closing:
                self.changed.wait()
            taken = [self.waiting.popleft() for _ in range(min(self.plan.batch, len(self.waiting)))]
            self.bytes -= sum(item.size for item in taken)
            self.taken = len(taken)
            if not taken:
                self._thread = None
            return taken

    def _complete_all(self, taken: Sequence[SizedT]) -> list[EntryT]:
        entries: list[EntryT] = []
        for item in taken:
            try:
                entries.append(self.plan.complete(item))
            except Exception as error:  # noqa: BLE001  # what users' functions raise
                # What could not be redacted is not written. The message may contain the text.
                with self.changed:
                    self.taken -= 1
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
                    "%s: cannot write, and tries again: %s (logged only once)",
                    self.plan.owner,
                    name,
                )
            if self._closing:
                # One more attempt, at once: the target may have failed for a moment.
                self._last_failures += 1
                return self._last_failures > 1
            self.changed.wait_for(lambda: self._closing, pause)
            return False

    def _done(self, batch: Sequence[EntryT], *, written: bool) -> None:
        with self.changed:
            if written:
                self.written += len(batch)
            else:
                self.drop(len(batch), "the log could not be written before it was closed")
            self.taken = 0
            self.changed.notify_all()


def _end(state: _State[SizedT, EntryT]) -> None:
    """Write what is waiting, at the end of the program or of the middleware."""
    if state.pid != os.getpid():
        return
    state.close(EXIT_SECONDS)
    with state.changed:
        lost = state.dropped + len(state.waiting) + state.taken
    if lost:
        _log.warning("%s: %d calls were %s", state.plan.owner, lost, state.plan.lost)
