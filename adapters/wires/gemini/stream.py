"""Streams of streamGenerateContent: server-sent events, each a response of generateContent.

https://ai.google.dev/api/generate-content#method:-models.streamgeneratecontent
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from ....pipeline.errors import APIError
from ....pipeline.schema.model_response import ModelResponseStream
from ...decode.sse import Event, EventReader
from ...decode.stream_decoder import StreamDecoder
from ...provider.row import Provider
from .response import ResponseReader, decode_body


class Decoder(StreamDecoder[Event]):
    """Turns the bytes of a stream into chunks; see `wire.ChunkDecoder`.

    Google sends no end marker: a stream ends with its finish reason.
    """

    def __init__(self, _provider: Provider, headers: Mapping[str, str]) -> None:
        super().__init__(EventReader(), partial(decode_body, headers=headers))
        self._responses = ResponseReader(headers)

    def read(self, event: Event) -> list[ModelResponseStream]:
        """Return the chunks of an event."""
        return self._responses.read(event[1])

    def close(self) -> list[ModelResponseStream]:
        """Return the chunks of what is left, and the token counts if none were sent yet."""
        chunks = super().close()
        if self.error is None:
            try:
                chunks += self._responses.close()
            except APIError as error:
                self.error = error
        return chunks
