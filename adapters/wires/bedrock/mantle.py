"""The Responses API at Bedrock's Mantle endpoint, which has OpenAI's own models at another path.

https://docs.aws.amazon.com/bedrock/latest/userguide/bedrock-mantle.html
"""

from __future__ import annotations

import re

import msgspec

from ....pipeline.call.request import Endpoint, Request
from ....pipeline.port import HTTPRequest
from ...provider.row import Provider
from .. import responses
from ..responses import (
    PARAMS,
    Decoder,
    NativeDecoder,
    decode,
    decode_cancelled,
    error,
    keep_origin,
    open,  # noqa: A004  # the port's name
    send,
)

__all__ = [
    "PARAMS",
    "Decoder",
    "NativeDecoder",
    "decode",
    "decode_cancelled",
    "encode",
    "error",
    "keep_origin",
    "open",
    "send",
]

#: A request with the wrong path is refused: "isn't supported on this route".
_OWN_PATH = re.compile(r"^openai\.gpt-(?!oss)")


def encode(request: Request, provider: Provider, endpoint: Endpoint) -> HTTPRequest:
    """Return the HTTP request for a call.

    Raises:
        BadRequestError: something cannot be sent; the message says what and where.
    """
    root = endpoint.base_url.rstrip("/").removesuffix("/v1").removesuffix("/openai")
    path = "/openai/v1" if _OWN_PATH.search(endpoint.model) else "/v1"
    reached = msgspec.structs.replace(endpoint, base_url=root + path)
    return responses.encode(request, provider, reached)
