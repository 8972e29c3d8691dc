"""Count tokens of Claude on Vertex AI, where the endpoint for it looks like a model.

https://platform.claude.com/docs/en/build-with-claude/claude-on-vertex-ai
"""

from __future__ import annotations

import re

import msgspec

from ....pipeline.call.request import Endpoint, Request
from ....pipeline.port import HTTPRequest
from ...encode.http_request import encode_json
from ...encode.rewritten import changed_body
from ...provider.row import Provider
from ..anthropic.counting import FIELDS, read_count
from . import claude as vertex_claude

__all__ = ["count_request", "read_count"]

_CALLED = re.compile(r"/models/[^/]+:rawPredict")
_COUNTER = "/models/count-tokens:rawPredict"


def count_request(request: Request, provider: Provider, endpoint: Endpoint) -> HTTPRequest:
    """Return the request that counts a call's tokens; raises as the wire's `encode`.

    Its body names the model, unlike that of a call.
    """
    outgoing = vertex_claude.encode(request, provider, endpoint)
    body = changed_body(outgoing, FIELDS)
    body["model"] = endpoint.model.removeprefix("anthropic/")
    url = _CALLED.sub(_COUNTER, outgoing.url)
    return msgspec.structs.replace(outgoing, url=url, body=encode_json(body))
