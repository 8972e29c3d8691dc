"""Requests of the Messages API.

https://platform.claude.com/docs/en/api/messages/create
"""

from __future__ import annotations

import os

import msgspec

from ....pipeline.call.request import Endpoint, Request
from ....pipeline.errors import BadRequestError
from ....pipeline.json_values import JSON
from ....pipeline.port import HTTPRequest
from ...encode.http_request import encode_json, http_request
from ...encode.media import inline_media
from ...encode.overlay import overlay
from ...families.claude import claude_model
from ...provider.row import Provider
from .betas import beta_features, beta_header, join_betas, take_betas, take_headers
from .messages import encode_messages
from .params import encode_params
from .tools import BASIC_SEARCH, LATEST_SEARCH
from .versions import take_version

#: Parts that may hold a URL which the API does not fetch itself.
FETCHED_PARTS = ("image_url", "file", "document")
# Tokens of a subscription begin like this. They are sent in another header than keys.
_OAUTH_PREFIX = "sk-ant-oat"
# It holds a token for a gateway in front of the API, not a key of Anthropic's.
_TOKEN_VARIABLE = "ANTHROPIC_AUTH_TOKEN"  # noqa: S105  # its name
_OAUTH_BETA = "oauth-2025-04-20"


async def prepare(
    request: Request, _provider: Provider, endpoint: Endpoint
) -> tuple[Request, Endpoint]:
    """Fetch what the API does not fetch itself: it takes https URLs only."""
    return await inline_media(request, FETCHED_PARTS, ("http",)), endpoint


def encode(request: Request, provider: Provider, endpoint: Endpoint) -> HTTPRequest:
    """Return the HTTP request for a call to Anthropic.

    Raises: as `message_request`.
    """
    filters = claude_model(endpoint.model).filtered_search
    return message_request(request, provider, endpoint, LATEST_SEARCH if filters else BASIC_SEARCH)


def message_request(
    request: Request, provider: Provider, endpoint: Endpoint, search: str
) -> HTTPRequest:
    """Return the HTTP request for a call.

    Args:
        request: the call.
        provider: its provider.
        endpoint: its destination.
        search: type of the tool for `web_search_options`.

    Raises:
        BadRequestError: something in the request cannot be sent; the text says what and where.
    """
    request, given = take_betas(request)
    content: JSON = {"model": endpoint.model, **body(request, provider, endpoint, search)}
    if request.stream:
        content["stream"] = True
    headers = take_headers(content)
    request, version = take_version(request, provider, content)
    betas = beta_features(content)
    key = endpoint.key.reveal() if endpoint.key is not None else ""
    is_oauth = key.startswith(_OAUTH_PREFIX)
    if is_oauth or (key and key == os.environ.get(_TOKEN_VARIABLE, "").strip()):
        headers["Authorization"] = f"Bearer {key}"
        endpoint = msgspec.structs.replace(endpoint, key=None)
    if is_oauth:
        betas.append(_OAUTH_BETA)
    return http_request(
        request,
        provider,
        endpoint,
        encode_json(content),
        headers={**version, **headers, **beta_header(join_betas(betas, given))},
    )


def body(
    request: Request, provider: Provider, endpoint: Endpoint, search: str = BASIC_SEARCH
) -> JSON:
    """Return the body of a request without `model` and `stream`.

    Args:
        request: the call.
        provider: its provider.
        endpoint: its destination.
        search: type of the tool for `web_search_options`.

    Raises:
        BadRequestError: something in the request cannot be sent; the text says what and where.
    """
    model = claude_model(endpoint.model)
    system, messages = encode_messages(request.messages, provider, model)
    content: JSON = {"messages": messages}
    if system:
        content["system"] = system
    fields = encode_params(request.params, model, search)
    for name in content.keys() & fields.keys():
        raise BadRequestError(f"{name}: the messages set it too; leave one out", param=name)
    content.update(fields)
    return overlay(content, request.extra_body)
