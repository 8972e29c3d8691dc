"""Azure AI Foundry: models of many vendors, with OpenAI's wire.

Without an API version the v1 API is called. With a dated version, or a base_url that ends in
/models, the older Model Inference API is called, which passes unknown parameters through to the
model. Endpoints of single models (*.models.ai.azure.com) are called unchanged.

`base_model` names the model that a deployment serves, if its name does not.

https://learn.microsoft.com/azure/ai-foundry/foundry-models/concepts/endpoints
https://learn.microsoft.com/rest/api/aifoundry/modelinference/
"""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from ....pipeline.call.request import Endpoint, Request
from ....pipeline.port import HTTPRequest
from ...credentials.entra import add_entra_token as prepare
from ...encode.http_request import request_url
from ...provider.row import Provider
from .. import openai
from ..openai import PARAMS
from .openai import V1_PATH, V1_VERSIONS, Decoder, as_base_model, decode, error, with_version

__all__ = ["PARAMS", "Decoder", "decode", "encode", "error", "prepare"]

_MODELS_PATH = "/models"
_DEFAULT_VERSION = "2024-05-01-preview"
_SINGLE_MODEL_HOSTS = (".models.ai.azure.com", ".inference.ai.azure.com", ".inference.ml.azure.com")


def encode(request: Request, provider: Provider, endpoint: Endpoint) -> HTTPRequest:
    """Return the HTTP request for a call.

    Raises:
        BadRequestError: a value cannot be written as JSON.
    """
    request, endpoint = as_base_model(request, endpoint, endpoint.model)
    outgoing = openai.encode(request, provider, endpoint)
    root, _, query = endpoint.base_url.partition("?")
    root = root.rstrip("/").removesuffix("/chat/completions")
    single = (urlsplit(root).hostname or "").endswith(_SINGLE_MODEL_HOSTS)
    version = request.api_version or os.environ.get("AZURE_AI_API_VERSION")
    headers: dict[str, str] = {}
    if single or root.endswith(_MODELS_PATH) or (version and version not in V1_VERSIONS):
        headers["extra-parameters"] = "pass-through"
        if not single:
            root = root.removesuffix(_MODELS_PATH) + _MODELS_PATH
            version = version or _DEFAULT_VERSION
    else:
        root = root.partition(V1_PATH)[0].removesuffix("/openai") + V1_PATH
        version = version if version in ("latest", "preview") else None
    outgoing.url = request_url(
        with_version(root, query, version, request), "/chat/completions", request
    )
    if endpoint.key is not None:
        key = endpoint.key.reveal()
        headers |= {"Authorization": f"Bearer {key}"} if single else {"api-key": key}
    outgoing.headers = {**headers, **outgoing.headers}
    return outgoing
