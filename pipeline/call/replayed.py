"""Return a response where a stream was requested, or the other way round."""

from __future__ import annotations

import math
from copy import copy

import msgspec

from ..errors import BadRequestError
from ..schema.call_info import CallInfo
from ..schema.model_response import ModelResponse
from ..stream.replay import PacedSource, ReplaySource, replay_words
from ..stream.sources import Source
from ..stream.stream import Stream
from .parsing import parser_of
from .request import Reply, Request


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
    if not isinstance(pace, int | float) or not 0 <= pace < math.inf:  # pyright: ignore[reportUnnecessaryIsInstance]  # as above
        raise BadRequestError(f"stream_of: pace: expected 0 or more seconds, got {pace!r}")
    try:
        source: Source = (
            PacedSource(replay_words(response), pace, request.io)
            if pace
            else ReplaySource(response)
        )
    except msgspec.ValidationError as error:
        raise BadRequestError(f"stream_of: the response has a wrong value: {error}") from error
    call = copy(response.call)
    call.first_content_at = call.ended_at = None
    call.metadata = call.metadata or dict(request.metadata)
    return open_stream(source, call, request)


def as_stream(reply: Reply, request: Request) -> Stream:
    """Return a reply as a stream, which it may be already."""
    return reply if isinstance(reply, Stream) else stream_of(reply, request)


async def as_response(reply: Reply) -> ModelResponse:
    """Return a reply as a whole response; a stream is read to its end."""
    return await reply.read_to_end() if isinstance(reply, Stream) else reply


def open_stream(source: Source, call: CallInfo, request: Request) -> Stream:
    """Return a stream for a request, with chunks that are not arriving from a provider."""
    if call.parse is None:
        call.parse = parser_of(request, call.provider)
    return Stream(
        source,
        request.io,
        call,
        started=request.trail.began or None,
        show_usage=request.shows_usage,
    )
