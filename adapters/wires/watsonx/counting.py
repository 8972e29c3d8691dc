"""Tokens by watsonx.ai's endpoint, which counts only text.

https://cloud.ibm.com/apidocs/watsonx-ai#text-tokenization
"""

from __future__ import annotations

import msgspec

from ....pipeline.call.request import Endpoint, Request
from ....pipeline.json_values import JSON
from ....pipeline.port import HTTPRequest
from ...encode.http_request import encode_json
from ...encode.rewritten import changed_body, changed_path
from ...provider.row import Provider
from .. import watsonx

_FIELDS = frozenset({"model_id", "project_id", "space_id"})


def count_text_request(
    request: Request, provider: Provider, endpoint: Endpoint, text: str
) -> HTTPRequest:
    """Return the request that counts the tokens of text; raises as the wire's `encode`."""
    outgoing = watsonx.encode(request, provider, endpoint)
    body = {**changed_body(outgoing, _FIELDS), "input": text}
    url = changed_path(outgoing.url, "/chat", "/tokenization")
    return msgspec.structs.replace(outgoing, url=url, body=encode_json(body))


def read_count(body: JSON) -> int:
    """Return the count."""
    count: int = body["result"]["token_count"]
    return count
