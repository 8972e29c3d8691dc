"""Count tokens with Bedrock's CountTokens, which some of its models support.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_CountTokens.html
"""

from __future__ import annotations

import msgspec

from ....pipeline.call.request import Endpoint, Request
from ....pipeline.port import HTTPRequest
from ...credentials.aws import sign_request
from ...decode.typed import decode_as
from ...encode.http_request import encode_json, http_request
from ...encode.url_parts import path_part
from ...provider.row import Provider
from .request import converse_body
from .schema import TokenCount

_FIELDS = frozenset({"additionalModelRequestFields", "messages", "system", "toolConfig"})

_decoder = msgspec.json.Decoder(TokenCount)


def count_request(request: Request, provider: Provider, endpoint: Endpoint) -> HTTPRequest:
    """Return the signed request that counts a call's tokens; raises as `converse_body`."""
    request, converse = converse_body(request, provider, endpoint)
    taken = {name: value for name, value in converse.items() if name in _FIELDS}
    outgoing = http_request(
        request,
        provider,
        endpoint,
        encode_json({"input": {"converse": taken}}),
        path=f"/model/{path_part(endpoint.model, 'model')}/count-tokens",
    )
    return sign_request(outgoing, endpoint)


def read_count(body: bytes) -> int:
    """Return the count.

    Raises:
        APIResponseValidationError: the body has none.
    """
    return decode_as(_decoder, body, "a token count").input_tokens
