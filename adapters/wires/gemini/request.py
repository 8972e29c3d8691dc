"""OpenAI's parameters as the body of Google's generateContent, for AI Studio and Vertex alike.

https://ai.google.dev/api/generate-content#request-body and, for Vertex,
https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference#request
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import quote

from ....pipeline.call.request import Endpoint, Request, replace
from ....pipeline.errors import BadRequestError, UnsupportedParamsError
from ....pipeline.json_values import JSON, as_array, as_object
from ....pipeline.port import HTTPRequest
from ...encode.http_request import encode_json, http_request
from ...families.gemini import Family, family_of, thinking_of_budget, thinking_of_effort
from ...provider.param_groups import LOGPROBS, MOST, PENALTIES
from ...provider.row import Provider
from ...provider.rules import renamed_params
from ...structured.dialects import Dialect, translate_schema
from .. import openai
from .messages import encode_messages

#: OpenAI parameters that these endpoints have a place for, and Anthropic's `thinking`.
PARAMS = (
    MOST
    | LOGPROBS
    | PENALTIES
    | {
        "audio",
        "modalities",
        "n",
        "seed",
        "service_tier",
        "store",
        "thinking",
        "web_search_options",
    }
)

# OpenAI's names in the generation config.
_IN_CONFIG: Mapping[str, str] = MappingProxyType(
    {
        "frequency_penalty": "frequencyPenalty",
        "logprobs": "responseLogprobs",
        "max_completion_tokens": "maxOutputTokens",
        "max_tokens": "maxOutputTokens",
        "n": "candidateCount",
        "presence_penalty": "presencePenalty",
        "seed": "seed",
        "temperature": "temperature",
        "top_logprobs": "logprobs",
        "top_p": "topP",
    }
)

# Google's own parameters of the generation config; all others stand beside it.
_OWN_CONFIG = frozenset(
    {
        "audioTimestamp",
        "audioTranscriptionConfig",
        "candidateCount",
        "enableAffectiveDialog",
        "enableEnhancedCivicAnswers",
        "imageConfig",
        "maxOutputTokens",
        "mediaResolution",
        "modelConfig",
        "responseJsonSchema",
        "responseLogprobs",
        "responseMimeType",
        "responseModalities",
        "responseSchema",
        "routingConfig",
        "speechConfig",
        "stopSequences",
        "thinkingConfig",
        "topK",
        "topP",
    }
)
_IN_TOOL_CONFIG = frozenset(
    {"functionCallingConfig", "includeServerSideToolInvocations", "retrievalConfig"}
)
# Fields of a function that Google has too, or alone.
_IN_DECLARATION = ("description", "behavior", "response", "response_json_schema")
_SERVICE_TIERS: Mapping[str, str] = MappingProxyType({"default": "standard"})
_MODES: Mapping[str, str] = MappingProxyType({"auto": "AUTO", "none": "NONE", "required": "ANY"})


def generate_request(
    request: Request,
    provider: Provider,
    endpoint: Endpoint,
    resource: str,
    headers: Mapping[str, str] | None = None,
) -> HTTPRequest:
    """Return the HTTP request that has a model answer; streams come as server-sent events.

    `resource` is the model's path below the base URL; `headers` are those that let one in, where
    they are not the row's. Raises as `encode_body`.
    """
    body = encode_json(encode_body(request, provider, endpoint))
    method = "streamGenerateContent" if request.stream else "generateContent"
    if request.stream:
        request = replace(request, extra_query={"alt": "sse", **request.extra_query})
    path = f"/{quote(resource, safe='/@')}:{method}"
    return http_request(request, provider, endpoint, body, path=path, headers=headers)


def encode_body(request: Request, provider: Provider, endpoint: Endpoint) -> JSON:
    """Return the body of a generateContent call.

    Google's own parameters go by their names, in snake or camel case: `safety_settings`,
    `cached_content`, `top_k`, `labels`, `thinking_config`. Those that nobody knows here are sent
    beside the others, and Google says what it thinks of them.

    Raises:
        BadRequestError: something in the request has no place in Google's API.
        UnsupportedParamsError: it is a parameter of OpenAI's that Google has not.
    """
    target = _Target(provider, endpoint.model, family_of(endpoint.model))
    body = encode_messages(request.messages, provider, target.family)
    for name, value in renamed_params(request.params, provider, endpoint.model).items():
        body = _joined(body, _translate(name, value, target), name)
    _check_thinking(body)
    return _overlay(body, request.extra_body)


def _check_thinking(body: JSON) -> None:
    config: JSON = body.get("generationConfig", {}).get("thinkingConfig", {})
    if {"thinkingBudget", "thinkingLevel"} <= config.keys():
        raise BadRequestError(
            "thinking: Gemini takes a budget or a level of thought, which reasoning_effort is, "
            "not both; leave one out",
            param="thinking",
        )


class _Target(NamedTuple):
    """Whom a request is for."""

    provider: Provider
    model: str
    family: Family


def _translate(name: str, value: Any, target: _Target) -> JSON:
    """Return the part of a body that one parameter stands for."""
    if name in _IN_CONFIG:
        return {"generationConfig": {_IN_CONFIG[name]: value}}
    if name in _TRANSLATIONS:
        return _TRANSLATIONS[name](value, target)
    if name in openai.PARAMS:
        raise UnsupportedParamsError(
            f"{name}: {target.provider.name} has no such parameter", param=name
        )
    return _own(name, value)


def _own(name: str, value: Any) -> JSON:
    """Return one of Google's own parameters in its place."""
    camel = _camel(name)
    if camel in _OWN_CONFIG:
        return {"generationConfig": {camel: value}}
    if camel in _IN_TOOL_CONFIG:
        return {"toolConfig": {camel: value}}
    return {camel: value}


