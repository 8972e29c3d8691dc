"""Count tokens with Google AI Studio's endpoint, which takes a whole request.

https://ai.google.dev/api/tokens
"""

from __future__ import annotations

import msgspec

from ....pipeline.call.request import Endpoint, Request
from ....pipeline.json_values import JSON
from ....pipeline.port import HTTPRequest
from ...decode.typed import decode_as
from ...encode.http_request import encode_json
from ...encode.rewritten import changed_path
from ...provider.row import Provider
from .. import gemini
from .schema import CountTokensResponse

_decoder = msgspec.json.Decoder(CountTokensResponse)


def count_request(request: Request, provider: Provider, endpoint: Endpoint) -> HTTPRequest:
    """Return the request that counts a call's tokens; raises as the wire's `encode`."""
    outgoing = gemini.encode(request, provider, endpoint)
    model = endpoint.model if "/" in endpoint.model else f"models/{endpoint.model}"
    whole: JSON = msgspec.json.decode(outgoing.body)
    body = encode_json({"generateContentRequest": {"model": model, **whole}})
    url = changed_path(outgoing.url, ":generateContent", ":countTokens")
    return msgspec.structs.replace(outgoing, url=url, body=body)


def read_count(body: bytes) -> int:
    """Return the count.

    Raises:
        APIResponseValidationError: the body has none.
    """
    return decode_as(_decoder, body, "a token count").total_tokens
