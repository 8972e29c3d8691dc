"""Tokens by watsonx.ai's endpoint, which counts only text.

https://cloud.ibm.com/apidocs/watsonx-ai#text-tokenization
"""

from __future__ import annotations

import msgspec
from msgspec import Struct

from ....pipeline.call.request import Endpoint, Request
from ....pipeline.port import HTTPRequest
from ...decode.typed import decode_as
from ...encode.http_request import encode_json
from ...encode.rewritten import changed_body, changed_path
from ...provider.row import Provider
from .. import watsonx

_FIELDS = frozenset({"model_id", "project_id", "space_id"})


class _Result(Struct):
    """The field `result` of a response."""

    token_count: int


class _Tokenized(Struct):
    """A response of the endpoint."""

    result: _Result


_decoder = msgspec.json.Decoder(_Tokenized)


def count_text_request(
    request: Request, provider: Provider, endpoint: Endpoint, text: str
) -> HTTPRequest:
    """Return the request that counts the tokens of text; raises as the wire's `encode`."""
    outgoing = watsonx.encode(request, provider, endpoint)
    body = {**changed_body(outgoing, _FIELDS), "input": text}
    url = changed_path(outgoing.url, "/chat", "/tokenization")
    return msgspec.structs.replace(outgoing, url=url, body=encode_json(body))


def read_count(body: bytes) -> int:
    """Return the count.

    Raises:
        APIResponseValidationError: the body has none.
    """
    return decode_as(_decoder, body, "a token count").result.token_count
