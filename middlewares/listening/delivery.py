"""Tell callbacks of a call, exactly once each, and survive what they do."""

from __future__ import annotations

import inspect
import logging
import threading
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterable
from typing import Any

from ...pipeline.call.request import Handler, Reply, Request
from ...pipeline.errors import SuspendedError
from ...pipeline.schema.model_response import ModelResponse, ModelResponseStream
from ...pipeline.stream.outcome import Outcome, outcome_of
from ...pipeline.stream.stream import Stream
from ...pipeline.sync import drive
from .listeners import Audience, Listener
from .record import Clock, make_record

_log = logging.getLogger("trunkline")


class Delivery:
    """Tells callbacks, and counts those that fail by name in `failures`.

    Plain callbacks are called first and at once, then the asynchronous ones are awaited, each
    group in its order: so plain ones hear of a dropped stream even where nothing can be awaited.
    In a blocking call an asynchronous callback runs in its place, as long as it waits for nothing;
    one that waits for an event loop is stopped there, logged by its name and counted.
    """

    def __init__(self) -> None:
        self.failures: Counter[str] = Counter()
        self._lock = threading.Lock()

    async def watch(self, audience: Audience, request: Request, call_next: Handler) -> Reply:
        """Run a call and tell `audience` of it."""
        clock = Clock()
        try:
            await self._announce(audience, request)
            reply = await call_next(request)
        except Exception as error:
            waiting = self._conclude(audience, request, clock, outcome_of(error))
            if waiting is not None:
                await waiting
            raise
        except BaseException as error:
            # Cancelled: nothing can be awaited here any more.
            waiting = self._conclude(audience, request, clock, outcome_of(error))
            if waiting is not None:
                request.io.spawn(waiting.run)
            raise
        if isinstance(reply, ModelResponse):
            outcome = Outcome(kind="completed", response=reply)
            waiting = self._conclude(audience, request, clock, outcome)
            if waiting is not None:
                await waiting
            return reply
        stream = self._tell_chunks(audience, request, reply)
        stream.observe(lambda outcome: self._conclude(audience, request, clock, outcome))
        return stream

    async def _announce(self, audience: Audience, request: Request) -> None:
        listeners = [one for one in audience.everyone() if one.started is not None]
        waiting = self._call(listeners, lambda one: one.started and one.started(request), request)
        if waiting is not None:
            await waiting

    def _tell_chunks(self, audience: Audience, request: Request, stream: Stream) -> Stream:
        listeners = [one for one in audience.everyone() if one.chunk is not None]
        if not listeners:
            return stream

        def tell(
            chunk: ModelResponseStream,
        ) -> ModelResponseStream | Awaitable[ModelResponseStream]:
            waiting = self._call(
                listeners, lambda one: one.chunk and one.chunk(request, chunk), request
            )
            return chunk if waiting is None else _after(waiting, chunk)

        return stream.map(tell)

    def _conclude(
        self, audience: Audience, request: Request, clock: Clock, outcome: Outcome
    ) -> _Waiting | None:
        listeners = audience.completed if outcome.kind == "completed" else audience.otherwise
        if not listeners:
            return None
        record = make_record(request, outcome, clock)
        return self._call(listeners, lambda one: one.ended(record), request)

    def _call(
        self, listeners: Iterable[Listener], tell: Callable[[Listener], object], request: Request
    ) -> _Waiting | None:
        """Call the listeners; return what some of them want awaited."""
        waiting: deque[tuple[Listener, Awaitable[object]]] = deque()
        for listener in listeners:
            try:
                result = tell(listener)
                if not inspect.isawaitable(result):
                    continue
                if request.io.blocking:
                    drive(_await(result))
                else:
                    waiting.append((listener, result))
            except SuspendedError as error:
                self.fail(listener, f"awaited an event loop in a blocking call ({error})")
            except Exception as error:  # noqa: BLE001  # whatever it is, it is not the call's
                self.fail(listener, "raised", error)
        return _Waiting(self, waiting) if waiting else None

    def fail(self, listener: Listener, what: str, error: BaseException | None = None) -> None:
        """Log and count a callback that failed."""
        with self._lock:
            self.failures[listener.name] += 1
        _log.error("callback %s %s", listener.name, what, exc_info=error)


class _Waiting:
    """What asynchronous callbacks still have to do; says so where it is never awaited."""

    def __init__(
        self, delivery: Delivery, waiting: deque[tuple[Listener, Awaitable[object]]]
    ) -> None:
        self._delivery = delivery
        self._waiting = waiting

    def __await__(self) -> Generator[Any, Any, None]:
        return self.run().__await__()

    async def run(self) -> None:
        """Await one after the other."""
        while self._waiting:
            listener, result = self._waiting.popleft()
            try:
                await result
            except Exception as error:  # noqa: BLE001  # whatever it is, it is not the call's
                self._delivery.fail(listener, "raised", error)
            except BaseException:
                self._delivery.fail(listener, "was cancelled before it had finished")
                raise

    def __del__(self) -> None:
        for listener, result in self._waiting:
            if isinstance(result, Coroutine):
                result.close()
            self._delivery.fail(listener, "was not run: no event loop was there to run it in")


async def _await(result: Awaitable[object]) -> None:
    await result


async def _after(waiting: _Waiting, chunk: ModelResponseStream) -> ModelResponseStream:
    await waiting
    return chunk
