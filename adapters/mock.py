"""Answer a call with what the caller handed in as `mock_response`; nothing is sent."""

from __future__ import annotations

from time import perf_counter, time
from typing import Any

from ..pipeline.errors import BadRequestError
from ..pipeline.hybrid import plain
from ..pipeline.request import Reply, Request
from ..pipeline.schema import (
    CallInfo,
    Choice,
    Delta,
    Message,
    ModelResponse,
    ModelResponseStream,
    StreamingChoice,
    Usage,
)
from ..pipeline.stream import OutcomeKind, Stream
from .repair import repair

PROVIDER = "mock"


async def mock_reply(request: Request, started: float) -> Reply:
    """Return the reply that `mock_response` stands for: text, a response, or an error to raise."""
    given: object = request.options["mock_response"]
    if isinstance(given, Exception):
        raise given
    answer = _response(given, request.model)
    answer.call = CallInfo(
        provider=PROVIDER,
        model=request.model,
        response_ms=(perf_counter() - started) * 1000,
        attempts=0,
        metadata=request.metadata,
    )
    if not request.stream:
        return answer
    options: dict[str, Any] = request.params.get("stream_options") or {}
    stream = Stream(
        ReplaySource(answer),
        request.io,
        answer.call,
        started=started,
        show_usage=bool(options.get("include_usage")),
    )
    await stream.prime()
    return stream


def _response(given: object, model: str) -> ModelResponse:
    if isinstance(given, ModelResponse):
        return given
    if isinstance(given, str):
        return ModelResponse(
            id="chatcmpl-mock",
            created=int(time()),
            model=model,
            choices=[Choice(message=Message(content=given), finish_reason="stop")],
            usage=Usage(),
        )
    if isinstance(given, dict):
        return repair(given, ModelResponse)  # pyright: ignore[reportUnknownArgumentType]  # checked there
    raise BadRequestError(
        f"mock_response: expected text, an exception or a response, got {type(given).__name__}",
        param="mock_response",
    )


class ReplaySource:
    """A response as a stream: its content, then its finish reasons, then its usage."""

    def __init__(self, answer: ModelResponse) -> None:
        self._batches = [_content_chunk(answer), _finish_chunk(answer)]
        if answer.usage is not None:
            usage_chunk = _chunk(answer, [])
            usage_chunk.usage = answer.usage
            self._batches.append(usage_chunk)
        self._batches.reverse()

    async def read(self) -> list[ModelResponseStream]:
        """See `Source.read`."""
        return [self._batches.pop()] if self._batches else []

    async def aclose(self, kind: OutcomeKind) -> None:
        """See `Source.aclose`."""


def _chunk(answer: ModelResponse, choices: list[StreamingChoice]) -> ModelResponseStream:
    return ModelResponseStream(
        id=answer.id,
        created=answer.created,
        model=answer.model,
        system_fingerprint=answer.system_fingerprint,
        service_tier=answer.service_tier,
        choices=choices,
    )


def _content_chunk(answer: ModelResponse) -> ModelResponseStream:
    choices = [
        {"index": choice.index, "delta": _delta(choice.message), "logprobs": plain(choice.logprobs)}
        for choice in answer.choices
    ]
    whole = repair({"choices": choices}, ModelResponseStream)
    return _chunk(answer, whole.choices)


def _delta(message: Message) -> dict[str, object]:
    delta = message.model_dump()
    for number, call in enumerate(delta.get("tool_calls") or ()):
        call.setdefault("index", number)
    return delta


def _finish_chunk(answer: ModelResponse) -> ModelResponseStream:
    return _chunk(
        answer,
        [
            StreamingChoice(
                index=choice.index,
                delta=Delta(),
                finish_reason=choice.finish_reason or "stop",
                provider_specific_fields=choice.provider_specific_fields,
            )
            for choice in answer.choices
        ],
    )
