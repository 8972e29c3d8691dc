"""Tokens by Anthropic's endpoint, which Azure AI Foundry has too.

https://platform.claude.com/docs/en/api/messages/count_tokens
"""

from __future__ import annotations

import msgspec

from ....pipeline.call.request import Endpoint, Request
from ....pipeline.port import HTTPRequest
from ...decode.typed import decode_as
from ...encode.http_request import encode_json
from ...encode.rewritten import changed_body, changed_path
from ...provider.row import Provider
from ...provider.rules import wire_of
from ...wire import load_wire
from .schema import Count

#: The fields of a request's body that the endpoint takes.
FIELDS = frozenset(
    {
        "anthropic_beta",
        "anthropic_version",
        "billing_policy",
        "cache_control",
        "compaction",
        "context_management",
        "mcp_servers",
        "messages",
        "model",
        "output_config",
        "speed",
        "system",
        "thinking",
        "tool_choice",
        "tools",
    }
)

_decoder = msgspec.json.Decoder(Count)


def count_request(request: Request, provider: Provider, endpoint: Endpoint) -> HTTPRequest:
    """Return the request that counts a call's tokens; raises as the wire's `encode`."""
    outgoing = load_wire(wire_of(provider, endpoint.model)).encode(request, provider, endpoint)
    url = changed_path(outgoing.url, "", "/count_tokens")
    body = encode_json(changed_body(outgoing, FIELDS))
    return msgspec.structs.replace(outgoing, url=url, body=body)


def read_count(body: bytes) -> int:
    """Return the count.

    Raises:
        APIResponseValidationError: the body has none.
    """
    return decode_as(_decoder, body, "a token count").input_tokens
