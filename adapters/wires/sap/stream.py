"""Streams of SAP's orchestration service: each event is a chunk of OpenAI's inside an envelope."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ....pipeline.errors import APIError
from ....pipeline.json_values import JSON
from ....pipeline.port import HTTPResponse
from ....pipeline.schema.model_response import ModelResponse, ModelResponseStream
from ...decode.sse import Event
from ...provider.row import Provider
from .. import openai
from .response import decode, read_envelope, show_findings


class Decoder(openai.Decoder):
    """Turns the bytes of a streamed response into chunks; see `wire.ChunkDecoder`."""

    def __init__(self, provider: Provider, headers: Mapping[str, str]) -> None:
        super().__init__(provider, headers)
        self._findings: JSON = {}
        self._shown: JSON = {}

    def decode_plain(self, body: bytes) -> ModelResponse:
        """Return the response of a body that is not an event stream; raises as `decode`."""
        response = HTTPResponse(status=200, headers=self._headers, body=body)
        return decode(response, self._provider)

    def read_all(self, events: Sequence[Event]) -> list[ModelResponseStream]:
        """Return the chunks of several events; those before an error are still returned."""
        inner: list[Event] = []
        failure: APIError | None = None
        for _, data in events:
            self._seen = True
            try:
                inner += self._unpacked(data)
            except APIError as error:
                failure = error
                break
        chunks = super().read_all(inner)
        if chunks and self._shown != self._findings:
            self._shown = dict(self._findings)
            show_findings(self._shown, chunks[-1])
        self.error = self.error or failure
        return chunks

    def _unpacked(self, data: bytes) -> list[Event]:
        """Return OpenAI's event inside an event, [] if it holds none."""
        if data.strip() == b"[DONE]":
            return [("", data)]
        envelope = read_envelope(data, self._headers)
        self._findings |= envelope.findings
        return [("", envelope.inner)] if envelope.inner else []
