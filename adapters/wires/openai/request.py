"""A call as the request that OpenAI-compatible APIs take.

https://platform.openai.com/docs/api-reference/chat/create
"""

from __future__ import annotations

from typing import Any

from ....pipeline.call.request import Endpoint, Request
from ....pipeline.json_values import JSON, as_array, as_object
from ....pipeline.port import HTTPRequest
from ...encode.http_request import encode_json, http_request
from ...provider.param_groups import CACHE_MARKS
from ...provider.row import Provider
from ...provider.rules import model_flags, refused_fields, renamed_params
from .messages import outgoing_messages, without
from .response_format import fit_format
from .thinking import translate_thinking


def encode(request: Request, provider: Provider, endpoint: Endpoint) -> HTTPRequest:
    """Return the HTTP request for a call.

    Raises:
        BadRequestError: a value cannot be written as JSON.
    """
    headers: dict[str, str] = {}
    params, more = request.params, bool(request.extra_headers or request.extra_body)
    if more or "betas" in params or "anthropic_beta" in params:
        from .betas import move_betas  # noqa: PLC0415  # few calls have any of these

        request, headers = move_betas(request, provider, endpoint.model)
    body = chat_body(request, provider, endpoint)
    return http_request(request, provider, endpoint, encode_json(body), headers=headers)


def chat_body(request: Request, provider: Provider, endpoint: Endpoint) -> JSON:
    """Return the body of a chat completion request."""
    flags = model_flags(provider, endpoint.model)
    params = request.params
    if flags and "response_format" in params:
        params = fit_format(params, flags)
    body: JSON = {
        "model": endpoint.model,
        "messages": outgoing_messages(request.messages, provider, endpoint.model),
        **renamed_params(params, provider, endpoint.model),
    }
    if "tools" in body:
        body["tools"] = outgoing_tools(body["tools"], refused_fields(provider, endpoint.model))
    if flags:
        translate_thinking(body, flags)
        if "auto_tools" in flags and "tool_choice" in body:
            choose_automatically(body)
    if request.stream:
        body["stream"] = True
        if "no_stream_usage" in flags:
            # Usage is always sent, and requests for it are refused.
            body.pop("stream_options", None)
        else:
            body.setdefault("stream_options", {"include_usage": True})
    if request.extra_body:
        from ...encode.overlay import overlay  # noqa: PLC0415  # few calls have it

        return overlay(body, request.extra_body)
    return body


def choose_automatically(body: JSON) -> None:
    """Leave the choice of a tool to the model; tools that it may not call are left out."""
    choice = body.pop("tool_choice")
    named = (as_object((as_object(choice) or {}).get("function")) or {}).get("name")
    if choice == "none":
        body.pop("tools", None)
    elif named is not None:
        body["tools"] = [
            tool
            for tool in as_array(body.get("tools")) or ()
            if (as_object((as_object(tool) or {}).get("function")) or {}).get("name") == named
        ]
    if choice != "none":
        body["tool_choice"] = "auto"


def outgoing_tools(tools: object, refused: frozenset[str]) -> object:
    """Return the tools without marks of prompt caching if the provider refuses these."""
    marks, several = CACHE_MARKS & refused, as_array(tools)
    if not marks or several is None:
        return tools
    return [_unmarked(tool, marks) for tool in several]


def _unmarked(tool: Any, marks: frozenset[str]) -> Any:
    fields = as_object(tool)
    if fields is None:
        return tool
    cleaned = without(fields, marks)
    function = as_object(cleaned.get("function"))
    return cleaned if function is None else {**cleaned, "function": without(function, marks)}
