"""Stream: a response in progress, with chunks as they arrive and one outcome at the end."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from time import perf_counter
from typing import Any, Protocol, TypeVar, cast

from ..closing import Closing
from ..drawing import Drawn
from ..errors import APIError, StreamInterruptedError, Timeout
from ..port import IO
from ..schema.call_info import CallInfo
from ..schema.litellm_names import LitellmNames, hidden_params
from ..schema.model_response import ModelResponse, ModelResponseStream
from ..sync import drive
from .fold import Fold
from .outcome import Observer, Outcome, OutcomeKind, interrupted, notify, unfoldable

_log = logging.getLogger("trunkline")

_Changed = ModelResponseStream | None
ChunkFunction = Callable[[ModelResponseStream], _Changed | Awaitable[_Changed]]
ReplyT = TypeVar("ReplyT", bound="ModelResponse | Stream")


class Source(Protocol):
    """The source of a stream's chunks."""

    async def read(self) -> list[ModelResponseStream]:
        """Return the next chunks, [] at the end of the response."""
        ...

    async def aclose(self, kind: OutcomeKind) -> None:
        """Release the source's resources; called once, with the kind of the outcome."""
        ...


class Stream(LitellmNames, Closing, Drawn):
    """The chunks of a response, which can be read once.

    Read a stream from completion() with `for`, and one from acompletion() with `async for`.

    The connection is closed when the loop ends or is left, by an exception in its body, by
    `close()` or `aclose()`, and when the stream is dropped. `response` is what has arrived so far.
    Several threads may read one stream, and each gets some of its chunks; `close()` from any thread
    ends all of them.

    Raises while being read:
        StreamInterruptedError: the response broke off; `partial` has what had arrived.
        Timeout: nothing arrived within the limit; `partial` has what had arrived.
    """

    def __init__(
        self,
        source: Source,
        io: IO,
        call: CallInfo,
        *,
        started: float | None = None,
        show_usage: bool = True,
    ) -> None:
        self.call = call
        self._source = source
        self._io = io
        self._loop = io.loop()
        self._started = perf_counter() if started is None else started
        self._show_usage = show_usage
        self._ready: deque[ModelResponseStream] = deque()
        self._hidden: list[ModelResponseStream] = []
        self._fold = Fold(call)
        self._observers: list[Observer] = []
        self._ended = False
        self._outcome: Outcome | None = None
        # Threads: one reads at a time, and the one that takes `_unsettled` sets the outcome.
        self._reading = threading.RLock()
        self._unsettled = threading.Lock()
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

    @property
    def attempts(self) -> int:
        """How many HTTP requests were made until this stream opened."""
        return self.call.attempts

    @property
    def _hidden_params(self) -> dict[str, Any]:
        return hidden_params(self.call, self.response.cost)

    def map(self, change: ChunkFunction) -> Stream:
        """Return a stream that applies `change`, plain or `async`, to each chunk as it arrives.

        A chunk for which it returns None is left out.
        """
        return Stream(
            _Mapped(self, change),
            self._io,
            self.call,
            started=self._started,
            show_usage=self._show_usage,
        )

    def observe(self, observer: Observer) -> None:
        """Call `observer` once with the outcome when the stream has ended."""
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
            await self._refill()
        batch = list(self._ready)
        self._ready.clear()
        return batch

    def take_hidden(self) -> list[ModelResponseStream]:
        """Return the usage chunks that are hidden because the caller did not ask for them."""
        hidden, self._hidden = self._hidden, []
        return hidden

    async def finish(self, kind: OutcomeKind) -> None:
        """End the stream with an outcome of this kind, unless it has ended already."""
        if self._outcome is None:
            await self._settle(Outcome(kind=kind, response=self._partial()))

    def close(self) -> None:
        """Stop reading and close the connection; further calls do nothing."""
        self._check_world(blocking=True)
        drive(self.aclose())

    async def aclose(self) -> None:
        """Stop reading and close the connection; further calls do nothing."""
        await self.finish(self._closing_kind())
        await _run_all(self._unfinished)

    def __next__(self) -> ModelResponseStream:
        try:
            return self._ready.popleft()
        except IndexError:
            self._check_world(blocking=True)
            chunk = drive(self._advance())
        if chunk is None:
            raise StopIteration
        return chunk

    async def __anext__(self) -> ModelResponseStream:
        if self._ready:
            return self._ready.popleft()
        self._check_world(blocking=False)
        chunk = await self._advance()
        if chunk is None:
            raise StopAsyncIteration
        return chunk

    def __iter__(self) -> Iterator[ModelResponseStream]:
        self._check_world(blocking=True)
        return self._iterate()

    def _iterate(self) -> Iterator[ModelResponseStream]:
        ready = self._ready
        try:
            while True:
                try:
                    chunk = ready.popleft()
                except IndexError:
                    taken = drive(self._advance())
                    if taken is None:
                        return
                    chunk = taken
                yield chunk
        finally:
            # Leaving the loop drops this iterator, which closes the connection.
            drive(self.aclose())

    def __aiter__(self) -> AsyncIterator[ModelResponseStream]:
        self._check_world(blocking=False)
        return _AsyncLoop(self, self._ready)

    def __del__(self) -> None:
        if getattr(self, "_outcome", True) is None:
            self.drop()

    def __repr__(self) -> str:
        state = self._outcome.kind if self._outcome else "open"
        return f"Stream({self.call.model!r}, {state})"

    def drop(self) -> None:
        """Close the stream without awaiting: notify observers now, close the connection soon."""
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

        async def finish() -> None:
            try:
                for result in waiting:
                    await result
            finally:
                await source.aclose(kind)

        if self._io.loop() is self._loop:
            # In another event loop, or without one, the connection is gone with its own loop.
            # Either the task that is started here or a later aclose() does the work.
            unfinished = self._unfinished
            unfinished.append(finish)
            self._io.spawn(lambda: _run_all(unfinished))
        if error is not None:
            raise error

    async def _advance(self) -> ModelResponseStream | None:
        while True:
            try:
                # Not in a condition, because another thread may take the last one meanwhile.
                return self._ready.popleft()
            except IndexError:
                if self._outcome is not None:
                    return None
            await self._refill()

    async def _refill(self) -> None:
        if self._io.blocking:
            with self._reading:
                if not self._ready and self._outcome is None:
                    await self._read_more()
        else:
            await self._read_more()

    async def _read_more(self) -> None:
        try:
            if not self._ended:
                self._take(await self._source.read())
                return
            response = self._final()
        except APIError as error:
            # If the stream was closed elsewhere, the read fails because of that.
            if self._outcome is None:
                await self._fail(error)
            return
        except BaseException:
            # Cancelled or interrupted by the caller.
            self.drop()
            raise
        await self._settle(Outcome(kind="completed", response=response))

    def _take(self, batch: list[ModelResponseStream]) -> None:
        if not batch:
            self._ended = True
            return
        fold, show = self._fold.add, self._ready.append
        try:
            for chunk in batch:
                fold(chunk)
                if chunk.choices or self._show_usage or chunk.usage is None:
                    show(chunk)
                else:
                    self._hidden.append(chunk)
        except Exception as error:
            raise unfoldable(error) from error
        if self.call.first_content_at is None and self._fold.has_content:
            self.call.first_content_at = perf_counter()

    async def _fail(self, error: APIError) -> None:
        partial = self._partial()
        if isinstance(error, StreamInterruptedError | Timeout):
            raised: APIError = error
        else:
            raised = interrupted(error)
        raised.partial = raised.partial or partial
        raised.attempts = self.call.attempts
        # A failed inner stream raises this error with the original error as its cause.
        broke_off = isinstance(error, StreamInterruptedError) and not isinstance(
            error.__cause__, APIError
        )
        kind: OutcomeKind = "truncated" if broke_off else "failed"
        await self._settle(Outcome(kind=kind, response=partial, error=raised))
        if raised is error:
            raise raised
        raise raised from error

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

    def _check_world(self, *, blocking: bool) -> None:
        if self._io.blocking is not blocking:
            call, loop = (
                ("completion", "for") if self._io.blocking else ("acompletion", "async for")
            )
            raise TypeError(f"this stream is from {call}(): read it with '{loop}'")


