"""Encode a request for Cohere's chat API.

https://docs.cohere.com/reference/chat
"""

from __future__ import annotations

import msgspec

from ....pipeline.call.request import Endpoint, Request
from ....pipeline.json_values import JSON, as_object
from ....pipeline.port import HTTPRequest
from ...encode.efforts import check_effort
from ...encode.http_request import encode_json, http_request
from ...encode.overlay import overlay
from ...encode.tool_choice import NO_PARAMETERS, choose_tools, plain_tool
from ...provider.row import Provider
from ...provider.rules import renamed_params
from ...structured.dialects import JSON_SCHEMA, translate_schema
from ...structured.response_format import object_schema
from ...structured.shape import check_shape
from .messages import PROVIDER, encode_conversation

# Cohere has no efforts, only a token budget; these budgets are our choice.
_BUDGETS = {"minimal": 512, "low": 1024, "medium": 4096}
# https://docs.cohere.com/docs/structured-outputs#parameter-types-support
_ENFORCED = msgspec.structs.replace(
    JSON_SCHEMA,
    parameters_field="parameters",
    response_field="json_schema",
    keywords=frozenset(
        {
            "$defs",
            "additionalProperties",
            "anyOf",
            "description",
            "enum",
            "format",
            "items",
            "pattern",
            "properties",
            "required",
            "title",
            "type",
        }
    ),
    formats=frozenset({"date", "date-time", "time", "uuid"}),
)


def encode(request: Request, provider: Provider, endpoint: Endpoint) -> HTTPRequest:
    """Return the HTTP request for a call.

    Cohere's `tool_choice` cannot name a tool, so a named tool is the only one sent. Documents in
    messages move to the field `documents`.

    Raises:
        BadRequestError: Cohere's API does not support something in the request.
    """
    conversation = encode_conversation(
        request.messages, thinks="reasoning_effort" in endpoint.supported
    )
    params = renamed_params(request.params, provider, endpoint.model)
    body: JSON = {
        "model": endpoint.model,
        "messages": conversation.messages,
        "stream": request.stream,
        **_translate(params),
    }
    if conversation.documents:
        body["documents"] = [*body.get("documents", ()), *conversation.documents]
    body = overlay(body, request.extra_body)
    return http_request(request, provider, endpoint, encode_json(body))


def _translate(params: JSON) -> JSON:
    """Return the parameters in Cohere's form; parameters that OpenAI does not have are kept."""
    body = dict(params)
    body.pop("stream_options", None)
    stop = body.get("stop_sequences")
    if isinstance(stop, str):
        body["stop_sequences"] = [stop]
    if "response_format" in body:
        body["response_format"] = _response_format(body["response_format"])
    effort: object = body.pop("reasoning_effort", None)
    if "thinking" in body:
        body["thinking"] = _thinking(body["thinking"])
    elif effort not in (None, "default"):
        body["thinking"] = _effort(check_effort(effort))
    if "tools" in body or "tool_choice" in body:
        body.update(_tools(body))
    return body


def _response_format(given: object) -> JSON:
    schema = object_schema(given)
    if schema is None:
        return {"type": "text"}
    if (as_object(given) or {}).get("type") == "json_object":
        return {"type": "json_object"}
    enforced = translate_schema(schema, _ENFORCED, "response_format.json_schema.schema")
    return {"type": "json_object", "json_schema": enforced}


def _thinking(given: object) -> JSON:
    """Return Cohere's `thinking`; Anthropic's form of it is accepted too."""
    fields = as_object(given) or {}
    kind = "disabled" if fields.get("type") == "disabled" else "enabled"
    budget: object = fields.get("token_budget", fields.get("budget_tokens"))
    return {"type": kind} if budget is None else {"type": kind, "token_budget": budget}


def _effort(effort: str) -> JSON:
    if effort == "none":
        return {"type": "disabled"}
    return _thinking({"type": "enabled", "token_budget": _BUDGETS.get(effort)})


def _tools(params: JSON) -> JSON:
    """Return the fields for tools and the tool choice, and remove OpenAI's from `params`."""
    tools, mode = choose_tools(params, PROVIDER)
    params.pop("tools", None)
    params.pop("tool_choice", None)
    if not tools:
        return {}
    functions: list[JSON] = [tool["function"] for tool in tools]
    strict = all(map(_is_strict, functions))
    if strict:
        functions = [_enforced(function) for function in functions]
    written: JSON = {"tools": [plain_tool(function) for function in functions]}
    if strict:
        written["strict_tools"] = True
    if mode != "auto":
        written["tool_choice"] = mode.upper()
    return written


def _is_strict(function: JSON) -> bool:
    """Return whether calls must match the schema; Cohere requires a required property for that."""
    schema = check_shape(function.get("parameters"), f"tools.{function['name']}.parameters")
    return bool(function.get("strict") and (schema.get("required") or not schema.get("properties")))


def _enforced(function: JSON) -> JSON:
    place = f"tools.{function['name']}.parameters"
    schema: JSON = function.get("parameters") or NO_PARAMETERS
    return {**function, "parameters": translate_schema(schema, _ENFORCED, place)}
