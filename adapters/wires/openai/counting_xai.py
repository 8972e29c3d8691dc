"""Tokens by xAI's endpoint, which counts only text.

https://docs.x.ai/developers/rest-api-reference/inference/other#tokenize-text
"""

from __future__ import annotations

import msgspec
from msgspec import Struct

from ....pipeline.call.request import Endpoint, Request
from ....pipeline.port import HTTPRequest
from ...decode.typed import decode_as
from ...encode.http_request import encode_json, http_request
from ...provider.row import Provider


class _Tokenized(Struct):
    """A response of the endpoint."""

    token_ids: list[msgspec.Raw]


_decoder = msgspec.json.Decoder(_Tokenized)


def count_text_request(
    request: Request, provider: Provider, endpoint: Endpoint, text: str
) -> HTTPRequest:
    """Return the request that counts the tokens of text."""
    body = encode_json({"model": endpoint.model, "text": text})
    return http_request(request, provider, endpoint, body, path="/tokenize-text")


def read_count(body: bytes) -> int:
    """Return the count.

    Raises:
        APIResponseValidationError: the body has none.
    """
    return len(decode_as(_decoder, body, "a token count").token_ids)
