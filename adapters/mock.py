"""Answer a call with its `mock_response` instead of sending a request."""

from __future__ import annotations

from copy import copy, deepcopy
from time import perf_counter, time

from ..pipeline.call.request import Reply, Request
from ..pipeline.errors import APIError, BadRequestError
from ..pipeline.schema.call_info import CallInfo
from ..pipeline.schema.model_response import ModelResponse, is_response
from ..pipeline.schema.parts import Choice, Message, Usage
from ..pipeline.stream.stream import Stream
from .decode.repair import repair

PROVIDER = "mock"


async def mock_reply(request: Request, started: float) -> Reply:
    """Return the reply that `mock_response` describes.

    Raises:
        Exception: `mock_response` is that exception.
        BadRequestError: it is neither text, a response nor an exception.
    """
    given: object = request.options["mock_response"]
    if isinstance(given, APIError):
        # A copy, since middlewares write into an error how the call went.
        raise copy(given)
    if isinstance(given, Exception):
        raise given
    answer = _response(given, request.model)
    answer.call = CallInfo(
        provider=PROVIDER,
        model=request.model,
        response_ms=(perf_counter() - started) * 1000,
        attempts=0,
        metadata=dict(request.metadata),
    )
    if not request.stream:
        return answer
    from ..pipeline.stream.replay import ReplaySource  # noqa: PLC0415  # most calls are not mocked

    stream = Stream(
        ReplaySource(answer),
        request.io,
        answer.call,
        started=started,
        show_usage=request.shows_usage,
    )
    await stream.prime()
    return stream


def _response(given: object, model: str) -> ModelResponse:
    if is_response(given):
        # A copy, since each call writes how it went into its response.
        return deepcopy(given)
    if isinstance(given, str):
        _check_text(given)
        return ModelResponse(
            id="chatcmpl-mock",
            created=int(time()),
            model=model,
            choices=[Choice(message=Message(content=given), finish_reason="stop")],
            usage=Usage(),
        )
    if isinstance(given, dict):
        try:
            return repair(given, ModelResponse)  # pyright: ignore[reportUnknownArgumentType]  # checked there
        except (TypeError, ValueError) as error:
            raise BadRequestError(f"mock_response: {error}", param="mock_response") from None
    raise BadRequestError(
        f"mock_response: expected text, an exception or a response, got {type(given).__name__}",
        param="mock_response",
    )


def _check_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise BadRequestError(f"mock_response: {error}", param="mock_response") from None
