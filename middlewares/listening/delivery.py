"""Call each callback exactly once, and keep its errors away from the call."""

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
from ...pipeline.stream.outcome import Outcome, Settlement, outcome_of
from ...pipeline.stream.stream import Stream
from ...pipeline.sync import drive
from .listeners import Audience, Listener
from .record import CallTimer, make_record

_log = logging.getLogger("trunkline")

#: Seconds after which an asynchronous callback is stopped.
CALLBACK_SECONDS = 60.0


class Failures:
    """Counts callbacks that fail, by name, and logs each failure."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._lock = threading.Lock()

    def add(self, listener: Listener, what: str, error: BaseException | None = None) -> None:
        """Log and count a callback that failed."""
        with self._lock:
            self.counts[listener.name] += 1
        _log.error("callback %s %s", listener.name, what, exc_info=error)


class Delivery:
    """Calls callbacks, and counts in `failed` those that fail.

    Plain callbacks are called first, then the asynchronous ones are awaited, each group in order.
    So plain callbacks run even for a dropped stream, when nothing can be awaited. In a blocking
    call, an asynchronous callback runs as long as it does not suspend; one that waits for an
    event loop is stopped, logged by name and counted. Under an event loop it is stopped after
    `CALLBACK_SECONDS`.
    """

    def __init__(self) -> None:
        self.failed = Failures()

    async def watch(self, audience: Audience, request: Request, call_next: Handler) -> Reply:
        """Run a call and notify `audience` of it."""
        timer = CallTimer()
        try:
            await self._notify_of_start(audience, request)
            reply = await call_next(request)
        except Exception as error:
            waiting = self._notify_of_end(audience, request, timer, outcome_of(error))
            if waiting is not None:
                await waiting
            raise
        except BaseException as error:
            # Cancelled: nothing can be awaited here.
            waiting = self._notify_of_end(audience, request, timer, outcome_of(error))
            if waiting is not None:
                request.io.spawn(waiting.run)
            raise
        if isinstance(reply, ModelResponse):
            outcome = Outcome(kind="completed", response=reply)
            waiting = self._notify_of_end(audience, request, timer, outcome)
            if waiting is not None:
                await waiting
            return reply
        stream = self._notify_of_chunks(audience, request, reply)

        def ended(outcome: Outcome) -> Settlement | None:
            waiting = self._notify_of_end(audience, request, timer, outcome)
            # Callbacks are also notified of a stream that is only dropped.
            return None if waiting is None else Settlement(waiting.run)

        stream.observe(ended)
        return stream

    async def _notify_of_start(self, audience: Audience, request: Request) -> None:
        listeners = [one for one in audience.all_listeners() if one.started is not None]
        waiting = self.call(listeners, lambda one: one.started and one.started(request), request)
        if waiting is not None:
            await waiting

    def _notify_of_chunks(self, audience: Audience, request: Request, stream: Stream) -> Stream:
        listeners = [one for one in audience.all_listeners() if one.chunk is not None]
        if not listeners:
            return stream

        def notify(
            chunk: ModelResponseStream,
        ) -> ModelResponseStream | Awaitable[ModelResponseStream]:
            waiting = self.call(
                listeners, lambda one: one.chunk and one.chunk(request, chunk), request
            )
            return chunk if waiting is None else _after(waiting, chunk)

        return stream.map(notify)

    def _notify_of_end(
        self, audience: Audience, request: Request, timer: CallTimer, outcome: Outcome
    ) -> _Waiting | None:
        listeners = audience.completed if outcome.kind == "completed" else audience.not_completed
        if not listeners:
            return None
        record = make_record(request, outcome, timer)
        return self.call(listeners, lambda one: one.ended(record), request)

    def call(
        self, listeners: Iterable[Listener], notify: Callable[[Listener], object], request: Request
    ) -> _Waiting | None:
        """Call the listeners; return those that are still to be awaited."""
        waiting: deque[tuple[Listener, Awaitable[object]]] = deque()
        for listener in listeners:
            try:
                result = notify(listener)
                if not inspect.isawaitable(result):
                    continue
                if request.io.blocking:
                    drive(_await(result))
                else:
                    waiting.append((listener, result))
            except SuspendedError as error:
                self.failed.add(listener, f"awaited an event loop in a blocking call ({error})")
            except Exception as error:  # noqa: BLE001  # a callback must never fail the call
                self.failed.add(listener, "raised", error)
        return _Waiting(self.failed, waiting) if waiting else None


class _Waiting:
    """Asynchronous callbacks to be awaited; reports those that never are."""

    def __init__(
        self, failed: Failures, waiting: deque[tuple[Listener, Awaitable[object]]]
    ) -> None:
        self._failed = failed
        self._waiting = waiting

    def __await__(self) -> Generator[Any, Any, None]:
        return self.run().__await__()

    async def run(self) -> None:
        """Await the callbacks one after another, each for a limited time."""
        import anyio  # noqa: PLC0415  # blocking calls do not need it

        while self._waiting:
            listener, result = self._waiting.popleft()
            try:
                with anyio.move_on_after(CALLBACK_SECONDS) as limit:
                    await result
                if limit.cancelled_caught:
                    self._failed.add(listener, f"was stopped after {CALLBACK_SECONDS:g} s")
            except Exception as error:  # noqa: BLE001  # a callback must never fail the call
                self._failed.add(listener, "raised", error)
            except BaseException:
                self._failed.add(listener, "was cancelled before it finished")
                raise

    def __del__(self) -> None:
        for listener, result in self._waiting:
            if isinstance(result, Coroutine):
                result.close()
            self._failed.add(listener, "was not run: there was no event loop to run it in")


async def _await(result: Awaitable[object]) -> None:
    await result


async def _after(waiting: _Waiting, chunk: ModelResponseStream) -> ModelResponseStream:
    await waiting
    return chunk
