"""Claude in Azure AI Foundry: Anthropic's wire with Azure's keys and tokens.

https://platform.claude.com/docs/en/build-with-claude/claude-in-microsoft-foundry
"""

from __future__ import annotations

from ....pipeline.call.request import Endpoint, Request
from ....pipeline.port import HTTPRequest
from ...credentials.entra import add_entra_token
from ...encode.http_request import request_url
from ...provider.row import Provider
from .. import anthropic
from ..anthropic import PARAMS, Decoder, EventDecoder, decode, error
from .openai import as_base_model

__all__ = ["COUNTER", "PARAMS", "Decoder", "EventDecoder", "decode", "encode", "error", "prepare"]

COUNTER = "anthropic/counting"


async def prepare(
    request: Request, provider: Provider, endpoint: Endpoint
) -> tuple[Request, Endpoint]:
    """Get a token if there is no key, and fetch what the API does not fetch itself."""
    request, endpoint = await add_entra_token(request, provider, endpoint)
    return await anthropic.prepare(request, provider, endpoint)


def encode(request: Request, provider: Provider, endpoint: Endpoint) -> HTTPRequest:
    """Return the HTTP request for a call.

    Raises:
        BadRequestError: something in the request cannot be sent; the text says what and where.
    """
    request, endpoint = as_base_model(request, endpoint, endpoint.model)
    outgoing = anthropic.message_request(request, provider, endpoint, anthropic.BASIC_SEARCH)
    root, _, query = endpoint.base_url.partition("?")
    root = root.rstrip("/").removesuffix("/v1/messages").removesuffix("/models")
    root = root.partition("/openai")[0].removesuffix("/anthropic") + "/anthropic"
    outgoing.url = request_url(f"{root}?{query}", "/v1/messages", request)
    key = {} if endpoint.key is None else {"x-api-key": endpoint.key.reveal()}
    outgoing.headers = {**key, **outgoing.headers}
    return outgoing
