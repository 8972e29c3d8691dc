"""The Responses API at Bedrock's runtime endpoint, for OpenAI's models; signed like Converse.

https://docs.aws.amazon.com/bedrock/latest/userguide/inference-responses-api.html
"""

from __future__ import annotations

import msgspec

from ....pipeline.call.request import Endpoint, Request
from ....pipeline.port import HTTPRequest
from ...credentials.authorization import take_params
from ...credentials.aws import sign_request
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
)
from .account import MODEL_ID
from .account import find_bedrock_account as prepare

__all__ = [
    "PARAMS",
    "Decoder",
    "NativeDecoder",
    "decode",
    "decode_cancelled",
    "encode",
    "error",
    "keep_origin",
    "prepare",
]


def encode(request: Request, provider: Provider, endpoint: Endpoint) -> HTTPRequest:
    """Return the HTTP request for a call, signed where `prepare` found credentials.

    Raises:
        BadRequestError: something cannot be sent; the message says what and where.
    """
    request, given = take_params(request, (MODEL_ID,))
    called = str(given.get(MODEL_ID) or endpoint.model)
    root = endpoint.base_url.rstrip("/").removesuffix("/openai/v1")
    reached = msgspec.structs.replace(endpoint, model=called, base_url=f"{root}/openai/v1")
    return sign_request(responses.encode(request, provider, reached), endpoint)
