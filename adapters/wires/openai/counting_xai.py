"""Tokens by xAI's endpoint, which counts only text.

https://docs.x.ai/developers/rest-api-reference/inference/other#tokenize-text
"""

from __future__ import annotations

from ....pipeline.call.request import Endpoint, Request
from ....pipeline.json_values import JSON
from ....pipeline.port import HTTPRequest
from ...encode.http_request import encode_json, http_request
from ...provider.row import Provider


def count_text_request(
    request: Request, provider: Provider, endpoint: Endpoint, text: str
) -> HTTPRequest:
    """Return the request that counts the tokens of text."""
    body = encode_json({"model": endpoint.model, "text": text})
    return http_request(request, provider, endpoint, body, path="/tokenize-text")


def read_count(body: JSON) -> int:
    """Return the count."""
    return len(body["token_ids"])
