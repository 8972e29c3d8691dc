"""Count tokens with Cohere's endpoint, which accepts text but not messages.

https://docs.cohere.com/reference/tokenize
"""

from __future__ import annotations

import msgspec

from ....pipeline.call.request import Endpoint, Request
from ....pipeline.errors import BadRequestError
from ....pipeline.port import HTTPRequest
from ...decode.typed import decode_as
from ...encode.http_request import encode_json, http_request
from ...provider.row import Provider
from .schema import Tokenized

_MOST = 65_536

_decoder = msgspec.json.Decoder(Tokenized)


def count_text_request(
    request: Request, provider: Provider, endpoint: Endpoint, text: str
) -> HTTPRequest:
    """Return the request that counts the tokens of text.

    Raises:
        BadRequestError: the text is empty or too long for the endpoint.
    """
    if not 0 < len(text) <= _MOST:
        raise BadRequestError(
            f"text: {provider.name} counts 1 to {_MOST} characters, got {len(text)}", param="text"
        )
    body = encode_json({"model": endpoint.model, "text": text})
    return http_request(request, provider, endpoint, body, path="/v1/tokenize")


def read_count(body: bytes) -> int:
    """Return the count.

    Raises:
        APIResponseValidationError: the body has none.
    """
    return len(decode_as(_decoder, body, "a token count").tokens)
