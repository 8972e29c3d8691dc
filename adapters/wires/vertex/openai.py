"""Models of other vendors on Google Cloud's Vertex AI, with OpenAI-compatible endpoints.

Open models, such as "meta/llama-3.3-70b-instruct-maas", share one endpoint:
https://cloud.google.com/vertex-ai/generative-ai/docs/maas/call-open-model-apis. Mistral and AI21
have an endpoint per model:
https://cloud.google.com/vertex-ai/generative-ai/docs/partner-models/mistral
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from ....pipeline.call.request import Endpoint, Request
from ....pipeline.port import HTTPRequest
from ...encode.http_request import request_url
from ...encode.url_parts import path_part
from ...provider.row import Provider
from .. import openai
from ..gemini import error
from ..openai import Decoder, decode
from .project import authorization, enter_project

__all__ = ["PARAMS", "Decoder", "decode", "encode", "error", "prepare"]

#: OpenAI parameters that these models accept.
PARAMS = openai.PARAMS

_VERSION = "v1"
_LOCATION = "us-central1"
_SHARED_PATH = "/endpoints/openapi/chat/completions"

# Publishers whose models have their own endpoints, by the start of the model name.
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
        BadRequestError: a value cannot be encoded as JSON.
    """
    name = endpoint.model.removeprefix("mistralai/").removeprefix("ai21/")
    publisher = next(
        (publisher for start, publisher in _PUBLISHERS.items() if name.startswith(start)), None
    )
    path = _SHARED_PATH
    if publisher is not None:
        method = "streamRawPredict" if request.stream else "rawPredict"
        path = f"/publishers/{publisher}/models/{path_part(name, 'model', '@')}:{method}"
        # The body names the model without its version.
        endpoint = msgspec.structs.replace(endpoint, model=name.partition("@")[0])
    outgoing = openai.encode(request, provider, endpoint)
    outgoing.url = request_url(endpoint.base_url, path, request)
    outgoing.headers = {**authorization(endpoint), **outgoing.headers}
    return outgoing
