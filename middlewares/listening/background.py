"""Call callbacks in a thread in the background."""

from __future__ import annotations

import asyncio
import inspect
import sys
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextvars import Context, copy_context
from typing import Any

from msgspec import Struct

from ...pipeline.call.request import Request
from .delivery import Delivery, Failures
from .listeners import Listener
from .queue import BackgroundQueue, Plan


class Event(Struct, frozen=True, eq=False):
    """What happened in a call, for the listeners that wait for it.

    Attributes:
        listeners: whom to notify.
        notify: calls one of them.
        context: the context variables of the call.
        in_trio: whether the call was made under trio.
    """

    listeners: Sequence[Listener]
    notify: Callable[[Listener], object]
    context: Context
    in_trio: bool

    @property
    def size(self) -> int:
        """Not known: what is limited is how many wait."""
        return 0


class BackgroundDelivery(Delivery):
    """Calls callbacks in one thread, in the order of events; a call does not wait for them.

    Asynchronous callbacks run there in an event loop of the thread: asyncio's, and trio's for calls
    under trio.
    """

    def __init__(self, max_waiting: int) -> None:
        super().__init__()
        failed = self.failed  # the queue would keep this object alive
        self.queue: BackgroundQueue[Event, Event] = BackgroundQueue(
            Plan(
                make_writer=lambda: _Caller(failed),
                complete=_same,
                max_items=max_waiting,
                max_bytes=1,
                batch=1,
                owner="Callbacks",
                lost="not reported to the callbacks",
                thread="trunkline-callbacks",
            )
        )

    def call(
        self, listeners: Iterable[Listener], notify: Callable[[Listener], object], request: Request
    ) -> None:
        """Add an event to the queue; nothing is to be awaited."""
        waiting = tuple(listeners)
        if waiting:
            in_trio = not request.io.blocking and _in_trio()
            self.queue.put(Event(waiting, notify, copy_context(), in_trio))


class _Caller:
    """Calls callbacks in the thread of a queue; see `Writer`."""

    def __init__(self, failed: Failures) -> None:
        self._failed = failed
        self._runner: asyncio.Runner | None = None

    def write(self, entries: Sequence[Event]) -> None:
        """Call the callbacks of each event."""
        for event in entries:
            awaitables: deque[tuple[Listener, Awaitable[object]]] = deque()
            for listener in event.listeners:
                try:
                    result = event.context.run(event.notify, listener)
                    if inspect.isawaitable(result):
                        awaitables.append((listener, result))
                except BaseException as error:  # noqa: BLE001  # the thread must not end
                    self._failed.add(listener, "raised", error)
            for listener, awaitable in awaitables:
                try:
                    self._run(awaitable, event)
                except BaseException as error:  # noqa: BLE001  # the thread must not end
                    self._failed.add(listener, "raised", error)

    def close(self) -> None:
        """Close the event loop."""
        if self._runner is not None:
            self._runner.close()

    def _run(self, awaitable: Awaitable[object], event: Event) -> None:
        async def run() -> None:
            await awaitable

        if event.in_trio:
            import trio  # noqa: PLC0415  # the program has loaded it

            event.context.run(trio.run, run)
            return
        # One loop for all, so that callbacks can keep connections.
        self._runner = self._runner or asyncio.Runner()
        self._runner.run(run(), context=event.context)


def _same(event: Event) -> Event:
    return event


def _in_trio() -> bool:
    trio: Any = sys.modules.get("trio")
    return trio is not None and bool(trio.lowlevel.in_trio_run())
