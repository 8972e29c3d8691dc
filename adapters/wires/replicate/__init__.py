"""Language models on Replicate, as predictions.

https://replicate.com/docs/reference/http (models.predictions.create, predictions.get) and
https://replicate.com/docs/topics/predictions/streaming
"""

from __future__ import annotations

from ....pipeline.call.request import Endpoint, Request
from ....pipeline.errors import APIError
from ....pipeline.port import HTTPRequest, HTTPResponse, HTTPStream
from ...decode.classify import error_of_body
from ...provider.row import Provider
from .predictions import await_end, open_stream
from .request import encode
from .response import decode
from .stream import Decoder

__all__ = ["PARAMS", "Decoder", "decode", "encode", "error", "open", "send"]

#: OpenAI parameters that this wire has a place for.
PARAMS = frozenset(
    {
        "frequency_penalty",
        "max_completion_tokens",
        "max_tokens",
        "presence_penalty",
        "reasoning_effort",
        "seed",
        "stop",
        "stream",
        "stream_options",
        "temperature",
        "top_p",
        "verbosity",
    }
)


async def send(
    request: Request, provider: Provider, endpoint: Endpoint, outgoing: HTTPRequest
) -> HTTPResponse:
    """Create a prediction and wait for its end; see `wire.Wire`."""
    response = await request.io.send(outgoing)
    return await await_end(request, provider, endpoint, response)


async def open(  # noqa: A001  # the port's name for it
    request: Request, provider: Provider, endpoint: Endpoint, outgoing: HTTPRequest
) -> HTTPStream:
    """Create a prediction and open its stream; see `wire.Wire`."""
    return await open_stream(request, provider, endpoint, await request.io.send(outgoing))


def error(response: HTTPResponse, _provider: Provider) -> APIError:
    """Return the error for a response with a status of 400 or above."""
    return error_of_body(response.status, response.headers, response.body)
