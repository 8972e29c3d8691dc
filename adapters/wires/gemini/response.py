"""The response of generateContent, of both AI Studio and Vertex.

https://ai.google.dev/api/generate-content#generatecontentresponse
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from ....pipeline.json_values import JSON, as_array, as_object
from ....pipeline.port import HTTPResponse
from ....pipeline.schema.model_response import ModelResponse, ModelResponseStream
from ....pipeline.schema.parts import StreamingChoice
from ....pipeline.stream.fold import fold_chunks
from ...decode.dates import read_date, read_timestamp
from ...decode.json_body import unreadable
from ...decode.typed import convert_as, decode_as
from ...provider.row import Provider
from .candidates import CandidateReader
from .errors import find_error
from .field_names import snake_keys
from .finish_reasons import blocked_choice
from .schema import GenerateContentResponse, TextEvent
from .usage import read_service_tier, read_usage

# Fields of a response that have their own field in a chunk.
_MAPPED = frozenset({"candidates", "createTime", "modelVersion", "responseId", "usageMetadata"})
_decoder = msgspec.json.Decoder()
_text_event = msgspec.json.Decoder(TextEvent)


def decode(response: HTTPResponse, _provider: Provider) -> ModelResponse:
    """Return the response that a body holds.

    Raises:
        APIResponseValidationError: the body is not a response of generateContent.
        APIError: the body holds an error although its status is 200.
    """
    return decode_body(response.body, response.headers)


def decode_body(body: bytes, headers: Mapping[str, str]) -> ModelResponse:
    """Return the response that a body holds; raises as `decode`.

    The body may also be a list: streams have this form unless server-sent events are requested,
    and some proxies do not pass that request on.
    """
    reader = ResponseReader(headers)
    chunks = reader.read(body)
    if not any(chunk.choices for chunk in chunks):
        raise unreadable(body, "the provider sent no candidates")
    return fold_chunks(chunks + reader.close())


class ResponseReader:
    """Turns the events of one stream, or a whole response, into chunks."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = headers
        self._created = read_date(headers)
        self._id = ""
        self._model = ""
        self._candidates: dict[int, CandidateReader] = {}
        self._usage: JSON = {}
        self._data = b""

    def read(self, data: bytes) -> list[ModelResponseStream]:
        """Return the chunks of an event or body, which may be a list.

        Raises:
            APIResponseValidationError: it does not match Google's types.
            APIError: it is an error.
        """
        self._data = data
        try:
            event = _text_event.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return self._read_any(data)
        self._note(event)
        choices: list[StreamingChoice] = []
        for candidate in event.candidates:
            reader = self._reader(candidate.index, len(choices))
            choices.append(reader.read_text(candidate))
        return self._chunks(choices) if choices else []

    def _read_any(self, data: bytes) -> list[ModelResponseStream]:
        decoded: object = decode_as(_decoder, data, "JSON")
        chunks: list[ModelResponseStream] = []
        for item in as_array(decoded) or [decoded]:
            problem = find_error(item, self._headers)
            if problem is not None:
                raise problem
            event = convert_as(item, GenerateContentResponse, data, "a GenerateContentResponse")
            chunks += self._read_event(event, as_object(item) or {})
        return chunks

    def close(self) -> list[ModelResponseStream]:
        """Return a chunk with the token counts, unless it was returned before; raises as `read`."""
        native, self._usage = self._usage, {}
        if native.get("promptTokenCount") is None:
            return []
        [chunk] = self._chunks([])
        chunk.usage = read_usage(native, self._data)
        chunk.service_tier = read_service_tier(native)
        return [chunk]

    def _read_event(self, event: GenerateContentResponse, sent: JSON) -> list[ModelResponseStream]:
        """Return an event's chunk, followed by that of the token counts if it is the last one."""
        self._note(event)
        choices = [
            self._reader(candidate.index, position).read(candidate, sent["candidates"][position])
            for position, candidate in enumerate(event.candidates or ())
        ]
        feedback = event.prompt_feedback
        if feedback is not None and feedback.block_reason and not choices:
            choices.append(blocked_choice(feedback.block_reason))
        chunks = self._chunks(choices)
        others = {key: value for key, value in sent.items() if key not in _MAPPED}
        if others:
            chunks[0].provider_specific_fields = snake_keys(others)
        return chunks if choices or others else []

    def _chunks(self, choices: list[StreamingChoice]) -> list[ModelResponseStream]:
        """Return the chunk of an event, and after the last one that of the token counts."""
        chunk = ModelResponseStream(
            id=self._id, created=self._created, model=self._model, choices=choices
        )
        for choice in choices:
            if choice.finish_reason is not None:
                return [chunk, *self.close()]
        return [chunk]

    def _note(self, event: TextEvent | GenerateContentResponse) -> None:
        """Keep what an event says about the whole response."""
        if event.usage_metadata:
            self._usage |= event.usage_metadata
        if event.create_time:
            self._created = read_timestamp(event.create_time) or self._created
        self._id = event.response_id or self._id
        self._model = event.model_version or self._model

    def _reader(self, number: int | None, position: int) -> CandidateReader:
        """Return the reader of a candidate; without a number, its position counts."""
        index = position if number is None else number
        reader = self._candidates.get(index)
        if reader is None:
            reader = self._candidates[index] = CandidateReader(index)
        return reader
