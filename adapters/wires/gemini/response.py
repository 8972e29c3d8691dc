"""What generateContent answers, for AI Studio and Vertex alike.

https://ai.google.dev/api/generate-content#generatecontentresponse, errors:
https://cloud.google.com/apis/design/errors
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ....pipeline.errors import (
    APIError,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    InternalServerError,
    NotFoundError,
)
from ....pipeline.json_values import JSON, as_array, as_object
from ....pipeline.port import HTTPResponse
from ....pipeline.schema.model_response import ModelResponse, ModelResponseStream
from ....pipeline.schema.parts import (
    CompletionTokensDetails,
    Delta,
    PromptTokensDetails,
    StreamingChoice,
    Usage,
)
from ....pipeline.stream.fold import fold_chunks
from ...decode.classify import COMMON_CODES, error_of_body, make_error, read_problem
from ...decode.dates import read_date, read_timestamp
from ...decode.finish_reasons import map_finish_reason
from ...decode.json_body import read_json, unreadable
from ...decode.sse import Event, EventReader
from ...decode.stream_decoder import StreamDecoder
from ...provider.row import Provider
from .candidates import FINISH_REASONS, CandidateReader, snake_keys

#: https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto
CODES: Mapping[str, type[APIError]] = MappingProxyType(
    {
        **COMMON_CODES,
        "aborted": ConflictError,
        "already_exists": ConflictError,
        "api_key_invalid": AuthenticationError,
        "data_loss": InternalServerError,
        "failed_precondition": BadRequestError,
        "not_found": NotFoundError,
        "out_of_range": BadRequestError,
        "unknown": InternalServerError,
    }
)

# Fields of an answer that have a place of their own in a chunk.
_PLACED = ("candidates", "createTime", "modelVersion", "responseId", "usageMetadata")
_SERVICE_TIERS: Mapping[str, str] = MappingProxyType({"standard": "default"})


def decode(response: HTTPResponse, _provider: Provider) -> ModelResponse:
    """Return the response that a body stands for.

    Raises:
        APIResponseValidationError: it is no answer of Gemini's.
        APIError: it is an error in spite of its status.
    """
    answer = read_json(response.body)
    problem = _find_error(answer, response.headers)
    if problem is not None:
        raise problem
    fields = as_object(answer) or {}
    chunks = _AnswerReader(response.headers).read(fields)
    if not any(chunk.choices for chunk in chunks):
        raise unreadable(response.body, "the provider sent no answer")
    return fold_chunks(chunks)


def _find_error(answer: object, headers: Mapping[str, str]) -> APIError | None:
    """Return the error that an answer or event is, which may be wrapped in a list."""
    items = as_array(answer)
    fields = as_object(items[0] if items else answer)
    if fields is not None and not fields.get("error"):
        return None
    problem = read_problem(answer)
    if problem is None:
        return None
    return _with_delay(make_error(problem, None, headers, CODES))


def error(response: HTTPResponse, _provider: Provider) -> APIError:
    """Return the error that an answer with a status of 400 or above stands for."""
    return _with_delay(error_of_body(response.status, response.headers, response.body, CODES))


def _with_delay(error: APIError) -> APIError:
    """Take the time to wait from the details of an error, where the headers have none.

    https://github.com/googleapis/googleapis/blob/master/google/rpc/error_details.proto
    """
    if error.retry_after is None:
        items = as_array(error.body)
        body = as_object(items[0] if items else error.body) or {}
        inner = as_object(body.get("error")) or {}
        for detail in as_array(inner.get("details")) or ():
            delay = str((as_object(detail) or {}).get("retryDelay", ""))
            if delay.endswith("s"):
                error.retry_after = _seconds(delay[:-1])
    return error


def _seconds(text: str) -> float | None:
    try:
        return max(0.0, float(text))
    except ValueError:
        return None


class _AnswerReader:
    """Turns the answers of one stream, or a single one, into chunks."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._created = read_date(headers)
        self._candidates: dict[int, CandidateReader] = {}
        self._usage: JSON = {}

    def read(self, answer: JSON) -> list[ModelResponseStream]:
        """Return the chunk of one answer, and the one with its tokens where it is the last."""
        # An event need not repeat what an earlier one has counted.
        self._usage = {**self._usage, **(as_object(answer.get("usageMetadata")) or {})}
        self._created = read_timestamp(answer.get("createTime")) or self._created
        chunk = self._chunk(answer)
        for position, candidate in enumerate(as_array(answer.get("candidates")) or ()):
            chunk.choices.append(self._choice(candidate, position))
        feedback = as_object(answer.get("promptFeedback")) or {}
        if feedback.get("blockReason") and not chunk.choices:
            chunk.choices.append(_blocked(str(feedback["blockReason"])))
        others = {key: value for key, value in answer.items() if key not in _PLACED}
        if others:
            chunk.provider_specific_fields = snake_keys(others)
        chunks = [chunk] if chunk.choices or others else []
        if any(choice.finish_reason for choice in chunk.choices):
            chunks += self.release_usage(answer)
        return chunks

    def release_usage(self, answer: JSON) -> list[ModelResponseStream]:
        """Return a chunk with the tokens that were counted last, once."""
        counts, self._usage = self._usage, {}
        if "promptTokenCount" not in counts:
            return []
        chunk = self._chunk(answer)
        chunk.usage = read_usage(counts)
        tier = counts.get("serviceTier")
        if isinstance(tier, str):
            chunk.service_tier = _SERVICE_TIERS.get(tier, tier)
        return [chunk]

    def _chunk(self, answer: JSON) -> ModelResponseStream:
        return ModelResponseStream(
            id=str(answer.get("responseId") or ""),
            created=self._created,
            model=str(answer.get("modelVersion") or ""),
        )

    def _choice(self, candidate: JSON, position: int) -> StreamingChoice:
        index: int = candidate.get("index") or position
        reader = self._candidates.get(index)
        if reader is None:
            reader = self._candidates[index] = CandidateReader(index)
        return reader.read(candidate)


