"""Return a response where a stream was requested."""

from __future__ import annotations

from copy import copy

import msgspec

from ..errors import BadRequestError
from ..schema.model_response import ModelResponse
from ..stream.replay import PacedSource, ReplaySource
from ..stream.stream import Stream
from .parsing import ClassParser
from .request import Request


def stream_of(response: ModelResponse, request: Request, *, pace: float = 0.0) -> Stream:
    """Return a stream of a response that is complete, for example of a cache, a mock or a refusal.

    A middleware returns it where `request.stream` is set. The stream has the details of the
    response's call (`response.call`), and shares no other object with the response.

    Args:
        response: the response; it is not changed.
        request: the request that it responds to.
        pace: seconds between two words of the text; with 0 everything comes at once, the text in
            one chunk.

    Raises:
        BadRequestError: it is not a response or has a value of a wrong type, or `pace` is
            negative.
    """
    if not isinstance(response, ModelResponse):  # pyright: ignore[reportUnnecessaryIsInstance]  # users may not use a type checker
        raise BadRequestError(f"stream_of: expected a ModelResponse, got {type(response).__name__}")
    if pace < 0:
        raise BadRequestError(f"stream_of: pace: expected 0 or more seconds, got {pace!r}")
    try:
        source = PacedSource(response, pace, request.io) if pace else ReplaySource(response)
    except msgspec.ValidationError as error:
        raise BadRequestError(f"stream_of: the response has a wrong value: {error}") from error
    call = copy(response.call)
    call.first_content_at = call.ended_at = None
    call.metadata = call.metadata or dict(request.metadata)
    kind: object = request.params.get("response_format")
    if call.parse is None and isinstance(kind, type):
        call.parse = ClassParser(kind=kind, model=request.model, provider=call.provider)
    return Stream(
        source,
        request.io,
        call,
        started=request.trail.began or None,
        show_usage=request.shows_usage,
    )
