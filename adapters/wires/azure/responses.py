"""The Responses API at Azure: one path, with the API version only for previews.

https://learn.microsoft.com/azure/ai-foundry/openai/how-to/responses
"""

from __future__ import annotations

import os
from urllib.parse import parse_qs

import msgspec

from ....pipeline.call.request import Endpoint, Request
from ....pipeline.port import HTTPRequest
from ...credentials.entra import add_entra_token as prepare
from ...provider.row import Provider
from .. import responses
from ..responses import (
    PARAMS,
    Decoder,
    NativeDecoder,
    decode,
    decode_cancelled,
    error,
    keep_origin,
    open,  # noqa: A004  # the port's name
    send,
)
from .openai import V1_PATH, as_base_model, deployment_of, preview_of, with_version

__all__ = [
    "PARAMS",
    "Decoder",
    "NativeDecoder",
    "decode",
    "decode_cancelled",
    "encode",
    "error",
    "keep_origin",
    "open",
    "prepare",
    "send",
]


def encode(request: Request, provider: Provider, endpoint: Endpoint) -> HTTPRequest:
    """Return the HTTP request for a call.

    Raises:
        BadRequestError: a value cannot be written as JSON.
    """
    request, endpoint = as_base_model(request, endpoint, deployment_of(endpoint.model))
    endpoint = msgspec.structs.replace(endpoint, base_url=_address(endpoint.base_url, request))
    outgoing = responses.encode(request, provider, endpoint)
    if endpoint.key is not None:
        outgoing.headers = {"api-key": endpoint.key.reveal(), **outgoing.headers}
    return outgoing


def _address(base_url: str, request: Request) -> str:
    """Return the root of the v1 API, with the API version if it is one of previews.

    Dated versions, and deployments in the address, are of the old API.
    """
    root, _, query = base_url.partition("?")
    root = root.rstrip("/")
    for ending in ("/openai/", "/models"):
        root = root.partition(ending)[0]
    root = root.removesuffix("/openai") + V1_PATH
    in_query = parse_qs(query).get("api-version", [None])[0]
    version = request.api_version or in_query or os.environ.get("AZURE_API_VERSION")
    return with_version(root, "", preview_of(version), request)
