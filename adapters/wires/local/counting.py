"""Tokens by llama.cpp's server.

https://github.com/ggml-org/llama.cpp/tree/master/tools/server (POST /tokenize and
POST /v1/chat/completions/input_tokens)
"""

from __future__ import annotations

import msgspec

from ....pipeline.call.request import Endpoint, Request
from ....pipeline.json_values import JSON
from ....pipeline.port import HTTPRequest
from ...encode.http_request import encode_json
from ...encode.rewritten import changed_path
from ...provider.row import Provider
from .. import openai

_CHAT = "/chat/completions"


def count_request(request: Request, provider: Provider, endpoint: Endpoint) -> HTTPRequest:
    """Return the request that counts a call's tokens; raises as the wire's `encode`."""
    outgoing = openai.encode(request, provider, endpoint)
    url = changed_path(outgoing.url, "", "/input_tokens")
    return msgspec.structs.replace(outgoing, url=url)


def count_text_request(
    request: Request, provider: Provider, endpoint: Endpoint, text: str
) -> HTTPRequest:
    """Return the request that counts the tokens of text."""
    outgoing = openai.encode(request, provider, endpoint)
    url = changed_path(changed_path(outgoing.url, _CHAT, ""), "/v1", "/tokenize")
    body = encode_json({"content": text})
    return msgspec.structs.replace(outgoing, url=url, body=body)


def read_count(body: JSON) -> int:
    """Return the count."""
    count: int = body["input_tokens"] if "input_tokens" in body else len(body["tokens"])
    return count
