"""Make the calls of a chaos run with threads, asyncio and trio."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import trio

from trunkline import Client, Stream

from .chaos_plan import Plan, Run

#: Called before each call.
Tick = Callable[[], None]


@dataclass(frozen=True)
class Caller:
    """Makes calls with a client, and notes how each ends."""

    client: Client
    base: str
    run: Run

    def call(self, plan: Plan) -> None:
        """Make a blocking call."""
        try:
            arguments = plan.arguments(self.base)
            if not plan.stream:
                self.run.answered(plan, self.client.completion(stream=False, **arguments))
                return
            stream = self.client.completion(stream=True, **arguments)
            if plan.leave_after is None:
                for _ in stream:
                    pass
                self.run.answered(plan, stream.response)
                return
            for _ in zip(range(plan.leave_after), stream, strict=False):
                pass
            if plan.leaving == "close":
                # The thread that closes it is not the one that reads it.
                closing = threading.Thread(target=stream.close)
                closing.start()
                closing.join()
            elif plan.leaving == "break":
                stream.close()
            self.run.ended(plan, "left")
        except Exception as error:  # noqa: BLE001  # judged there
            self.run.failed(plan, error)

    async def acall(self, plan: Plan) -> None:
        """Make a call in an event loop."""
        try:
            arguments = plan.arguments(self.base)
            if not plan.stream:
                response = await self.client.acompletion(stream=False, **arguments)
                self.run.answered(plan, response)
                return
            stream = await self.client.acompletion(stream=True, **arguments)
            await self._aread(plan, stream)
        except Exception as error:  # noqa: BLE001  # judged there
            self.run.failed(plan, error)

    async def _aread(self, plan: Plan, stream: Stream) -> None:
        if plan.leave_after is None:
            async for _ in stream:
                pass
            self.run.answered(plan, stream.response)
            return
        position = 0
        if plan.leave_after:
            async for _ in stream:
                position += 1
                if position == plan.leave_after:
                    break
        if plan.leaving != "drop":
            await stream.aclose()
        self.run.ended(plan, "left")


class _Shared:
    """Hands out the calls, one at a time."""

    def __init__(self, plans: Iterator[Plan], tick: Tick) -> None:
        self._plans = plans
        self._tick = tick
        self._lock = threading.Lock()

    def __iter__(self) -> Iterator[Plan]:
        while True:
            with self._lock:
                plan = next(self._plans, None)
            if plan is None:
                return
            self._tick()
            yield plan


def call_in_threads(caller: Caller, plans: Iterator[Plan], at_once: int, tick: Tick) -> None:
    """Make blocking calls, each thread one after the other."""
    shared = _Shared(plans, tick)

    def work() -> None:
        for plan in shared:
            caller.call(plan)

    threads = [threading.Thread(target=work) for _ in range(at_once)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def call_in_asyncio(
    caller: Caller,
    plans: Iterator[Plan],
    at_once: int,
    tick: Tick,
    after: Callable[[], Awaitable[None]],
    reported: Callable[[str], None],
) -> None:
    """Make calls with asyncio, many at a time; cancel those that their plan says.

    Args:
        caller: makes them.
        plans: the calls.
        at_once: how many at a time.
        tick: called before each.
        after: awaited when all have ended.
        reported: called with what the event loop reports, such as exceptions never retrieved.
    """
    shared = _Shared(plans, tick)

    async def one(plan: Plan) -> None:
        started = asyncio.Event()

        async def call() -> None:
            started.set()
            await caller.acall(plan)

        task = asyncio.create_task(call())
        await started.wait()
        loop = asyncio.get_running_loop()
        timer = None
        if plan.cancel_after is not None:
            timer = loop.call_later(plan.cancel_after, task.cancel)
        await asyncio.wait([task])
        if timer is not None:
            timer.cancel()
        if task.cancelled():
            caller.run.ended(plan, "cancelled")
        else:
            await task

    async def work() -> None:
        for plan in shared:
            await one(plan)

    def report(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        reported(f"{context.get('message')}: {context.get('exception')!r}")

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(report)
        await asyncio.gather(*(work() for _ in range(at_once)))
        await after()

    asyncio.run(main())


def call_in_trio(
    caller: Caller,
    plans: Iterator[Plan],
    at_once: int,
    tick: Tick,
    after: Callable[[], Awaitable[None]],
) -> None:
    """Do the same with trio."""
    shared = _Shared(plans, tick)

    async def work() -> None:
        for plan in shared:
            with trio.CancelScope() as scope:
                if plan.cancel_after is not None:
                    scope.deadline = trio.current_time() + plan.cancel_after
                await caller.acall(plan)
            if scope.cancelled_caught:
                caller.run.ended(plan, "cancelled")

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            for _ in range(at_once):
                nursery.start_soon(work)
        await after()

    trio.run(main)
