"""Count Gemini's tokens with Vertex AI's endpoint, which takes some of a request's fields.

https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/count-tokens
"""

from __future__ import annotations

import msgspec

from ....pipeline.call.request import Endpoint, Request
from ....pipeline.port import HTTPRequest
from ...encode.http_request import encode_json
from ...encode.rewritten import changed_body, changed_path
from ...provider.row import Provider
from ..gemini.counting import read_count
from . import gemini as vertex_ai

__all__ = ["count_request", "read_count"]

_FIELDS = frozenset({"contents", "generationConfig", "systemInstruction", "tools"})


def count_request(request: Request, provider: Provider, endpoint: Endpoint) -> HTTPRequest:
    """Return the request that counts a call's tokens; raises as the wire's `encode`."""
    outgoing = vertex_ai.encode(request, provider, endpoint)
    url = changed_path(outgoing.url, ":generateContent", ":countTokens")
    body = encode_json(changed_body(outgoing, _FIELDS))
    return msgspec.structs.replace(outgoing, url=url, body=body)
