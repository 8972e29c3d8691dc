"""Ways to read a stream: its text, its events, or an `async for` loop over its chunks."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from ..schema.model_response import ModelResponse, ModelResponseStream
from ..schema.parts import ParsedT_co

T_co = TypeVar("T_co", covariant=True)

if TYPE_CHECKING:

    class FinalResponse(ModelResponse[ParsedT_co]):
        """What `Stream.final` returns: the response, to be awaited in an asynchronous call."""

        def __await__(self) -> Generator[Any, Any, ModelResponse[ParsedT_co]]:
            """Return the response."""
            ...


class _Chunks(Protocol):
    """A stream as these classes read it."""

    @property
    def outcome(self) -> object: ...

    def __iter__(self) -> Iterator[ModelResponseStream]: ...

    def __aiter__(self) -> AsyncIterator[ModelResponseStream]: ...

    async def __anext__(self) -> ModelResponseStream: ...

    def drop(self) -> None: ...


class AsyncLoop:
    """The iterator of one `async for`; dropping it, as `break` does, closes the stream."""

    def __init__(
        self,
        stream: _Chunks,
        ready: deque[ModelResponseStream],
        refill: Callable[[], Awaitable[None]],
    ) -> None:
        self._stream = stream
        self._ready = ready
        self._refill = refill

    def __aiter__(self) -> AsyncIterator[ModelResponseStream]:
        return self

    async def __anext__(self) -> ModelResponseStream:
        ready = self._ready
        while not ready:
            if self._stream.outcome is not None:
                raise StopAsyncIteration
            await self._refill()
        return ready.popleft()

    def __del__(self) -> None:
        self._stream.drop()


class Reading(Generic[T_co]):
    """What a stream's chunks contain, read with `for` or `async for`, as the stream itself.

    Leaving the loop closes the stream.

    Args:
        stream: the stream.
        read: returns what a chunk contains.
        end: returns what follows when all chunks have been read.
    """

    def __init__(
        self,
        stream: _Chunks,
        read: Callable[[ModelResponseStream], Iterable[T_co]],
        end: Callable[[], Iterable[T_co]] = tuple,
    ) -> None:
        self._stream = stream
        self._read = read
        self._end = end

    def __iter__(self) -> Iterator[T_co]:
        # Asked for outside the generator, so that a stream of the other world is refused at once.
        return self._iterate(iter(self._stream))

    def _iterate(self, chunks: Iterator[ModelResponseStream]) -> Iterator[T_co]:
        for chunk in chunks:
            yield from self._read(chunk)
        yield from self._end()

    def __aiter__(self) -> AsyncIterator[T_co]:
        return _AsyncReading(aiter(self._stream), self._read, self._end)


class _AsyncReading(Generic[T_co]):
    """The iterator of an `async for` over a `Reading`; dropping it closes the stream."""

    def __init__(
        self,
        chunks: AsyncIterator[ModelResponseStream],
        read: Callable[[ModelResponseStream], Iterable[T_co]],
        end: Callable[[], Iterable[T_co]],
    ) -> None:
        self._chunks: AsyncIterator[ModelResponseStream] | None = chunks
        self._read = read
        self._end = end
        self._ready: deque[T_co] = deque()

    def __aiter__(self) -> AsyncIterator[T_co]:
        return self

    async def __anext__(self) -> T_co:
        while not self._ready:
            if self._chunks is None:
                raise StopAsyncIteration
            try:
                chunk = await anext(self._chunks)
            except StopAsyncIteration:
                self._chunks = None
                self._ready.extend(self._end())
            else:
                self._ready.extend(self._read(chunk))
        return self._ready.popleft()


def text_of(chunk: ModelResponseStream) -> Iterator[str]:
    """Yield the text that a chunk adds to the first choice."""
    for choice in chunk.choices:
        if choice.index == 0 and choice.delta.content:
            yield choice.delta.content
