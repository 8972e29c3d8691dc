"""Gemini on Google Cloud's Vertex AI.

https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference
"""

from __future__ import annotations

import re

from ....pipeline.call.request import Endpoint, Request
from ....pipeline.port import HTTPRequest
from ...encode.media import MEDIA_PARTS, inline_media
from ...provider.row import Provider
from ..gemini import (
    PARAMS,
    Decoder,
    decode,
    encode_body,
    error,
    generate_request,
    is_held_by_google,
    mime_of,
)
from .project import authorization, enter_project

__all__ = ["COUNTER", "PARAMS", "Decoder", "decode", "encode", "error", "prepare"]

COUNTER = "vertex/gemini_counting"
# Only this version has the ids of function calls.
_VERSION = "v1beta1"
_LOCATION = "global"
_RESOURCE = re.compile(r"^(projects|publishers|endpoints)/")


async def prepare(
    request: Request, provider: Provider, endpoint: Endpoint
) -> tuple[Request, Endpoint]:
    """Find project, location and token, and fetch the media that Vertex cannot read.

    Vertex reads https URLs itself, if their MIME type is known.

    Raises: as `inline_media` and `enter_project`.
    """
    request = await inline_media(request, MEDIA_PARTS, keep=_is_readable)
    return await enter_project(request, provider, endpoint, _VERSION, _LOCATION)


def _is_readable(url: str, declared: str | None) -> bool:
    """Return whether Vertex reads a URL and its MIME type is known."""
    known = mime_of(url, declared) is not None
    return is_held_by_google(url) or (known and url.lower().startswith("https:"))


def encode(request: Request, provider: Provider, endpoint: Endpoint) -> HTTPRequest:
    """Return the HTTP request for a call.

    A model is a name, the number of your endpoint (of a tuned model), or a whole resource path.

    Raises:
        BadRequestError: Google's API has no field for something in the request.
    """
    name = endpoint.model.removeprefix("google/")
    if name.isdigit():
        name = f"endpoints/{name}"
    resource = name if _RESOURCE.match(name) else f"publishers/google/models/{name}"
    body = encode_body(request, provider, endpoint)
    return generate_request(request, provider, endpoint, resource, body, authorization(endpoint))
