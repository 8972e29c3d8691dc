"""What the decoders of most streams do alike: cut the body into events, stop at an error."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar

from ...pipeline.errors import APIError
from ...pipeline.schema.model_response import ModelResponseStream

E = TypeVar("E")
Event_co = TypeVar("Event_co", covariant=True)


class Reader(Protocol[Event_co]):
    """Cuts bytes into events, as server-sent events or lines."""

    def feed(self, data: bytes) -> Sequence[Event_co]:
        """Return the events that `data` completed."""
        ...

    def close(self) -> Sequence[Event_co]:
        """Return what is left at the end."""
        ...


class StreamDecoder(Generic[E]):
    """Turns the bytes of a streamed answer into chunks; see `wires.ChunkDecoder`.

    A wire says what one event stands for: `read` returns its chunks, sets `done` at the end of
    the answer, and raises an APIError that the event stands for.
    """

    def __init__(self, reader: Reader[E]) -> None:
        self.done = False
        self.error: APIError | None = None
        self._reader = reader

    def read(self, event: E) -> list[ModelResponseStream]:
        """Return the chunks of an event."""
        raise NotImplementedError

    def feed(self, data: bytes) -> list[ModelResponseStream]:
        """Return the chunks that `data` completed."""
        return self.read_all(self._reader.feed(data))

    def close(self) -> list[ModelResponseStream]:
        """Return the chunks of what is left at the end of the body."""
        return self.read_all(self._reader.close())

    def read_all(self, events: Sequence[E]) -> list[ModelResponseStream]:
        """Return the chunks of several events, those before an error still being an answer."""
        chunks: list[ModelResponseStream] = []
        for event in events:
            if self.done or self.error is not None:
                break
            try:
                chunks += self.read(event)
            except APIError as error:
                self.error = error
        return chunks
