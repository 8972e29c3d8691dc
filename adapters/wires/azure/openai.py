"""Azure OpenAI: OpenAI's wire at Azure's URLs, with a key or a Microsoft Entra ID token.

The model is the name of a deployment. Without an API version, or with "v1", "preview" or "latest",
the v1 API is called; with a dated version the older API of deployments. `base_model` names the
model that a deployment serves, if its name does not.

https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle
https://learn.microsoft.com/azure/ai-foundry/openai/reference
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from functools import lru_cache

import msgspec

from ....pipeline.call.request import Endpoint, Request, replace
from ....pipeline.errors import APIError
from ....pipeline.json_values import JSON, as_object
from ....pipeline.port import HTTPRequest, HTTPResponse
from ....pipeline.schema.model_response import ModelResponse, ModelResponseStream
from ....pipeline.schema.parts import Choice, StreamingChoice
from ...credentials.entra import add_entra_token as prepare
from ...decode.classify import error_of_body, make_error, read_problem
from ...decode.sse import Event
from ...encode.http_request import request_url
from ...encode.url_parts import path_part, query_of
from ...provider.row import Provider
from .. import openai
from ..openai import PARAMS

__all__ = ["PARAMS", "Decoder", "decode", "encode", "error", "prepare"]

V1_VERSIONS = frozenset({"latest", "preview", "v1"})
V1_PATH = "/openai/v1"
# The v1 API needs a version only for previews.
_PREVIEWS = frozenset({"latest", "preview"})
# Prefixes that mark deployments of reasoning models whose names do not.
_SERIES = re.compile(r"^(?:o_series|gpt5_series)/")
# The first month whose API versions know `stream_options`.
_STREAM_USAGE_SINCE = "2024-09"


def encode(request: Request, provider: Provider, endpoint: Endpoint) -> HTTPRequest:
    """Return the HTTP request for a call.

    Raises:
        BadRequestError: a value cannot be written as JSON.
    """
    version = request.api_version or os.environ.get("AZURE_API_VERSION")
    deployment = deployment_of(endpoint.model)
    request, endpoint = as_base_model(request, endpoint, deployment)
    if version and version[:4].isdigit() and version[:7] < _STREAM_USAGE_SINCE:
        provider = _without_stream_usage(provider)
    outgoing = openai.encode(request, provider, endpoint)
    outgoing.url = _url(endpoint.base_url, deployment, version, request)
    if endpoint.key is not None:
        outgoing.headers = {"api-key": endpoint.key.reveal(), **outgoing.headers}
    return outgoing


def deployment_of(model: str) -> str:
    """Return the name of a deployment, without the prefix of a series."""
    return _SERIES.sub("", model)


def as_base_model(
    request: Request, endpoint: Endpoint, deployment: str
) -> tuple[Request, Endpoint]:
    """Return request and endpoint with parameters for the base model, sent to the deployment."""
    if endpoint.model == deployment and "base_model" not in request.params:
        return request, endpoint
    params = dict(request.params)
    base_model = str(params.pop("base_model", endpoint.model))
    base_model = base_model.removeprefix("azure/").removeprefix("azure_ai/")
    request = replace(
        request, params=params, extra_body={"model": deployment, **request.extra_body}
    )
    return request, msgspec.structs.replace(endpoint, model=base_model)


@lru_cache(maxsize=16)
def _without_stream_usage(provider: Provider) -> Provider:
    return msgspec.structs.replace(provider, flags=provider.flags | {"no_stream_usage"})


def _url(base_url: str, deployment: str, version: str | None, request: Request) -> str:
    root, _, query = base_url.partition("?")
    root = root.rstrip("/").removesuffix("/chat/completions")
    of_deployment = "/deployments/" in root
    if V1_PATH in root or version in V1_VERSIONS or not (version or query or of_deployment):
        root = root.partition(V1_PATH)[0].removesuffix("/openai") + V1_PATH
        version = preview_of(version)
    elif not of_deployment:
        root = f"{root.removesuffix('/openai')}/openai/deployments/{path_part(deployment, 'model')}"
    return request_url(with_version(root, query, version, request), "/chat/completions", request)


def preview_of(version: str | None) -> str | None:
    """Return an API version that the v1 API needs, None for all others."""
    return version if version in _PREVIEWS else None


def with_version(root: str, query: str, version: str | None, request: Request) -> str:
    """Return a URL with its query, and the API version if the query has none."""
    if version and "api-version=" not in query and "api-version" not in request.extra_query:
        given = query_of({"api-version": version}, "api_version")
        query = f"{query}&{given}".lstrip("&")
    return f"{root}?{query}"


def decode(response: HTTPResponse, provider: Provider) -> ModelResponse:
    """Return the response that a body holds; see `openai.decode`."""
    answer = openai.decode(response, provider)
    _keep_filters(answer)
    return answer


class Decoder(openai.Decoder):
    """Turns the bytes of a streamed response into chunks; see `openai.Decoder`."""

    def decode_plain(self, body: bytes) -> ModelResponse:
        """Return the response of a body that is not an event stream; raises as `decode`."""
        answer = super().decode_plain(body)
        _keep_filters(answer)
        return answer

    def read_all(self, events: Sequence[Event]) -> list[ModelResponseStream]:
        """Return the chunks of several events; those before an error are still returned."""
        chunks = super().read_all(events)
        for chunk in chunks:
            _keep_filters(chunk)
        return chunks


def _keep_filters(answer: ModelResponse | ModelResponseStream) -> None:
    """Copy the results of Azure's content filter to `provider_specific_fields`."""
    _keep(answer, "prompt_filter_results")
    for choice in answer.choices:
        _keep(choice, "content_filter_results")


def _keep(part: ModelResponse | ModelResponseStream | Choice | StreamingChoice, name: str) -> None:
    found: object = part.model_extra.get(name) if part.raw_ else None
    if found:
        fields: JSON = part.provider_specific_fields or {}
        part.provider_specific_fields = {**fields, name: found}


def error(response: HTTPResponse, _provider: Provider) -> APIError:
    """Return the error for a response with a status of 400 or above.

    The results of the content filter are in its `body`, in `error.innererror`.
    """
    found = error_of_body(response.status, response.headers, response.body)
    problem = read_problem(found.body)
    outer = as_object((as_object(found.body) or {}).get("error")) or {}
    code: object = (as_object(outer.get("innererror")) or {}).get("code")
    if problem is None or not isinstance(code, str):
        return found
    problem.type = code
    return make_error(problem, response.status, response.headers)
