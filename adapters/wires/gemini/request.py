"""The request of generateContent, for both AI Studio and Vertex.

https://ai.google.dev/api/generate-content#request-body and, for Vertex,
https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference#request
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ....pipeline.call.request import Endpoint, Request, replace
from ....pipeline.errors import BadRequestError
from ....pipeline.json_values import JSON, as_object
from ....pipeline.port import HTTPRequest
from ...encode.http_request import encode_json, http_request
from ...encode.overlay import overlay
from ...encode.url_parts import path_part
from ...families.gemini import family_of
from ...provider.row import Provider
from ...provider.rules import renamed_params
from .field_names import camel
from .messages import encode_messages
from .params import Target, translate_param
from .tool_config import has_strict_function, with_validated_calls

# Fields of the body that consist of more than one word.
_FIELDS = frozenset(
    {
        "cachedContent",
        "generationConfig",
        "safetySettings",
        "serviceTier",
        "systemInstruction",
        "toolConfig",
    }
)


def generate_request(
    request: Request,
    provider: Provider,
    endpoint: Endpoint,
    resource: str,
    body: JSON,
    headers: Mapping[str, str] | None = None,
) -> HTTPRequest:
    """Return the HTTP request for a response, or for a stream of server-sent events.

    Args:
        request: the call.
        provider: the row of the provider.
        endpoint: where the request goes.
        resource: the model's path below the base URL.
        body: the body, from `encode_body`.
        headers: authorization, if it differs from the row's.
    """
    method = "streamGenerateContent" if request.stream else "generateContent"
    if request.stream:
        request = replace(request, extra_query={"alt": "sse", **request.extra_query})
    path = f"/{path_part(resource, 'model', '/@')}:{method}"
    encoded = encode_json(body)
    return http_request(request, provider, endpoint, encoded, path=path, headers=headers)


def encode_body(request: Request, provider: Provider, endpoint: Endpoint) -> JSON:
    """Return the body of a generateContent call.

    Google's own parameters have their own names, in snake or camel case: `safety_settings`,
    `cached_content`, `top_k`, `labels`, `thinking_config`. Unknown parameters are sent too, for
    Google to accept or reject.

    Raises:
        BadRequestError: Google's API has no field for something in the request.
        UnsupportedParamsError: Google has no such parameter of OpenAI's.
    """
    target = Target(provider, endpoint.model, family_of(endpoint.model))
    body = encode_messages(request.messages, provider, target.family)
    for name, value in renamed_params(request.params, provider, endpoint.model).items():
        body = _joined(body, translate_param(name, value, target), name)
    _check_thinking(body)
    if target.family.validates_calls and has_strict_function(request.params.get("tools")):
        body = with_validated_calls(body)
    return overlay(body, _in_camel_case(request.extra_body, target))


def _in_camel_case(extra: Mapping[str, Any], target: Target) -> JSON:
    """Return the caller's own fields under the names that the body has; Google takes both styles.

    Raises:
        BadRequestError: a configuration is not an object.
    """
    fields: JSON = {}
    for name, value in extra.items():
        known = camel(name) in _FIELDS and name not in _FIELDS
        fields |= translate_param(name, value, target) if known else {name: value}
    return fields


def _check_thinking(body: JSON) -> None:
    config = as_object(body.get("generationConfig", {}).get("thinkingConfig")) or {}
    if {"thinkingBudget", "thinkingLevel"} <= config.keys():
        raise BadRequestError(
            "thinking: Gemini takes either a thinking budget or a level (reasoning_effort), "
            "got both; remove one of them",
            param="thinking",
        )


def _joined(body: JSON, patch: JSON, name: str) -> JSON:
    """Return a body with the fields that a parameter became.

    Raises:
        BadRequestError: another parameter set a field to a different value.
    """
    joined = dict(body)
    for key, value in patch.items():
        known, fields = as_object(joined.get(key)), as_object(value)
        if known is not None and fields is not None:
            joined[key] = _joined(known, fields, name)
        elif key == "tools" and key in joined:
            joined[key] = [*joined[key], *(tool for tool in value if tool not in joined[key])]
        elif joined.setdefault(key, value) != value:
            raise BadRequestError(
                f"{name}: {key} is given twice, under two names; remove one of them", param=name
            )
    return joined
