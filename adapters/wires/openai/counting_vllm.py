"""Tokens by vLLM's server.

https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html (POST /tokenize)
"""

from __future__ import annotations

import msgspec
from msgspec import Struct

from ....pipeline.call.request import Endpoint, Request
from ....pipeline.json_values import JSON
from ....pipeline.port import HTTPRequest
from ...decode.typed import decode_as
from ...encode.http_request import encode_json
from ...encode.rewritten import changed_body, changed_path
from ...provider.row import Provider
from .. import openai

_CHAT = "/chat/completions"
_FIELDS = frozenset({"chat_template", "chat_template_kwargs", "messages", "model", "tools"})


class _Counted(Struct):
    """A response of the endpoint."""

    count: int


_decoder = msgspec.json.Decoder(_Counted)


def count_request(request: Request, provider: Provider, endpoint: Endpoint) -> HTTPRequest:
    """Return the request that counts a call's tokens; raises as the wire's `encode`."""
    outgoing = openai.encode(request, provider, endpoint)
    return _tokenize(outgoing, changed_body(outgoing, _FIELDS))


def count_text_request(
    request: Request, provider: Provider, endpoint: Endpoint, text: str
) -> HTTPRequest:
    """Return the request that counts the tokens of text, without special tokens."""
    outgoing = openai.encode(request, provider, endpoint)
    body = {
        "model": endpoint.model,
        "prompt": text,
        "add_special_tokens": False,
    }
    return _tokenize(outgoing, body)


def _tokenize(outgoing: HTTPRequest, body: JSON) -> HTTPRequest:
    url = changed_path(changed_path(outgoing.url, _CHAT, ""), "/v1", "/tokenize")
    return msgspec.structs.replace(outgoing, url=url, body=encode_json(body))


def read_count(body: bytes) -> int:
    """Return the count.

    Raises:
        APIResponseValidationError: the body has none.
    """
    return decode_as(_decoder, body, "a token count").count
