"""Limit how many calls run at the same time, and refuse early what would wait too long."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from time import monotonic, perf_counter

from ...pipeline.call.deadlines import set_deadline
from ...pipeline.call.request import Handler, Reply, Request
from ...pipeline.errors import BadRequestError, InvalidArgumentError, LimitExceededError
from ...pipeline.stream.outcome import Outcome
from ...pipeline.stream.stream import Stream
from ...pipeline.timeouts import earlier, remaining
from ..checked_arguments import (
    check_count,
    check_plain_function,
    check_seconds,
    check_texts,
    refuse_awaitable,
)
from .priority_slots import PrioritySlots, QueueFullError

#: Names of priorities, the highest first.
PRIORITIES = ("high", "normal", "low")
#: The highest limit: each slot is an item of a list.
MOST_SLOTS = 1_000_000
#: Seconds after which a refused call may be tried again, while the pace of the queue is unknown.
RETRY_AFTER = 1.0


def priority_of(request: Request) -> object:
    """Return the call's `metadata["priority"]`, None if it has none."""
    return request.metadata.get("priority")


class LoadShedder:
    """Runs a limited number of calls at a time, and refuses early those that would wait too long.

    Calls beyond the limit wait in a queue: higher priorities first, and within a priority in the
    order in which they came. A call is refused at once if the queue is full of calls that are at
    least as important, or if it would outlast the call's deadline at the pace at which slots
    become free. If a more important call finds the queue full, the latest call of the lowest
    priority is refused instead. A stream has its slot until its end.

    Each LoadShedder has its own slots, for all threads and event loops of this process.

    Args:
        max_parallel_requests: calls at the same time.
        max_queue: calls that wait at most; 0 refuses every call beyond the limit.
        wait: seconds that a call may wait at most; None waits as long as the call's own timeouts
            allow.
        priorities: the names of the priorities, the highest first.
        default: the priority of calls without one; None means the middle of `priorities`.
        priority: returns a call's priority, one of the names or None; by default its
            `metadata["priority"]`.
        clock: monotonic seconds; tests pass their own.

    Raises:
        LimitExceededError: the call is refused, and nothing was sent; `retry_after` is the
            estimated time until the queue has room.
        BadRequestError: the call has an unknown priority.
        InvalidArgumentError: an argument is invalid.
    """

    def __init__(
        self,
        max_parallel_requests: int = 100,
        *,
        max_queue: int = 1000,
        wait: float | None = None,
        priorities: Sequence[str] = PRIORITIES,
        default: str | None = None,
        priority: Callable[[Request], object] = priority_of,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        check_count("max_parallel_requests", max_parallel_requests)
        if max_parallel_requests > MOST_SLOTS:
            raise InvalidArgumentError(
                f"max_parallel_requests: expected up to {MOST_SLOTS:,}, got {max_parallel_requests}"
            )
        check_count("max_queue", max_queue, least=0)
        if wait is not None:
            check_seconds("wait", wait, least="0 or more")
        if not isinstance(priorities, list | tuple) or not priorities:
            raise InvalidArgumentError(f"priorities: expected a list of names, got {priorities!r}")
        check_texts("priorities", priorities)
        check_plain_function("priority", priority, "request")
        check_plain_function("clock", clock)
        self.max_parallel_requests = max_parallel_requests
        self.max_queue = max_queue
        self.wait = wait
        self.priorities = tuple(priorities)
        usual = self.priorities[len(self.priorities) // 2] if default is None else default
        if usual not in self.priorities:
            raise InvalidArgumentError(
                f"default: expected one of {self.priorities}, got {default!r}"
            )
        self._default = self.priorities.index(usual)
        self._priority = priority
        self._clock = clock
        self._asks = priority is not priority_of
        self._slots = PrioritySlots(max_parallel_requests, max_queue, len(self.priorities), clock)

    def __repr__(self) -> str:
        limits = f"max_parallel_requests={self.max_parallel_requests}, max_queue={self.max_queue}"
        return f"LoadShedder({limits})"

    @property
    def running(self) -> int:
        """How many calls are running."""
        return self._slots.running

    @property
    def waiting(self) -> int:
        """How many calls wait in the queue."""
        return self._slots.waiting

    async def __call__(self, request: Request, call_next: Handler) -> Reply:
        """Call the next layer as soon as there is a slot."""
        slots, free = self._slots, self._slots.free
        rank = self._rank(request) if self._asks or request.metadata else self._default
        # No lock and no further call, because most calls find a slot; see PrioritySlots.
        try:
            if slots.waiting:
                raise IndexError
            free.pop()
        except IndexError:
            request = await self._wait(request, rank)
        # How long calls take matters where slots are scarce, so only the last slots are timed.
        began = None if free else self._clock()
        try:
            reply = await call_next(request)
        except BaseException:
            slots.release()
            raise
        if isinstance(reply, Stream):
            reply.observe(partial(self._ended, began))
        elif began is None:
            free.append(None)
            if slots.waiting:
                slots.dispatch()
        else:
            self._ended(began)
        return reply

    def _ended(self, began: float | None, _outcome: Outcome | None = None) -> None:
        if began is not None:
            self._slots.note_duration(self._clock() - began)
        self._slots.release()

    def _rank(self, request: Request) -> int:
        given = self._priority(request)
        refuse_awaitable("priority", given)
        if given is None:
            return self._default
        try:
            return self.priorities.index(given)
        except ValueError:
            names = ", ".join(map(repr, self.priorities))
            raise BadRequestError(
                f"metadata.priority: expected one of {names}, got {given!r}",
                model=request.model,
                param="metadata",
            ) from None

    async def _wait(self, request: Request, rank: int) -> Request:
        """Wait for a slot; return the request with its deadlines, which count from now on.

        Raises:
            LimitExceededError: there is no slot in time.
        """
        slots, arrived = self._slots, perf_counter()
        # Outside Deadline they have not been set yet.
        request = set_deadline(request, monotonic())
        max_wait = earlier(self.wait, remaining(request.answer_by))
        expected = slots.estimate(rank)
        if expected is not None and max_wait is not None and expected > max_wait:
            raise self._refusal(request, "the queue would outlast the call's deadline", expected)
        try:
            waiter = slots.enqueue(request.io, rank)
        except QueueFullError:
            raise self._refusal(request, "the queue is full", expected) from None
        try:
            await waiter.wakeup.wait(max_wait)
        except BaseException:
            slots.leave(waiter)
            raise
        if not slots.settle(waiter):
            why = "the call waited too long"
            if waiter.evicted:
                why = "a more important call took its place in the queue"
            raise self._refusal(request, why, slots.estimate(rank))
        request.trail.add("LoadShedder", "waited", since=arrived)
        return request

    def _refusal(self, request: Request, why: str, seconds: float | None) -> LimitExceededError:
        request.trail.add("LoadShedder", "refused")
        return LimitExceededError(
            f"{self.max_parallel_requests} calls are running, and {why}",
            model=request.model,
            retry_after=RETRY_AFTER if seconds is None else seconds,
        )
