"""OpenAI's parameters, and Google's own, as fields of generateContent's request body.

https://ai.google.dev/api/generate-content#request-body and, for Vertex,
https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference#request
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from ....pipeline.errors import BadRequestError, UnsupportedParamsError
from ....pipeline.json_values import JSON, as_array, as_object
from ...families.gemini import Family, thinking_of_budget, thinking_of_effort
from ...provider.param_groups import LOGPROBS, MOST, PENALTIES
from ...provider.row import Provider
from ...structured.dialects import translate_schema
from ...structured.response_format import SCHEMA_PATH, parse_response_format
from .. import openai
from .field_names import camel, camel_keys
from .tools import encode_tool_choice, encode_tools

#: OpenAI parameters that these endpoints accept, and Anthropic's `thinking`.
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

# Parameters of OpenAI that are fields of the generation config, with Google's names.
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

# Google's own fields of the generation config. Its other parameters are fields of the body.
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
        "modelSelectionConfig",
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
        "translationConfig",
    }
)
_IN_TOOL_CONFIG = frozenset(
    {"functionCallingConfig", "includeServerSideToolInvocations", "retrievalConfig"}
)
_IN_CALLING_CONFIG = frozenset({"allowedFunctionNames", "streamFunctionCallArguments"})


class Target(NamedTuple):
    """The provider and model that a request is for."""

    provider: Provider
    model: str
    family: Family


def translate_param(name: str, value: Any, target: Target) -> JSON:
    """Return the fields of the request body that a parameter becomes.

    Raises:
        BadRequestError: Google cannot take the value.
        UnsupportedParamsError: Google has no such parameter of OpenAI's.
    """
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
    """Return one of Google's own parameters at its place in the body."""
    field = camel(name)
    if field in _OWN_CONFIG:
        return {"generationConfig": {field: value}}
    if field in _IN_TOOL_CONFIG:
        return {"toolConfig": {field: value}}
    if field in _IN_CALLING_CONFIG:
        return {"toolConfig": {"functionCallingConfig": {field: value}}}
    return {field: value}


def _tool_config(value: Any, _target: Target) -> JSON:
    fields = camel_keys(value, "tool_config")
    calling = fields.get("functionCallingConfig")
    if calling is not None:
        path = "tool_config.function_calling_config"
        fields["functionCallingConfig"] = camel_keys(calling, path)
    return {"toolConfig": fields}


def _config(value: Any, _target: Target) -> JSON:
    return {"generationConfig": camel_keys(value, "generation_config")}


def _stop(value: Any, _target: Target) -> JSON:
    return {"generationConfig": {"stopSequences": [value] if isinstance(value, str) else value}}


def _modalities(value: Any, _target: Target) -> JSON:
    names = as_array(value)
    if names is None:
        raise BadRequestError(
            f'modalities: expected a list such as ["text", "audio"], got {value!r}',
            param="modalities",
        )
    return {"generationConfig": {"responseModalities": [str(name).upper() for name in names]}}


def _audio(value: Any, _target: Target) -> JSON:
    """Return the voice; Gemini only speaks in 16-bit PCM."""
    fields = as_object(value) or {}
    if fields.get("format") not in (None, "pcm16"):
        raise BadRequestError(
            f"audio.format: Gemini only supports 'pcm16', got {fields['format']!r}",
            param="audio.format",
        )
    voice: object = fields.get("voice")
    if not voice:
        return {}
    speech = {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": voice}}}
    return {"generationConfig": {"speechConfig": speech}}


def _service_tier(value: Any, _target: Target) -> JSON:
    if value == "auto":
        return {}
    return {"serviceTier": "standard" if value == "default" else value}


def _store(value: Any, _target: Target) -> JSON:
    return {"store": value}


def _web_search(_options: Any, _target: Target) -> JSON:
    """Return the search tool; it has no options, Gemini decides how much and where to search."""
    return {"tools": [{"googleSearch": {}}]}


def _omit(_value: Any, _target: Target) -> JSON:
    return {}


def _effort(value: Any, target: Target) -> JSON:
    config = thinking_of_effort(value, target.model)
    return {"generationConfig": {"thinkingConfig": dict(config)}} if config else {}


def _thinking(value: Any, target: Target) -> JSON:
    config = thinking_of_budget(value, target.model)
    return {"generationConfig": {"thinkingConfig": dict(config)}}


def _tool_choice(value: Any, _target: Target) -> JSON:
    return encode_tool_choice(value)


def _tools(value: Any, target: Target) -> JSON:
    return encode_tools(value, target.provider.name, target.family.dialect)


def _response_format(value: Any, target: Target) -> JSON:
    """Return the response's MIME type, and its schema if there is one."""
    wanted = parse_response_format(value)
    if wanted is None:
        return {}
    config: JSON = {"responseMimeType": "application/json"}
    if wanted.schema is not None:
        dialect = target.family.dialect
        config[dialect.response_field] = translate_schema(wanted.schema, dialect, SCHEMA_PATH)
    return {"generationConfig": config}


_TRANSLATIONS: Mapping[str, Callable[[Any, Target], JSON]] = MappingProxyType(
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
        "stream": _omit,
        "stream_options": _omit,
        "thinking": _thinking,
        "toolConfig": _tool_config,
        "tool_choice": _tool_choice,
        "tool_config": _tool_config,
        "tools": _tools,
        "web_search_options": _web_search,
    }
)
