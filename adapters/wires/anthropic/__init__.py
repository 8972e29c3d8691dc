"""Anthropic's Messages API.

https://platform.claude.com/docs/en/api/messages/create

Claude on other clouds takes the same body: `body()` gives it without what differs there, which is
`model` and `stream`, and `beta_features()` tells the betas that it needs.
"""

from __future__ import annotations

import os
from typing import Any

import msgspec

from ....pipeline.call.request import Endpoint, Request, replace
from ....pipeline.errors import APIError, BadRequestError
from ....pipeline.port import HTTPRequest, HTTPResponse
from ...decode.classify import error_of_body
from ...encode.http_request import encode_json, http_request
from ...encode.media import inline_media
from ...families.claude import claude_model
from ...provider.row import Provider
from .messages import encode_messages
from .params import PARAMS, beta_features, encode_params
from .response import CODES, decode, with_request_id
from .stream import Decoder

__all__ = [
    "COUNTER",
    "FETCHED_PARTS",
    "PARAMS",
    "Decoder",
    "beta_features",
    "body",
    "decode",
    "encode",
    "error",
    "prepare",
    "take_betas",
]

COUNTER = "anthropic/counting"
#: Parts that may hold an address which the API does not read itself.
FETCHED_PARTS = ("image_url", "file", "document")
# How tokens of a subscription begin, which are sent otherwise than keys.
_OAUTH_PREFIX = "sk-ant-oat"
# What is in it is a token for whoever stands before the API, and no key of Anthropic's.
_TOKEN_VARIABLE = "ANTHROPIC_AUTH_TOKEN"  # noqa: S105  # its name
_OAUTH_BETA = "oauth-2025-04-20"
_BETA_HEADER = "anthropic-beta"


async def prepare(
    request: Request, _provider: Provider, endpoint: Endpoint
) -> tuple[Request, Endpoint]:
    """Fetch what the API does not fetch itself: it takes https addresses only."""
    return await inline_media(request, FETCHED_PARTS, ("http",)), endpoint


def encode(request: Request, provider: Provider, endpoint: Endpoint) -> HTTPRequest:
    """Return the HTTP request for a call.

    Raises:
        BadRequestError: something in it cannot be sent; the text says what and where.
    """
    content: dict[str, Any] = {"model": endpoint.model, **body(request, provider, endpoint)}
    if request.stream:
        content["stream"] = True
    betas = beta_features(content)
    headers: dict[str, str] = {}
    key = endpoint.key.reveal() if endpoint.key is not None else ""
    is_oauth = key.startswith(_OAUTH_PREFIX)
    if is_oauth or (key and key == os.environ.get(_TOKEN_VARIABLE, "").strip()):
        headers["Authorization"] = f"Bearer {key}"
        endpoint = msgspec.structs.replace(endpoint, key=None)
    if is_oauth:
        betas.append(_OAUTH_BETA)
    request, betas = take_betas(request, betas)
    if betas:
        headers[_BETA_HEADER] = ",".join(dict.fromkeys(betas))
    # Some give the root with the version in it, as OpenAI's has it.
    versioned = endpoint.base_url.rstrip("/").endswith("/v1")
    path = provider.path.removeprefix("/v1") if versioned else provider.path
    return http_request(
        request, provider, endpoint, encode_json(content), path=path, headers=headers
    )


def body(request: Request, provider: Provider, endpoint: Endpoint) -> dict[str, Any]:
    """Return the body of a request without `model` and `stream`.

    Raises:
        BadRequestError: something in it cannot be sent; the text says what and where.
    """
    model = claude_model(endpoint.model)
    system, messages = encode_messages(request.messages, provider, model)
    content: dict[str, Any] = {"messages": messages}
    if system:
        content["system"] = system
    fields = encode_params(request.params, model)
    for name in content.keys() & fields.keys():
        raise BadRequestError(f"{name}: the messages say it too; leave one out", param=name)
    content.update(fields)
    content.update(request.extra_body)
    return content


def take_betas(request: Request, betas: list[str]) -> tuple[Request, list[str]]:
    """Join the caller's betas to those that the body needs."""
    others: dict[str, str] = {}
    for name, value in request.extra_headers.items():
        if name.lower() == _BETA_HEADER:
            betas = [*betas, *(beta.strip() for beta in value.split(",") if beta.strip())]
        else:
            others[name] = value
    return replace(request, extra_headers=others), betas


def error(response: HTTPResponse, _provider: Provider) -> APIError:
    """Return the error that an answer with a status of 400 or above stands for."""
    return with_request_id(error_of_body(response.status, response.headers, response.body, CODES))
