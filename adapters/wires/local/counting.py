"""Tokens by llama.cpp's server.

https://github.com/ggml-org/llama.cpp/tree/master/tools/server (POST /tokenize and
POST /v1/chat/completions/input_tokens)
"""

from __future__ import annotations

import msgspec
from msgspec import Struct

from ....pipeline.call.request import Endpoint, Request
from ....pipeline.port import HTTPRequest
from ...decode.json_body import unreadable
from ...decode.typed import decode_as
from ...encode.http_request import encode_json
from ...encode.rewritten import changed_path
from ...provider.row import Provider
from .. import openai

_CHAT = "/chat/completions"


class _Counted(Struct):
    """A count of messages (`input_tokens`), or the tokens of a text."""

    input_tokens: int | None = None
    tokens: list[msgspec.Raw] | None = None


_decoder = msgspec.json.Decoder(_Counted)


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


def read_count(body: bytes) -> int:
    """Return the count.

    Raises:
        APIResponseValidationError: the body has none.
    """
    counted = decode_as(_decoder, body, "a token count")
    if counted.input_tokens is not None:
        return counted.input_tokens
    if counted.tokens is None:
        raise unreadable(body, "expected a token count")
    return len(counted.tokens)
