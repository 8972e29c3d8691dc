"""Tokens by Bedrock's CountTokens, which some of its models have.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_CountTokens.html
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from ....pipeline.call.request import Endpoint, Request
from ....pipeline.port import HTTPRequest
from ...credentials.aws import authorize
from ...encode.http_request import encode_json, http_request
from ...provider.row import Provider
from ...provider.rules import renamed_params
from .request import converse_body

_FIELDS = frozenset({"additionalModelRequestFields", "messages", "system", "toolConfig"})


def count_request(request: Request, provider: Provider, endpoint: Endpoint) -> HTTPRequest:
    """Return the request that counts a call's tokens, signed; raises as `converse_body`."""
    params = renamed_params(request.params, provider, endpoint.model)
    converse = converse_body(request.messages, params, endpoint.model)
    taken = {name: value for name, value in converse.items() if name in _FIELDS}
    outgoing = http_request(
        request,
        provider,
        endpoint,
        encode_json({"input": {"converse": taken}}),
        path=f"/model/{quote(endpoint.model, safe='')}/count-tokens",
    )
    return authorize(outgoing, endpoint)


def read_count(body: dict[str, Any]) -> int:
    """Return the count."""
    count: int = body["inputTokens"]
    return count