class _AsyncLoop:
    """The iterator of one `async for`; dropping it, as `break` does, closes the stream."""

    def __init__(self, stream: Stream, ready: deque[ModelResponseStream]) -> None:
        self._stream = stream
        self._ready = ready

    def __aiter__(self) -> AsyncIterator[ModelResponseStream]:
        return self

    async def __anext__(self) -> ModelResponseStream:
        # Most chunks are ready and need no second coroutine.
        return self._ready.popleft() if self._ready else await self._stream.__anext__()

    def __del__(self) -> None:
        self._stream.drop()


class _Mapped:
    """The source of a stream from `Stream.map`."""

    def __init__(self, inner: Stream, change: ChunkFunction) -> None:
        self._inner = inner
        self._change = change

    async def read(self) -> list[ModelResponseStream]:
        while True:
            batch = await self._inner.pull()
            changed: list[ModelResponseStream] = []
            for chunk in batch:
                result = self._change(chunk)
                if isinstance(result, Awaitable):
                    # mypy needs the cast, because for it a chunk has every attribute.
                    kept = await cast("Awaitable[_Changed]", result)  # pyright: ignore[reportUnnecessaryCast]
                else:
                    kept = result
                if kept is not None:
                    changed.append(kept)
            # The outer stream hides these chunks too, and needs their usage for its response.
            changed += self._inner.take_hidden()
            if changed or not batch:
                return changed

    async def aclose(self, kind: OutcomeKind) -> None:
        await self._inner.finish(kind)


async def _run_all(work: list[Callable[[], Awaitable[None]]]) -> None:
    """Run all remaining work, each item once."""
    while work:
        await work.pop()()


def observe(reply: ReplyT, observer: Callable[[Outcome], None]) -> ReplyT:
    """Call `observer` once with the reply's outcome, and return the reply.

    For a response it is called now, for a stream when it ends.
    """
    if isinstance(reply, Stream):
        reply.observe(observer)
    else:
        observer(Outcome(kind="completed", response=reply))
    return reply
