"""Google AI Studio: Gemini with an API key, which is sent in a header and never in a URL.

https://ai.google.dev/api/generate-content
"""

from __future__ import annotations

import re

import msgspec

from ....pipeline.call.request import Endpoint, Request
from ....pipeline.port import HTTPRequest
from ...encode.media import MEDIA_PARTS, inline_media
from ...encode.url_parts import path_part
from ...families.gemini import family_of
from ...provider.row import Provider
from .errors import error
from .params import PARAMS
from .parts import is_held_by_google, mime_of
from .request import encode_body, generate_request
from .response import decode
from .stream import Decoder
from .tool_config import with_server_tools_shown

__all__ = [
    "COUNTER",
    "PARAMS",
    "Decoder",
    "decode",
    "encode",
    "encode_body",
    "error",
    "generate_request",
    "is_held_by_google",
    "mime_of",
    "prepare",
]

COUNTER = "gemini/counting"
_VERSION = re.compile(r"/v\d\w*$")
_DEFAULT_VERSION = "/v1beta"


async def prepare(
    request: Request, _provider: Provider, endpoint: Endpoint
) -> tuple[Request, Endpoint]:
    """Fetch the media that messages link to: AI Studio reads only Google's own URLs.

    The API version is the call's `api_version`, else that of the base URL, else v1beta.

    Raises: as `inline_media`.
    """
    request = await inline_media(request, MEDIA_PARTS, keep=is_held_by_google)
    root = endpoint.base_url.rstrip("/")
    if request.api_version is not None:
        root = f"{_VERSION.sub('', root)}/{path_part(request.api_version, 'api_version')}"
    elif not _VERSION.search(root):
        root += _DEFAULT_VERSION
    return request, msgspec.structs.replace(endpoint, base_url=root)


def encode(request: Request, provider: Provider, endpoint: Endpoint) -> HTTPRequest:
    """Return the HTTP request for a call.

    Raises:
        BadRequestError: Google's API has no field for something in the request.
    """
    model = endpoint.model if "/" in endpoint.model else f"models/{endpoint.model}"
    body = encode_body(request, provider, endpoint)
    if family_of(endpoint.model).shows_server_tools:
        body = with_server_tools_shown(body)
    return generate_request(request, provider, endpoint, model, body)
