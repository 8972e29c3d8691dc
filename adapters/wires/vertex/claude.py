"""Claude on Google Cloud's Vertex AI: Anthropic's body, with the model in the URL.

https://platform.claude.com/docs/en/build-with-claude/claude-on-vertex-ai
"""

from __future__ import annotations

from ....pipeline.call.request import Endpoint, Request
from ....pipeline.port import HTTPRequest
from ...encode.http_request import encode_json, http_request
from ...encode.media import WEB, inline_media
from ...encode.url_parts import path_part
from ...provider.row import Provider
from ..anthropic import (
    BETAS,
    FETCHED_PARTS,
    PARAMS,
    Decoder,
    EventDecoder,
    beta_features,
    beta_header,
    body,
    decode,
    error,
    join_betas,
    take_betas,
)
from .project import authorization, enter_project

__all__ = ["COUNTER", "PARAMS", "Decoder", "EventDecoder", "decode", "encode", "error", "prepare"]

COUNTER = "vertex/claude_counting"
_VERSION = "v1"
_LOCATION = "global"
_ANTHROPIC_VERSION = "vertex-2023-10-16"


async def prepare(
    request: Request, provider: Provider, endpoint: Endpoint
) -> tuple[Request, Endpoint]:
    """Find the project, the location and the token, and fetch the files that messages link to.

    Raises: as `inline_media` and `enter_project`.
    """
    request = await inline_media(request, FETCHED_PARTS, WEB)
    return await enter_project(request, provider, endpoint, _VERSION, _LOCATION)


def encode(request: Request, provider: Provider, endpoint: Endpoint) -> HTTPRequest:
    """Return the HTTP request for a call.

    Raises:
        BadRequestError: something in the request cannot be sent; the text says what and where.
    """
    request, given = take_betas(request)
    content = {"anthropic_version": _ANTHROPIC_VERSION, **body(request, provider, endpoint)}
    if request.stream:
        content["stream"] = True
    betas = join_betas(beta_features(content), given)
    if betas:
        content[BETAS] = betas
    # Anthropic's own client sends them to Vertex AI in the header.
    headers = {**beta_header(betas), **authorization(endpoint)}
    method = "streamRawPredict" if request.stream else "rawPredict"
    name = endpoint.model.removeprefix("anthropic/")
    path = f"/publishers/anthropic/models/{path_part(name, 'model', '@')}:{method}"
    return http_request(
        request, provider, endpoint, encode_json(content), path=path, headers=headers
    )
