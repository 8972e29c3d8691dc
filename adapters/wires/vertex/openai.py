"""Other makers' models on Google Cloud's Vertex AI, which speak OpenAI's language.

Open models, as "meta/llama-3.3-70b-instruct-maas", share one address:
https://cloud.google.com/vertex-ai/generative-ai/docs/maas/call-open-model-apis. Mistral and AI21
have one for each model:
https://cloud.google.com/vertex-ai/generative-ai/docs/partner-models/mistral
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import quote

import msgspec

from ....pipeline.call.request import Endpoint, Request
from ....pipeline.errors import APIError
from ....pipeline.port import HTTPRequest, HTTPResponse
from ...encode.http_request import request_url
from ...provider.row import Provider
from .. import openai
from ..gemini import response as gemini_decode
from ..openai import Decoder, decode
from .project import authorization, enter_project

__all__ = ["PARAMS", "Decoder", "decode", "encode", "error", "prepare"]

#: What these models take of OpenAI's parameters.
PARAMS = openai.PARAMS

_VERSION = "v1"
_LOCATION = "us-central1"
_SHARED_PATH = "/endpoints/openapi/chat/completions"

# Publishers whose models have addresses of their own, by how the models' names begin.
_PUBLISHERS: Mapping[str, str] = MappingProxyType(
    {
        "codestral": "mistralai",
        "jamba": "ai21",
        "ministral": "mistralai",
        "mistral": "mistralai",
    }
)


async def prepare(
    request: Request, provider: Provider, endpoint: Endpoint
) -> tuple[Request, Endpoint]:
    """Find project, location and token.

    Raises: as `enter_project`.
    """
    return await enter_project(request, provider, endpoint, _VERSION, _LOCATION)


def encode(request: Request, provider: Provider, endpoint: Endpoint) -> HTTPRequest:
    """Return the HTTP request for a call.

    Raises:
        BadRequestError: a value cannot be written as JSON.
    """
    name = endpoint.model.removeprefix("mistralai/").removeprefix("ai21/")
    publisher = next((who for start, who in _PUBLISHERS.items() if name.startswith(start)), None)
    path = _SHARED_PATH
    if publisher is not None:
        method = "streamRawPredict" if request.stream else "rawPredict"
        path = f"/publishers/{publisher}/models/{quote(name, safe='@')}:{method}"
        # The body names the model without its version.
        endpoint = msgspec.structs.replace(endpoint, model=name.partition("@")[0])
    outgoing = openai.encode(request, provider, endpoint)
    outgoing.url = request_url(endpoint.base_url, path, request)
    outgoing.headers = {**authorization(endpoint), **outgoing.headers}
    return outgoing


def error(response: HTTPResponse, provider: Provider) -> APIError:
    """Return the error that a status of 400 or above stands for: Google's, or the model's."""
    return gemini_decode.error(response, provider)
