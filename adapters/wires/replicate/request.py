"""A call as the request that creates a prediction.

https://replicate.com/docs/reference/http (models.predictions.create)
"""

from __future__ import annotations

import re

from ....pipeline.call.request import Endpoint, Request
from ....pipeline.errors import BadRequestError
from ....pipeline.json_values import JSON
from ....pipeline.port import HTTPRequest
from ...encode.http_request import encode_json, http_request
from ...encode.overlay import overlay
from ...encode.url_parts import path_part
from ...provider.row import Provider
from ...provider.rules import renamed_params
from .input import PROVIDER, write_input, write_params

_MODEL = re.compile(r"(deployments/)?[\w.-]+/[\w.-]+(:\w+)?")


def encode(request: Request, provider: Provider, endpoint: Endpoint) -> HTTPRequest:
    """Return the request that creates a prediction.

    The model is "owner/name", "owner/name:version" or "deployments/owner/name".

    Raises:
        BadRequestError: the model has another form, or something has no place in its inputs.
    """
    if not _MODEL.fullmatch(endpoint.model):
        raise BadRequestError(
            'model: expected "replicate/owner/name", "replicate/owner/name:version" or '
            f'"replicate/deployments/owner/name", got {endpoint.model!r}',
            PROVIDER,
            param="model",
        )
    name, _, version = endpoint.model.partition(":")
    params = renamed_params(request.params, provider, endpoint.model)
    body: JSON = {
        "input": {**write_params(params), **write_input(request.messages, endpoint.model)}
    }
    if version:
        body["version"] = version
    if request.stream:
        body["stream"] = True
    body = overlay(body, request.extra_body)
    owned = name if name.startswith("deployments/") else f"models/{name}"
    return http_request(
        request,
        provider,
        endpoint,
        encode_json(body),
        path="/predictions" if version else f"/{path_part(owned, 'model', '/')}/predictions",
        headers={"Accept": "application/json", **({} if request.stream else {"Prefer": "wait"})},
    )
