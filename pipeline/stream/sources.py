"""The source of a stream's chunks, and the source that changes the chunks of another stream."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Protocol, cast

from ..errors import InvalidArgumentError
from ..schema.model_response import ModelResponse, ModelResponseStream
from .outcome import OutcomeKind

#: What a function that changes chunks returns: a chunk, several, or None for none.
Changed = ModelResponseStream | Iterable[ModelResponseStream] | None
ChunkFunction = Callable[[ModelResponseStream], Changed | Awaitable[Changed]]
Flush = Callable[[], Changed | Awaitable[Changed]]


class Source(Protocol):
    """The source of a stream's chunks."""

    async def read(self) -> list[ModelResponseStream]:
        """Return the next chunks, [] at the end of the response."""
        ...

    async def aclose(self, kind: OutcomeKind) -> None:
        """Release the source's resources; called once, with the kind of the outcome."""
        ...


class Readable(Protocol):
    """What a source needs of a stream that it reads."""

    @property
    def response(self) -> ModelResponse:
        """The part of the response that has arrived so far."""
        ...

    async def pull(self) -> list[ModelResponseStream]:
        """Return the next chunks, [] at the end."""
        ...

    def take_hidden(self) -> list[ModelResponseStream]:
        """Return the usage chunks that the caller does not see."""
        ...

    async def finish(self, kind: OutcomeKind) -> None:
        """End the stream."""
        ...


class Mapped:
    """The source of a stream from `Stream.map`."""

    def __init__(self, inner: Readable, change: ChunkFunction, flush: Flush | None) -> None:
        self._inner = inner
        self._change = change
        self._flush = flush

    async def read(self) -> list[ModelResponseStream]:
        """See `Source.read`."""
        while True:
            batch = await self._inner.pull()
            changed: list[ModelResponseStream] = []
            for chunk in batch:
                result = self._change(chunk)
                if type(result) is ModelResponseStream:
                    changed.append(result)
                elif result is not None:
                    changed += await _chunks(result, self._change)
            if not batch and self._flush is not None:
                flush, self._flush = self._flush, None
                changed += await _chunks(flush(), flush)
            # The outer stream hides these chunks too, and needs their usage for its response.
            changed += self._inner.take_hidden()
            if changed or not batch:
                return changed

    async def aclose(self, kind: OutcomeKind) -> None:
        """See `Source.aclose`."""
        await self._inner.finish(kind)


async def _chunks(
    result: Changed | Awaitable[Changed], function: Callable[..., object]
) -> list[ModelResponseStream]:
    """Return the chunks that a function returned.

    Raises:
        InvalidArgumentError: it returned something else.
    """
    given: object = result
    if isinstance(result, Awaitable):
        # mypy needs the cast, because for it a chunk has every attribute.
        given = await cast("Awaitable[Changed]", result)  # pyright: ignore[reportUnnecessaryCast]
    if given is None:
        return []
    if isinstance(given, ModelResponseStream):
        return [given]
    chunks = list(cast("Iterable[object]", given)) if isinstance(given, Iterable) else [given]
    for chunk in chunks:
        if not isinstance(chunk, ModelResponseStream):
            name = getattr(function, "__qualname__", repr(function))
            raise InvalidArgumentError(
                f"{name} returned {type(chunk).__name__} instead of chunks or None"
            )
    return cast("list[ModelResponseStream]", chunks)
