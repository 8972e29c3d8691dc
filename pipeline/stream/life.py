"""The life of a stream: its chunks are read from a source, and it has one outcome."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import TYPE_CHECKING, cast

from ..errors import APIError, StreamInterruptedError, Timeout
from ..port import IO, Signal
from ..schema.call_info import CallInfo
from ..schema.model_response import ModelResponse, ModelResponseStream
from ..sync import drive, run
from .fold import Fold
from .outcome import (
    Observer,
    Outcome,
    OutcomeKind,
    Settlement,
    interrupted,
    notify,
    unawaited,
    unfoldable,
)

if TYPE_CHECKING:
    from .sources import Source


class StreamLife:
    """Reads chunks from a source, folds them into a response, and notifies observers at the end.

    It is the part of a stream that adapters and middlewares use.

    Args:
        source: the source of the chunks.
        io: the port of the call.
        call: the details of the call.
        started: time (of `time.perf_counter`) when the call began.
        show_usage: whether the caller sees chunks that have nothing but usage.
        derived: whether the source reads another stream. Its errors are then already those that
            the caller gets, while those of a provider become a StreamInterruptedError.
        fold: the response in progress, if the source uses it too.
    """

    def __init__(
        self,
        source: Source,
        io: IO,
        call: CallInfo,
        *,
        started: float | None = None,
        show_usage: bool = True,
        derived: bool = False,
        fold: Fold | None = None,
    ) -> None:
        self.call = call
        self._source = source
        self._io = io
        self._loop = io.loop()
        self._started = perf_counter() if started is None else started
        self._show_usage = show_usage
        # Whether another stream reads this one.
        self._has_reader = False
        # A source that reads another stream raises its errors as they are meant for the caller.
        self._derived = derived
        self._ready: deque[ModelResponseStream] = deque()
        self._hidden: list[ModelResponseStream] = []
        self._fold = Fold(call) if fold is None else fold
        self._observers: list[Observer] = []
        self._ended = False
        self._outcome: Outcome | None = None
        # Threads: one reads at a time, and the one that takes `_unsettled` sets the outcome.
        self._reading = threading.RLock()
        self._unsettled = threading.Lock()
        # Tasks: the signals of those that wait for the one that reads, None while none does.
        self._waiting: list[Signal] | None = None
        self._unfinished: list[Callable[[], Awaitable[None]]] = []

    @property
    def response(self) -> ModelResponse:
        """The part of the response that has arrived so far."""
        return self._fold.response()

    @property
    def outcome(self) -> Outcome | None:
        """The outcome, None while the stream is being read."""
        return self._outcome

    @property
    def exhausted(self) -> bool:
        """Whether the source has been read to its end, including chunks after the finish reason."""
        return self._ended

    def observe(self, observer: Observer) -> None:
        """Call `observer`, plain or `async`, once with the outcome when the stream has ended.

        If the stream is neither read to its end nor closed, but only dropped, nothing can await
        an `async` observer: a warning names it.
        """
        self._observers.append(observer)

    async def prime(self) -> None:
        """Read until the first content arrives, so that earlier errors are raised by the call."""
        try:
            while not self._ended and not self._fold.has_content:
                self._take(await self._source.read())
        except BaseException as error:
            if isinstance(error, Timeout) and error.phase == "mid_stream":
                # Comments and pings may have arrived, but no content.
                error.phase = "first_event"
            # The caller never gets this stream: the call raises the error.
            self._outcome = Outcome(kind="failed", error=error)
            raise

    async def pull(self) -> list[ModelResponseStream]:
        """Return the chunks that are ready, else the next ones, [] at the end of the stream."""
        while not self._ready and self._outcome is None:
            if self._io.blocking:
                self._fill()
            else:
                await self._refill()
        batch = list(self._ready)
        self._ready.clear()
        return batch

    def take_hidden(self) -> list[ModelResponseStream]:
        """Return the usage chunks that are hidden because the caller did not ask for them."""
        hidden, self._hidden = self._hidden, []
        return hidden

    async def read_to_end(self) -> ModelResponse:
        """Read to the end and return the whole response; see `final`."""
        while await self.pull():
            pass
        outcome = self._outcome
        if outcome is not None and outcome.kind == "completed" and outcome.response is not None:
            return outcome.response
        error = None if outcome is None else outcome.error
        raise error or StreamInterruptedError(
            "the stream was closed before its end",
            self.call.provider,
            self.call.model,
            phase="mid_stream",
            partial=self._partial(),
        )

    async def finish(self, kind: OutcomeKind) -> None:
        """End the stream with an outcome of this kind, unless it has ended already."""
        if self._outcome is None:
            await self._settle(Outcome(kind=kind, response=self._partial()))

    async def aclose(self) -> None:
        """Stop reading and close the connection; further calls do nothing."""
        await self.finish(self._closing_kind())
        await _run_all(self._unfinished)

    def drop(self) -> None:
        """Close the stream without awaiting: notify observers now, close the connection soon."""
        self._drop(None)

    def _drop(self, give_up: Callable[[Awaitable[None]], None] | None) -> None:
        """Drop the stream; `give_up` is for the results of async observers, which else run soon."""
        if self._outcome is not None:
            return
        if self._io.blocking:
            drive(self.aclose())
            return
        if not self._unsettled.acquire(blocking=False):
            return
        kind = self._closing_kind()
        outcome = self._outcome = Outcome(kind=kind, response=self._partial())
        waiting, error = notify(self._observers, outcome)
        source = self._source
        # In another event loop, or without one, the connection is gone with its own loop.
        alive = self._io.loop() is self._loop
        if give_up is not None or not alive:
            given_up = [each for each in waiting if not (alive and isinstance(each, Settlement))]
            waiting = [each for each in waiting if each not in given_up]
            for result in given_up:
                (give_up or unawaited)(result)

        async def finish() -> None:
            try:
                for result in waiting:
                    await result
            finally:
                await source.aclose(kind)

        if alive:
            # Either the task that is started here or a later aclose() does the work.
            unfinished = self._unfinished
            unfinished.append(finish)
            self._io.spawn(lambda: _run_all(unfinished))
        if error is not None:
            raise error

    def _fill(self) -> None:
        """Read the next chunks of a blocking call, unless another thread reads them."""
        # `with` takes twice as long.
        self._reading.acquire()
        try:
            if not self._ready:
                run(self._refill())
        finally:
            self._reading.release()

    async def _refill(self) -> None:
        """Read the next chunks, or the outcome; blocking calls use `_fill`.

        While another task reads, wait until it has done so.
        """
        if self._outcome is not None:
            return
        if self._waiting is not None:
            signal = self._io.event()
            self._waiting.append(signal)
            await signal.wait()
            return
        if not self._io.blocking:
            self._waiting = []
        final = self._derived
        try:
            if not self._ended:
                batch = await self._source.read()
                final = False
                self._take(batch)
                return
            final = False
            response = self._final()
        except Exception as error:
            if self._outcome is None:
                await self._fail(error, final=final)
            elif not isinstance(error, APIError):
                raise
            # The stream was closed elsewhere, and the read failed because of that.
        except BaseException:
            # Cancelled or interrupted by the caller.
            self.drop()
            raise
        else:
            await self._settle(Outcome(kind="completed", response=response))
        finally:
            waiting, self._waiting = self._waiting, None
            for signal in waiting or ():
                signal.set()

    def _take(self, batch: list[ModelResponseStream]) -> None:
        if not batch:
            self._ended = True
            return
        fold, show = self._fold.add, self._ready.append
        try:
            for chunk in batch:
                fold(chunk)
                if chunk.usage is None or self._show_usage or chunk.choices:
                    show(chunk)
                else:
                    self._hidden.append(chunk)
        except Exception as error:
            raise unfoldable(error) from error
        if self.call.first_content_at is None and self._fold.has_content:
            self.call.first_content_at = perf_counter()

    async def _fail(self, error: Exception, *, final: bool) -> None:
        partial = self._partial()
        raised = error
        if isinstance(error, APIError):
            if not (final or isinstance(error, StreamInterruptedError | Timeout)):
                raised = interrupted(error)
            self._complete(cast("APIError", raised), partial)
        # A failed inner stream raises this error with the original error as its cause.
        broke_off = isinstance(error, StreamInterruptedError) and not isinstance(
            error.__cause__, APIError
        )
        kind: OutcomeKind = "truncated" if broke_off else "failed"
        await self._settle(Outcome(kind=kind, response=partial, error=raised))
        if raised is error:
            raise raised
        raise raised from error

    def _complete(self, error: APIError, partial: ModelResponse | None) -> None:
        # What an inner stream had is not for the caller: a layer may have held text back.
        error.partial = partial if self._derived else error.partial or partial
        error.attempts = self.call.attempts

    async def _settle(self, outcome: Outcome) -> None:
        """Record the outcome once, release the source, notify the observers."""
        if not self._unsettled.acquire(blocking=False):
            return
        self._outcome = outcome
        self._ready.clear()
        try:
            await self._source.aclose(outcome.kind)
        finally:
            waiting, error = notify(self._observers, outcome)
            for result in waiting:
                await result
            if error is not None:
                raise error

    def _closing_kind(self) -> OutcomeKind:
        """Return "completed" if the caller stopped after the finish reason, else "abandoned"."""
        unread = any(chunk.choices for chunk in list(self._ready))
        return "completed" if self._fold.finished and not unread else "abandoned"

    def _final(self) -> ModelResponse:
        """Return the whole response.

        Raises:
            APIResponseValidationError: the chunks do not make a response.
        """
        ended = self.call.ended_at = perf_counter()
        self.call.response_ms = (ended - self._started) * 1000
        try:
            return self._fold.response()
        except Exception as error:
            raise unfoldable(error) from error

    def _partial(self) -> ModelResponse | None:
        """Return what has arrived, None if that cannot be read: a stream ends whatever it holds."""
        try:
            return self._final()
        except APIError:
            return None


async def _run_all(work: list[Callable[[], Awaitable[None]]]) -> None:
    """Run all remaining work, each item once."""
    while work:
        await work.pop()()
