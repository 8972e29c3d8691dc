"""Encode the body of a request to Converse.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from ....pipeline.call.messages import MessageParam
from ....pipeline.call.request import Endpoint, Request
from ....pipeline.json_values import JSON, as_array, as_object
from ...encode.overlay import overlay
from ...families.bedrock import CLAUDE, has_native_json, is_opaque, matches, top_k_fields
from ...provider.row import Provider
from ...provider.rules import renamed_params
from ...structured.claude import NO_LIMITS, StrictBudget, strict_schema
from ...structured.response_format import object_schema
from ..anthropic import BETAS, GivenBetas, beta_features, join_betas, take_betas
from .messages import Conversation
from .reasoning import effort_fields, reasoning_fields
from .tools import tool_fields

_ADDITIONAL = "additionalModelRequestFields"
# OpenAI's parameters that have a field in inferenceConfig.
_INFERENCE: Mapping[str, str] = {
    "max_tokens": "maxTokens",
    "temperature": "temperature",
    "top_p": "topP",
}
# Converse's own fields, which callers may pass by name.
_CONVERSE = frozenset(
    {
        "additionalModelRequestFields",
        "additionalModelResponseFieldPaths",
        "guardrailConfig",
        "inferenceConfig",
        "outputConfig",
        "performanceConfig",
        "projectIdentifier",
        "promptVariables",
        "requestMetadata",
        "serviceTier",
        "toolConfig",
    }
)
# Parameters that are translated below. All others go to the model unchanged.
_TRANSLATED = frozenset(
    {
        "max_tokens",
        "model_id",
        "output_config",
        "parallel_tool_calls",
        "reasoning_effort",
        "response_format",
        "service_tier",
        "stop",
        "stream",
        "stream_options",
        "temperature",
        "thinking",
        "tool_choice",
        "tools",
        "top_k",
        "top_p",
        "web_search_options",
    }
)


def converse_body(request: Request, provider: Provider, endpoint: Endpoint) -> tuple[Request, JSON]:
    """Return the request that is left to send, without betas in its headers, and its body.

    Parameters of neither OpenAI nor Converse go into additionalModelRequestFields, for the model.
    The caller's `extra_body` joins the body.

    Raises:
        BadRequestError: something cannot be sent; the message says what and where.
    """
    model = endpoint.model
    is_claude = matches(CLAUDE, model) or is_opaque(model)
    request, betas = take_betas(request) if is_claude else GivenBetas(request, [])
    params = renamed_params(request.params, provider, model)
    body = _join(_translated(request.messages, params, model), request.extra_body)
    if is_claude:
        additional = as_object(body.get(_ADDITIONAL)) or {}
        given = as_array(additional.get(BETAS)) or []
        betas = join_betas(beta_features(additional), [*given, *betas])
        if betas:
            body[_ADDITIONAL] = {**additional, BETAS: betas}
    return request, body


def _translated(messages: tuple[MessageParam, ...], params: Mapping[str, Any], model: str) -> JSON:
    conversation = Conversation(messages, model)
    body: JSON = {"messages": conversation.messages}
    if conversation.system:
        body["system"] = conversation.system
    budget = StrictBudget() if matches(CLAUDE, model) else StrictBudget(**NO_LIMITS)
    native = _native_format(params, model, budget)
    tools = tool_fields(params, model, conversation, budget, native_format=native is not None)
    if tools.config:
        body["toolConfig"] = tools.config
    output = {**({"textFormat": native} if native else {}), **effort_fields(model, params)}
    if output:
        body["outputConfig"] = output
    inference = _inference(params)
    if inference:
        body["inferenceConfig"] = inference
    tier = params.get("service_tier")
    if tier is not None and tier != "auto":
        body["serviceTier"] = {"type": tier}
    others = {
        name: value
        for name, value in params.items()
        if name not in _TRANSLATED and name not in _CONVERSE
    }
    additional = {**others, **_model_fields(params, model), **tools.additional}
    if additional:
        body[_ADDITIONAL] = additional
    return _join(body, {name: params[name] for name in _CONVERSE & params.keys()})


def _join(body: JSON, given: Mapping[str, Any]) -> JSON:
    """Return a body with the caller's own fields of Converse, which take precedence."""
    config = as_object(given.get("toolConfig")) or {}
    if "toolChoice" in config and "toolConfig" in body:
        # A choice has one member, so that two cannot be joined.
        body["toolConfig"].pop("toolChoice", None)
    return overlay(body, given)


def _inference(params: Mapping[str, Any]) -> JSON:
    inference = {field: params[name] for name, field in _INFERENCE.items() if name in params}
    stop = params.get("stop")
    if stop:
        inference["stopSequences"] = [stop] if isinstance(stop, str) else list(stop)
    return inference


def _model_fields(params: Mapping[str, Any], model: str) -> JSON:
    fields = reasoning_fields(model, params)
    top_k = params.get("top_k")
    return fields if top_k is None else {**fields, **top_k_fields(model, top_k)}


def _native_format(params: Mapping[str, Any], model: str, budget: StrictBudget) -> JSON | None:
    """Return the textFormat for `response_format`, None where the model has no such feature.

    https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html
    """
    wanted = as_object(params.get("response_format"))
    schema = object_schema(wanted)
    if wanted is None or schema is None or not has_native_json(model):
        return None
    if not budget.takes(schema):
        return None
    named = as_object(wanted.get("json_schema")) or {}
    definition = {"schema": msgspec.json.encode(strict_schema(schema)).decode()}
    for name in ("name", "description"):
        if named.get(name):
            definition[name] = str(named[name])
    return {"type": "json_schema", "structure": {"jsonSchema": definition}}
