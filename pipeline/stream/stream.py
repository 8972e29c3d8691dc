"""Stream: a response in progress, with chunks as they arrive and one outcome at the end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from copy import copy
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, cast

from ..closing import Closing
from ..drawing import Drawn
from ..errors import InvalidArgumentError
from ..schema.litellm_names import LitellmNames, hidden_params
from ..schema.model_response import ModelResponse, ModelResponseStream
from ..schema.parts import ParsedT_co
from ..sync import drive
from .fold import Fold
from .life import StreamLife
from .outcome import Observer, Outcome, await_later, unawaited

if TYPE_CHECKING:
    from .events import StreamEvent
    from .joined import Follow
    from .reading import FinalResponse, Reading
    from .sources import ChunkFunction, Flush, Source

ReplyT = TypeVar("ReplyT", bound="ModelResponse | Stream")


# Methods for adapters and middlewares; editors do not offer them to users.
_INTERNAL = frozenset({"derive", "drop", "finish", "prime", "pull", "read_to_end", "take_hidden"})


class Stream(StreamLife, LitellmNames, Closing, Drawn, Generic[ParsedT_co]):
    """The chunks of a response, which can be read once.

    Read a stream from completion() with `for`, and one from acompletion() with `async for`; read
    `text()` and `events()` in the same way. `final()` reads to the end.

    The connection is closed when the loop ends or is left, by an exception in its body, by
    `close()` or `aclose()`, and when the stream is dropped. `response` is what has arrived so far.
    Several threads may read one stream, and each gets some of its chunks; `close()` from any thread
    ends all of them.

    For type checkers, the `response` of a `Stream[City]` is a `ModelResponse[City]`.

    Raises while being read:
        StreamInterruptedError: the response broke off; `partial` has what had arrived.
        Timeout: nothing arrived within the limit; `partial` has what had arrived.
    """

    if TYPE_CHECKING:

        @property
        def response(self) -> ModelResponse[ParsedT_co]:
            """The part of the response that has arrived so far."""
            ...

    @property
    def attempts(self) -> int:
        """How many HTTP requests were made until this stream opened."""
        return self.call.attempts

    @property
    def _hidden_params(self) -> dict[str, Any]:
        return hidden_params(self.call, self.response.cost)

    def text(self) -> Reading[str]:
        """Return the text of the first choice, piece by piece, to read with `for` or `async for`.

        Reasoning is not part of it; see `events`.
        """
        from .reading import Reading, text_of  # noqa: PLC0415  # few callers need it

        return Reading(self, text_of)

    def events(self) -> Reading[StreamEvent]:
        """Return what happens in the stream as events, to read with `for` or `async for`.

        A `TextEvent` or `ReasoningEvent` for each piece, a `ToolCallEvent` for each tool call when
        it is complete, then a `UsageEvent` if the provider reports usage, and a `DoneEvent` with
        the response.
        """
        from .events import EventReader  # noqa: PLC0415  # few callers need it
        from .reading import Reading  # noqa: PLC0415

        events = EventReader()
        return Reading(self, events.read, lambda: events.end(self.response))

    def final(self) -> FinalResponse[ParsedT_co]:
        """Read to the end and return the whole response; `await` it if the stream is asynchronous.

        Raises:
            StreamInterruptedError: the response broke off, or the stream was closed before its end.
            APIError: the stream failed.
        """
        # The type has both forms, because one class of streams serves both.
        self._check_reader()
        reading: Any = self.read_to_end()
        return cast("FinalResponse[ParsedT_co]", drive(reading) if self._io.blocking else reading)

    def map(self, change: ChunkFunction, *, flush: Flush | None = None) -> Stream[ParsedT_co]:
        """Return a stream that applies `change`, plain or `async`, to each chunk as it arrives.

        `change` returns a chunk, several chunks, or None to leave the chunk out. It may keep text
        back until `flush` returns it: that is called at the end of a response that is complete.
        What either raises ends the stream, and the caller gets that exception.
        """
        from .sources import Mapped  # noqa: PLC0415  # few streams are changed

        return self.derive(Mapped(self, change, flush))

    def map_text(
        self,
        change: Callable[[str], str],
        *,
        hold_back: int = 0,
        fields: Sequence[str] = ("content",),
    ) -> Stream[ParsedT_co]:
        """Return a stream whose text is what `change` makes of the whole text; see `map_text`."""
        from .text_change import TextChange, text_windows  # noqa: PLC0415  # few streams are changed

        texts = TextChange(text_windows(change, hold_back), fields)
        return self.map(texts.read, flush=texts.flush)

    def then(self, follow: Follow, *, keep: Literal["all", "last"] = "all") -> Stream[ParsedT_co]:
        """Return a stream that continues with another one when this one has ended.

        The caller sees one stream with one finish reason and one outcome. Its usage, attempts and
        cost are those of all parts together.

        Args:
            follow: gets the response of each part that has ended, and returns the next stream, or
                None if there is none; plain or `async`.
            keep: which parts `response` has: "all" joins their texts, "last" begins anew with
                each part, as messages of a conversation do.
        """
        from .joined import Joined  # noqa: PLC0415  # few streams continue

        self._hand_over()
        call = copy(self.call)
        call.side_calls = ()  # the parts have their own
        fold = Fold(call)
        fold.has_content = self._fold.has_content
        source = Joined(self, follow, call, fold if keep == "last" else None)
        return Stream(
            source,
            self._io,
            call,
            started=self._started,
            show_usage=self._show_usage,
            derived=True,
            fold=fold,
        )

    def derive(self, source: Source) -> Stream[ParsedT_co]:
        """Return a stream of the same call from a source that reads this one."""
        self._hand_over()
        return Stream(
            source,
            self._io,
            self.call,
            started=self._started,
            show_usage=self._show_usage,
            derived=True,
        )

    def close(self) -> None:
        """Stop reading and close the connection; further calls do nothing."""
        self._check_world(blocking=True)
        drive(self.aclose())

    def __next__(self) -> ModelResponseStream:
        ready = self._ready
        while ready or self._outcome is None:
            if not ready:
                self._check_world(blocking=True)
                self._check_reader()
                self._fill()
                continue
            try:
                return ready.popleft()
            except IndexError:
                # Another thread took it.
                continue
        raise StopIteration

    async def __anext__(self) -> ModelResponseStream:
        ready = self._ready
        while not ready:
            self._check_world(blocking=False)
            self._check_reader()
            if self._outcome is not None:
                raise StopAsyncIteration
            await self._refill()
        return ready.popleft()

    def __iter__(self) -> Iterator[ModelResponseStream]:
        self._check_world(blocking=True)
        self._check_reader()
        return self._iterate()

    def _iterate(self) -> Iterator[ModelResponseStream]:
        ready = self._ready
        try:
            while ready or self._outcome is None:
                if not ready:
                    self._fill()
                    continue
                try:
                    chunk = ready.popleft()
                except IndexError:
                    # Another thread took it.
                    continue
                yield chunk
        finally:
            # Leaving the loop drops this iterator, which closes the connection.
            drive(self.aclose())

    def __aiter__(self) -> AsyncIterator[ModelResponseStream]:
        self._check_world(blocking=False)
        self._check_reader()
        from .reading import AsyncLoop  # noqa: PLC0415  # blocking calls do not need it

        return AsyncLoop(self, self._ready, self._refill)

    def __del__(self) -> None:
        if getattr(self, "_outcome", True) is None:
            self._drop(unawaited)

    def __dir__(self) -> list[str]:
        return [name for name in super().__dir__() if name not in _INTERNAL]

    def __repr__(self) -> str:
        state = self._outcome.kind if self._outcome else "open"
        return f"Stream({self.call.model!r}, {state})"

    def _hand_over(self) -> None:
        """Note that another stream reads this one from now on, and closes it."""
        self._check_reader()
        self._has_reader = True

    def _check_reader(self) -> None:
        """Refuse to read a stream that another one reads: each would get some of the chunks."""
        if self._has_reader:
            raise InvalidArgumentError(
                "this stream was given to map(), map_text() or then(), once: "
                "read or return the stream that the method returned"
            )

    def _check_world(self, *, blocking: bool) -> None:
        if self._io.blocking is not blocking:
            if self._io.blocking:
                raise TypeError(
                    "this stream is from completion() or responses(): read it with 'for'"
                )
            raise TypeError(
                "this stream is from acompletion() or aresponses(): read it with 'async for'"
            )


def observe(reply: ReplyT, observer: Observer) -> ReplyT:
    """Call `observer`, plain or `async`, once with the reply's outcome, and return the reply.

    For a response it is called now, and an `async` one is awaited before the call returns; for a
    stream it is called when the stream ends.
    """
    if isinstance(reply, Stream):
        reply.observe(observer)
        return reply
    result = observer(Outcome(kind="completed", response=reply))
    if result is not None:
        await_later(reply, result)
    return reply
