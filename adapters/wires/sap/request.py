"""A call as a configuration of SAP's orchestration service.

https://github.com/SAP/ai-sdk-js/blob/main/packages/orchestration/src/spec/api.yaml (version 2)
"""

from __future__ import annotations

from typing import cast

from ....pipeline.call.request import Endpoint, Request
from ....pipeline.json_values import JSON, as_array
from ....pipeline.port import HTTPRequest
from ...encode.http_request import encode_json, http_request
from ...encode.overlay import overlay
from ...provider.row import Provider
from ...provider.rules import refused_fields, renamed_params
from ..anthropic import BETAS, take_betas
from ..openai import outgoing_messages, outgoing_tools

# Parameters that are modules of the service, not parameters of the model.
_MODULES = frozenset({"filtering", "grounding", "masking", "translation"})
# How a placeholder begins in a template; other texts that contain it are sent as placeholders.
_BRACES = "{{"


def encode(request: Request, provider: Provider, endpoint: Endpoint) -> HTTPRequest:
    """Return the HTTP request for a call.

    `filtering`, `grounding`, `masking` and `translation` are modules of the service. With
    `placeholder_values` the messages are templates; without, their text is sent unchanged. The
    names of Claude's betas are a parameter of the model, as on Bedrock, which serves Claude for
    the service.

    Raises:
        BadRequestError: a part is of a type that the service does not take, or a value cannot be
            written as JSON.
    """
    betas: list[str] = []
    if "claude" in endpoint.model.lower():
        request, betas = take_betas(request)
    params = renamed_params(request.params, provider, endpoint.model)
    if betas:
        params[BETAS] = betas
    values: object = params.pop("placeholder_values", None)
    template, kept = _template(request, provider, endpoint, keep=values is None)
    prompt: JSON = {"template": template}
    if "tools" in params:
        prompt["tools"] = outgoing_tools(
            params.pop("tools"), refused_fields(provider, endpoint.model)
        )
    if "response_format" in params:
        prompt["response_format"] = params.pop("response_format")
    modules = {name: params.pop(name) for name in _MODULES & params.keys()}
    model: JSON = {"name": endpoint.model}
    if "model_version" in params:
        model["version"] = params.pop("model_version")
    config: JSON = {"modules": {"prompt_templating": {"prompt": prompt, "model": model}, **modules}}
    if request.stream:
        config["stream"] = {"enabled": True}
        params.setdefault("stream_options", {"include_usage": True})
    if params:
        model["params"] = params
    body: JSON = {"config": config}
    if values is not None or kept:
        body["placeholder_values"] = kept if values is None else values
    body = overlay(body, request.extra_body)
    return http_request(request, provider, endpoint, encode_json(body))


def _template(
    request: Request, provider: Provider, endpoint: Endpoint, *, keep: bool
) -> tuple[list[JSON], dict[str, str]]:
    """Return the messages, and the texts that placeholders in them refer to."""
    kept: dict[str, str] = {}

    def held(text: str) -> str:
        if not keep or _BRACES not in text:
            return text
        name = f"text_{len(kept)}"
        kept[name] = text
        return f"{{{{?{name}}}}}"

    template: list[JSON] = []
    for message in outgoing_messages(request.messages, provider, endpoint.model):
        written = {key: value for key, value in message.items() if value is not None}
        content = written.get("content")
        if isinstance(content, str):
            written["content"] = held(content)
        elif (pieces := as_array(content)) is not None:
            written["content"] = [
                {**piece, "text": held(piece["text"])} if "text" in piece else piece
                for piece in cast("list[JSON]", pieces)
            ]
        template.append(written)
    return template, kept