def _camel(name: str) -> str:
    return re.sub(r"_([a-z0-9])", lambda found: found.group(1).upper(), name)


def _config(value: Any, _target: _Target) -> JSON:
    fields = as_object(value) or {}
    return {"generationConfig": {_camel(name): inner for name, inner in fields.items()}}


def _stop(value: Any, _target: _Target) -> JSON:
    return {"generationConfig": {"stopSequences": [value] if isinstance(value, str) else value}}


def _modalities(value: Any, _target: _Target) -> JSON:
    return {"generationConfig": {"responseModalities": [str(name).upper() for name in value]}}


def _audio(value: Any, _target: _Target) -> JSON:
    """Return a voice; Gemini speaks in 16-bit PCM alone."""
    fields = as_object(value) or {}
    if fields.get("format") not in (None, "pcm16"):
        raise BadRequestError(
            f"audio.format: Gemini speaks in pcm16 alone, not {fields['format']!r}",
            param="audio.format",
        )
    voice: object = fields.get("voice")
    if not voice:
        return {}
    speech = {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": voice}}}
    return {"generationConfig": {"speechConfig": speech}}


def _service_tier(value: Any, _target: _Target) -> JSON:
    return {} if value == "auto" else {"serviceTier": _SERVICE_TIERS.get(value, value)}


def _store(value: Any, _target: _Target) -> JSON:
    return {"store": value}


def _web_search(_options: Any, _target: _Target) -> JSON:
    """Return the tool that searches: how much, and where, Gemini decides itself."""
    return {"tools": [{"googleSearch": {}}]}


def _nothing(_value: Any, _target: _Target) -> JSON:
    return {}


def _effort(value: Any, target: _Target) -> JSON:
    config = thinking_of_effort(value, target.model)
    return {"generationConfig": {"thinkingConfig": dict(config)}} if config else {}


def _thinking(value: Any, target: _Target) -> JSON:
    config = thinking_of_budget(value, target.model)
    return {"generationConfig": {"thinkingConfig": dict(config)}}


def _tool_choice(value: Any, _target: _Target) -> JSON:
    """Return the calling mode; "VALIDATED" lets the model choose among named functions.

    https://ai.google.dev/api/caching#FunctionCallingConfig
    """
    fields = as_object(value) or {}
    if isinstance(value, str) and value in _MODES:
        return _calling(_MODES[value])
    if fields.get("type") == "function":
        name: object = (as_object(fields.get("function")) or fields).get("name")
        return _calling("ANY", [name])
    allowed = as_object(fields.get("allowed_tools"))
    if fields.get("type") == "allowed_tools" and allowed is not None:
        named = [as_object(tool) or {} for tool in as_array(allowed.get("tools")) or ()]
        names = [(as_object(tool.get("function")) or tool).get("name") for tool in named]
        return _calling("ANY" if allowed.get("mode") == "required" else "VALIDATED", names)
    raise BadRequestError(
        'tool_choice: expected "auto", "none", "required", '
        f'{{"type": "function", "function": {{"name": ...}}}} or allowed_tools, got {value!r}',
        param="tool_choice",
    )


def _calling(mode: str, names: list[Any] | None = None) -> JSON:
    config: JSON = {"mode": mode}
    if names is not None:
        config["allowedFunctionNames"] = names
    return {"toolConfig": {"functionCallingConfig": config}}


def _tools(tools: Any, target: _Target) -> JSON:
    """Return function declarations in one tool, and Google's own tools as they are."""
    declarations: list[JSON] = []
    own: list[JSON] = []
    for number, tool in enumerate(as_array(tools) or ()):
        fields = as_object(tool) or {}
        function = as_object(fields.get("function"))
        if fields.get("type", "function") == "function" and function is not None:
            path = f"tools[{number}].function"
            declarations.append(_declaration(function, target.family.dialect, path))
        elif fields and "type" not in fields:
            own.append(fields)
        else:
            raise BadRequestError(
                f"tools[{number}]: {target.provider.name} takes functions, and Google's own tools "
                f'as {{"googleSearch": {{}}}}; got type {fields.get("type")!r}',
                param=f"tools[{number}]",
            )
    found: list[JSON] = [{"functionDeclarations": declarations}] if declarations else []
    found += own
    return {"tools": found} if found else {}


def _declaration(function: JSON, dialect: Dialect, path: str) -> JSON:
    name: object = function.get("name")
    if not name:
        raise BadRequestError(f"{path}.name: is missing", param=f"{path}.name")
    declared: JSON = {"name": name}
    declared |= {_camel(key): function[key] for key in _IN_DECLARATION if function.get(key)}
    parameters = as_object(function.get("parameters")) or {}
    # Both dialects say by leaving it out that a function takes nothing.
    if parameters.get("properties") or set(parameters) - {"type", "properties", "required"}:
        schema = {"type": "object", **parameters}
        place = f"{path}.parameters"
        declared[dialect.parameters_field] = translate_schema(schema, dialect, place)
    return declared


def _response_format(value: Any, target: _Target) -> JSON:
    """Return the type of the answer, and its schema where there is one."""
    fields = as_object(value) or {}
    kind: object = fields.get("type")
    if kind == "text":
        return {}
    if kind not in ("json_object", "json_schema"):
        raise BadRequestError(
            'response_format: expected {"type": "text"}, {"type": "json_object"} or {"type": '
            f'"json_schema", "json_schema": {{"name": ..., "schema": ...}}}}, got type {kind!r}',
            param="response_format",
        )
    path = "response_format.json_schema.schema"
    schema = as_object((as_object(fields.get("json_schema")) or {}).get("schema"))
    if kind == "json_schema" and schema is None:
        raise BadRequestError(f"{path}: is missing", param=path)
    config: JSON = {"responseMimeType": "application/json"}
    if schema is not None:
        dialect = target.family.dialect
        config[dialect.response_field] = translate_schema(schema, dialect, path)
    return {"generationConfig": config}


_TRANSLATIONS: Mapping[str, Callable[[Any, _Target], JSON]] = MappingProxyType(
    {
        "audio": _audio,
        "generation_config": _config,
        "generationConfig": _config,
        "modalities": _modalities,
        "reasoning_effort": _effort,
        "response_format": _response_format,
        "service_tier": _service_tier,
        "stop": _stop,
        "store": _store,
        "stream": _nothing,
        "stream_options": _nothing,
        "thinking": _thinking,
        "tool_choice": _tool_choice,
        "tools": _tools,
        "web_search_options": _web_search,
    }
)


def _joined(body: JSON, patch: JSON, name: str) -> JSON:
    """Return a body with what a parameter stands for.

    Raises:
        BadRequestError: another parameter has said something else already.
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
                f"{name}: {key} is given twice, under two names; leave one out", param=name
            )
    return joined


def _overlay(body: JSON, extra: Mapping[str, Any]) -> JSON:
    """Return a body with the caller's own fields over it, objects joined."""
    joined = dict(body)
    for key, value in extra.items():
        known = as_object(joined.get(key))
        fields = as_object(value)
        joined[key] = _overlay(known, fields) if known and fields is not None else value
    return joined