def _blocked(reason: str) -> StreamingChoice:
    """Return the choice that stands for a prompt which Gemini would not answer."""
    choice = StreamingChoice(delta=Delta(role="assistant"), finish_reason=reason)
    map_finish_reason(choice, FINISH_REASONS)
    return choice


def read_usage(counts: JSON) -> Usage:
    """Return Gemini's counts in OpenAI's meaning.

    The prompt is what was sent and what Google's tools added to it; the completion is the answer
    and the thoughts. https://ai.google.dev/api/generate-content#UsageMetadata
    """
    prompt = _count(counts, "promptTokenCount") + _count(counts, "toolUsePromptTokenCount")
    thoughts = _count(counts, "thoughtsTokenCount")
    completion = _count(counts, "candidatesTokenCount") + thoughts
    sent = _by_modality(counts, "promptTokensDetails")
    answered = _by_modality(counts, "candidatesTokensDetails")
    return Usage(
        prompt_tokens=prompt,
        completion_tokens=completion,
        total_tokens=_count(counts, "totalTokenCount") or prompt + completion,
        prompt_tokens_details=PromptTokensDetails(
            cached_tokens=_count(counts, "cachedContentTokenCount"),
            audio_tokens=sent.get("AUDIO"),
            text_tokens=sent.get("TEXT"),
            image_tokens=sent.get("IMAGE"),
            video_tokens=sent.get("VIDEO"),
        ),
        completion_tokens_details=CompletionTokensDetails(
            reasoning_tokens=thoughts,
            audio_tokens=answered.get("AUDIO"),
            text_tokens=answered.get("TEXT"),
            image_tokens=answered.get("IMAGE"),
        ),
        native=counts,
    )


def _count(counts: JSON, name: str) -> int:
    value: object = counts.get(name)
    return value if isinstance(value, int) else 0


def _by_modality(counts: JSON, name: str) -> dict[str, int]:
    return {
        str(detail.get("modality")): _count(detail, "tokenCount")
        for detail in as_array(counts.get(name)) or ()
    }


class Decoder(StreamDecoder[Event]):
    """Turns the bytes of a streamed answer into chunks; see `wires.ChunkDecoder`.

    Google sends no end marker: an answer ends with its finish reason.
    """

    def __init__(self, _provider: Provider, headers: Mapping[str, str]) -> None:
        self._events = EventReader()
        super().__init__(self._events)
        self._headers = headers
        self._answers = _AnswerReader(headers)
        self._last: JSON | None = None

    def read(self, event: Event) -> list[ModelResponseStream]:
        """Return the chunks of an event, which may hold several answers."""
        _, data = event
        answer = read_json(data)
        chunks: list[ModelResponseStream] = []
        for item in as_array(answer) or [answer]:
            try:
                chunks += self._take(item, data)
            except APIError as error:
                self.error = error
                break
        return chunks

    def close(self) -> list[ModelResponseStream]:
        """Return the chunks of what is left at the end of the body."""
        rest = self._events.rest.strip()
        events = self._events.close()
        if not events and rest and self._last is None and self.error is None:
            # No event stream: one JSON text, an answer or an error or a list of them.
            events = [("", rest)]
        chunks = self.read_all(events)
        if self._last is not None:
            chunks += self._answers.release_usage(self._last)
        return chunks

    def _take(self, answer: object, event: bytes) -> list[ModelResponseStream]:
        problem = _find_error(answer, self._headers)
        if problem is not None:
            raise problem
        fields = as_object(answer)
        if fields is None:
            raise unreadable(event, "expected a JSON object")
        self._last = fields
        return self._answers.read(fields)
