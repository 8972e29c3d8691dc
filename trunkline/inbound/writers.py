"""What differs between the APIs on the way back: events, errors, headers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec
from msgspec import Struct

from ..adapters.wires.anthropic import outbound as anthropic
from ..adapters.wires.anthropic.inbound import INBOUND_PARAMS as MESSAGES_PARAMS
from ..adapters.wires.anthropic.outbound_stream import MessageWriter
from ..adapters.wires.openai import outbound as openai
from ..adapters.wires.openai.inbound import INBOUND_PARAMS as CHAT_PARAMS
from ..adapters.wires.responses.inbound_params import INBOUND_PARAMS as RESPONSES_PARAMS
from ..clients.responses.stream import ResponseStream
from ..pipeline.errors import APIError
from ..pipeline.json_values import JSON
from ..pipeline.schema.model_response import ModelResponseStream
from ..pipeline.schema.responses import ResponseStreamEvent
from ..pipeline.stream.stream import Stream

_encode = msgspec.json.Encoder().encode


class ChunkEvents:
    """Writes chunks as OpenAI's events."""

    def write(self, chunks: Sequence[ModelResponseStream]) -> bytes:
        """Return the events of chunks."""
        return b"".join(map(openai.write_chunk, chunks))

    def finish(self, stream: Stream) -> bytes:  # noqa: ARG002  # the protocol's
        """Return the end marker."""
        return openai.END

    def fail(self, error: APIError) -> bytes:
        """Return the event of an error."""
        return openai.error_event(error)


class ResponseEvents:
    """Writes the events of the Responses API."""

    def __init__(self) -> None:
        self._sequence = 0

    def write(self, chunks: Sequence[ResponseStreamEvent]) -> bytes:
        """Return events with their names."""
        self._sequence += len(chunks)
        return b"".join(
            b"event: %s\ndata: %s\n\n" % (event.type.encode(), event.model_dump_json().encode())
            for event in chunks
        )

    def finish(self, stream: ResponseStream) -> bytes:  # noqa: ARG002  # the protocol's
        """Return nothing: the last event is the end."""
        return b""

    def fail(self, error: APIError) -> bytes:
        """Return the event of an error.

        https://platform.openai.com/docs/api-reference/responses-streaming/error
        """
        body = openai.error_body(error)
        fields = body["error"]
        event: JSON = {
            "type": "error",
            "code": fields["code"],
            "message": fields["message"],
            "param": fields["param"],
            "sequence_number": self._sequence,
            # OpenAI's client raises only errors that are in an object.
            **body,
        }
        return _named([event])


class MessageEvents:
    """Writes chunks as the events of the Messages API."""

    def __init__(self, model: str) -> None:
        self._writer = MessageWriter(model)

    def write(self, chunks: Sequence[ModelResponseStream]) -> bytes:
        """Return the events of chunks."""
        return _named(event for chunk in chunks for event in self._writer.write(chunk))

    def finish(self, stream: Stream) -> bytes:
        """Return the events that end the message."""
        return _named(self._writer.finish(stream.response))

    def fail(self, error: APIError) -> bytes:
        """Return the event of an error."""
        return _named([anthropic.error_body(error)])


def _named(events: Iterable[JSON]) -> bytes:
    return b"".join(
        b"event: %s\ndata: %s\n\n" % (event["type"].encode(), _encode(event)) for event in events
    )


class Dialect(Struct, frozen=True, kw_only=True):
    """What all endpoints of an API have in common.

    Attributes:
        params: the parameters of its requests.
        error_body: an error in its format.
        model_object, model_list: models in its format, by name and owner.
        id_header: where its clients look for the id of a request.
    """

    params: frozenset[str]
    error_body: Callable[[APIError], JSON]
    model_object: Callable[[str, str], JSON]
    model_list: Callable[[Iterable[JSON]], JSON]
    id_header: str


def _openai(params: frozenset[str]) -> Dialect:
    return Dialect(
        params=params,
        error_body=openai.error_body,
        model_object=openai.model_object,
        model_list=openai.model_list,
        id_header="x-request-id",
    )


CHAT = _openai(CHAT_PARAMS)
RESPONSES = _openai(RESPONSES_PARAMS)
MESSAGES = Dialect(
    params=MESSAGES_PARAMS,
    error_body=anthropic.error_body,
    model_object=anthropic.model_object,
    model_list=anthropic.model_list,
    id_header="request-id",
)
