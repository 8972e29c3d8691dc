"""Databricks' model serving: OpenAI's wire, with the token of a user or a service principal.

A service principal has an id and a secret, which the workspace exchanges for a token that is valid
for an hour.
https://docs.databricks.com/aws/en/dev-tools/auth/oauth-m2m
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from ...pipeline.call.messages import MessageParam
from ...pipeline.call.request import Endpoint, Request, replace
from ...pipeline.errors import AuthenticationError
from ...pipeline.json_values import JSON
from ...pipeline.port import HTTPRequest
from ...pipeline.secret import Secret, reveal
from ..credentials.authorization import basic, bearer, brings_credentials, take_params, with_headers
from ..credentials.token_exchange import Exchange, fetch_token
from ..provider.row import Provider
from . import openai
from .openai import PARAMS, Decoder, decode, error, preceded

__all__ = ["PARAMS", "Decoder", "decode", "encode", "error", "prepare"]

# Arguments that identify the caller, and their variables; they are never part of the body.
_PRINCIPAL = {"client_id": "DATABRICKS_CLIENT_ID", "client_secret": "DATABRICKS_CLIENT_SECRET"}
_FORM = {"grant_type": "client_credentials", "scope": "all-apis"}


async def prepare(
    request: Request, provider: Provider, endpoint: Endpoint
) -> tuple[Request, Endpoint]:
    """Return the request with a token in its headers.

    The first of these is used: `api_key`, `client_id` with `client_secret`, the key's variables,
    DATABRICKS_CLIENT_ID with DATABRICKS_CLIENT_SECRET.

    Raises:
        AuthenticationError: all of these are missing, or Databricks gives no token.
    """
    request, given = take_params(request, _PRINCIPAL)
    if brings_credentials(request):
        return request, endpoint
    token = endpoint.key
    if request.api_key is None:
        found = given if token is not None or given else _from_environment()
        if all(found.get(name) for name in _PRINCIPAL):
            token = await _exchange(request, provider, endpoint, found)
    if token is None:
        raise AuthenticationError(
            f"no key for {provider.title}: set {' or '.join(provider.key_env)} or pass api_key, "
            f"or set {' and '.join(_PRINCIPAL.values())} or pass {' and '.join(_PRINCIPAL)}",
            provider.name,
        )
    return with_headers(request, bearer(token)), msgspec.structs.replace(endpoint, key=None)


def _from_environment() -> dict[str, object]:
    return {name: os.environ.get(variable) for name, variable in _PRINCIPAL.items()}


def encode(request: Request, provider: Provider, endpoint: Endpoint) -> HTTPRequest:
    """Return the HTTP request for a call, with earlier reasoning in the form that Claude takes.

    https://docs.databricks.com/aws/en/machine-learning/model-serving/query-reason-models

    Raises:
        BadRequestError: a value cannot be written as JSON.
    """
    if any(message.get("thinking_blocks") for message in request.messages):
        request = replace(request, messages=tuple(map(_with_reasoning, request.messages)))
    return openai.encode(request, provider, endpoint)


def _with_reasoning(message: MessageParam) -> MessageParam:
    """Return a message whose content begins with its signed reasoning."""
    reasoning: list[JSON] = [
        {"type": "reasoning", "summary": [_summary(block)]}
        for block in message.get("thinking_blocks") or ()
        if block.get("signature")
    ]
    return preceded(message, reasoning) if message.get("thinking_blocks") else message


def _summary(block: Mapping[str, Any]) -> JSON:
    text, signature = block.get("thinking") or "", block["signature"]
    return {"type": "summary_text", "text": text, "signature": signature}


async def _exchange(
    request: Request, provider: Provider, endpoint: Endpoint, principal: dict[str, object]
) -> Secret:
    workspace = urlsplit(endpoint.base_url)
    client, secret = (reveal(principal[name]) for name in _PRINCIPAL)
    exchange = Exchange(
        url=f"{workspace.scheme}://{workspace.netloc}/oidc/v1/token",
        form=_FORM,
        headers=basic(client, secret),
        secrets=(Secret(client), Secret(secret)),
    )
    return await fetch_token(request, provider, exchange)
