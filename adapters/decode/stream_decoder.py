"""The loop that stream decoders share: cut the body into events, stop at the end or an error."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar, cast

from ...pipeline.errors import APIError, APIResponseValidationError
from ...pipeline.schema.model_response import ModelResponse, ModelResponseStream
from .one_chunk import as_chunk

if TYPE_CHECKING:
    from .surrogates import TextJoiner

D = TypeVar("D")
E = TypeVar("E")
Event_co = TypeVar("Event_co", covariant=True)

_END_MARKER = b"[DONE]"


class Reader(Protocol[Event_co]):
    """Cuts bytes into events, such as server-sent events or lines.

    Attributes:
        max_bytes: how much is kept of an event that is not complete.
    """

    max_bytes: int

    def feed(self, data: bytes) -> Sequence[Event_co]:
        """Return the events that `data` completed.

        Raises:
            APIResponseValidationError: an event is longer than `max_bytes`.
        """
        ...

    def close(self) -> Sequence[Event_co]:
        """Return what is left at the end."""
        ...

    @property
    def rest(self) -> bytes:
        """What has arrived and is not an event, or not yet."""
        ...


def too_long(max_bytes: int) -> APIResponseValidationError:
    """Return the error of an event that is longer than the limit."""
    return APIResponseValidationError(
        f"an event of the stream is longer than {max_bytes} bytes; "
        "max_response_bytes sets the limit"
    )


class StreamDecoder(Generic[E]):
    """Turns the bytes of a streamed response into chunks; see `wire.ChunkDecoder`.

    A wire implements `read`: it returns the chunks of one event, sets `done` at the provider's end
    marker, and raises the APIError of an event that is an error.

    Args:
        reader: cuts the body into events.
        decode_plain: decodes a complete response. Some hosts send one where a stream was
            requested; it becomes a single chunk. None if the reader also reads such a body.
    """

    def __init__(
        self, reader: Reader[E], decode_plain: Callable[[bytes], ModelResponse] | None = None
    ) -> None:
        self.done = False
        self.error: APIError | None = None
        self.reader = reader
        self._decode_plain = decode_plain
        self._seen = False
        self._joiner: TextJoiner | None = None

    def read(self, event: E) -> list[ModelResponseStream]:
        """Return the chunks of an event."""
        raise NotImplementedError

    def feed(self, data: bytes) -> list[ModelResponseStream]:
        """Return the chunks that `data` completed."""
        chunks = self.read_all(self.reader.feed(data))
        return chunks if self._joiner is None else self._joiner.join(chunks)

    def close(self) -> list[ModelResponseStream]:
        """Return the chunks of what is left at the end of the body."""
        rest = self.reader.rest
        events = self.reader.close()
        decode_plain = self._decode_plain
        if decode_plain is None or events or self._seen or not rest.strip():
            return self._joined(self.read_all(events))
        from ...pipeline.surrogates import mend_surrogates  # noqa: PLC0415  # few streams need it

        try:
            answer = decode_plain(mend_surrogates(rest))
        except APIError as error:
            self.error = error
            return []
        self.done = True
        return [as_chunk(answer)]

    def read_all(self, events: Sequence[E]) -> list[ModelResponseStream]:
        """Return the chunks of several events; those before an error are still returned."""
        chunks: list[ModelResponseStream] = []
        if not events or self.error is not None:
            return chunks
        self._seen = True
        for event in events:
            if self.done:
                break
            try:
                chunks += self.read(event)
            except APIError as error:
                try:
                    chunks += self._read_again(event, error)
                except APIError as last:
                    self.error = last
                    break
        return chunks

    def _read_again(self, event: E, error: APIError) -> list[ModelResponseStream]:
        """Return the chunks of an event that `read` refuses but hosts send, else raise `error`.

        Its text may end in half a character. It may be blank, to keep a connection alive, or the
        end marker of OpenAI's streams. A wire that reads the marker itself sets `done` first, and
        its error is about the stream.
        """
        if self.done or not isinstance(error, APIResponseValidationError):
            raise error
        data = _data_of(event).strip()
        if data in (b"", _END_MARKER):
            self.done = data == _END_MARKER
            return []
        marked = self.marked(event)
        if marked is None:
            raise error
        return self.read(marked)

    def marked(self, event: D) -> D | None:
        """Return an event with its lone surrogates marked, None if it has none."""
        from .surrogates import TextJoiner, mark_event  # noqa: PLC0415  # few streams need it

        marked = mark_event(event)
        if marked is not None and self._joiner is None:
            self._joiner = TextJoiner()
        return marked

    def _joined(self, chunks: list[ModelResponseStream]) -> list[ModelResponseStream]:
        return chunks if self._joiner is None else self._joiner.join(chunks)


def _data_of(event: object) -> bytes:
    """Return the data of a server-sent event or a line; of other events, text that is not blank."""
    data = cast("tuple[object, ...]", event)[-1] if isinstance(event, tuple) else event
    return data if isinstance(data, bytes) else b"{}"


def limit_events(decoder: object, max_bytes: int) -> None:
    """Set how long an event may be; wires of plugins that have other decoders are not limited."""
    if isinstance(decoder, StreamDecoder):
        cast("StreamDecoder[object]", decoder).reader.max_bytes = max_bytes
