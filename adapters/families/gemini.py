"""Differences between Google's models, by their names.

Thinking: https://ai.google.dev/gemini-api/docs/thinking for levels and budgets, and
https://ai.google.dev/gemini-api/docs/openai#thinking for how Google maps OpenAI's
`reasoning_effort`. Signatures: https://ai.google.dev/gemini-api/docs/thought-signatures
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from msgspec import Struct

from ...pipeline.errors import BadRequestError
from ...pipeline.json_values import as_object
from ..provider.param_groups import MAX_TOKENS, OPENAI_ONLY, PENALTIES
from ..provider.row import ModelRule
from ..structured.dialects import JSON_SCHEMA, OPENAPI, Dialect
from .claude import CLAUDE_RULES


class Family(Struct, frozen=True, kw_only=True, eq=False):
    """What the models whose name matches have in common.

    Attributes:
        pattern: regular expression, searched in the lower-case model name.
        dialect: the schema dialect.
        signs_calls: a function call without its signature is rejected.
        part_resolution: a single part may have `mediaResolution`.
        media_results: a function's result may contain images and files.
        shows_server_tools: functions and Google's own tools may be in one request, if the parts of
            Google's tools are included in the response.
        validates_calls: the calling mode VALIDATED exists.
    """

    pattern: str
    dialect: Dialect = JSON_SCHEMA
    signs_calls: bool = False
    part_resolution: bool = False
    media_results: bool = False
    shows_server_tools: bool = False
    validates_calls: bool = True


FAMILIES = (
    Family(pattern=r"gemini-1\.", dialect=OPENAPI, validates_calls=False),
    Family(pattern=r"gemini-2\.|gemma|learnlm|gemini-robotics-er-1\.5"),
    Family(
        pattern="",
        signs_calls=True,
        part_resolution=True,
        media_results=True,
        shows_server_tools=True,
    ),
)

#: Parameters of OpenAI that Gemini models differ in; see `ModelRule`.
GEMINI_RULES = (
    ModelRule(
        pattern=r"gemini-(1\.|2\.0)|gemini-2\.5-flash-image|gemma|learnlm|-tts",
        drops=frozenset({"reasoning_effort", "thinking"}),
    ),
    # https://ai.google.dev/gemini-api/docs/speech-generation
    ModelRule(pattern=r"-tts|native-audio", adds=frozenset({"audio"})),
    # https://cloud.google.com/gemini-enterprise-agent-platform/models/gemini/3-5-flash-lite
    ModelRule(pattern=r"gemini-3\.5-flash-lite", drops=PENALTIES),
)

#: The wire of each of Vertex AI's models, and the parameters it differs in.
VERTEX_RULES = (
    ModelRule(pattern=r"^(anthropic/)?claude", wire="vertex/claude", cache_mark="cache_control"),
    ModelRule(
        pattern=r"^(codestral|jamba|ministral|mistral)"
        r"|^(?!anthropic/|endpoints/|google/|projects/|publishers/)[^/]+/",
        wire="vertex/openai",
        drops=OPENAI_ONLY,
        renames=MAX_TOKENS,
    ),
    *CLAUDE_RULES,
    *GEMINI_RULES,
)

#: Sent instead of a signature with messages of another model, as Google documents.
NO_SIGNATURE = "skip_thought_signature_validator"


class Thinking(Struct, frozen=True, kw_only=True, eq=False):
    """The `thinkingConfig` of each `reasoning_effort`, for the models whose name matches.

    With "adaptive", the model decides itself.
    """

    pattern: str
    efforts: Mapping[str, Mapping[str, Any]]


def _efforts(field: str, values: Mapping[str, str | int]) -> Mapping[str, Mapping[str, Any]]:
    """Return configs that set one field; all but "none" include the thoughts in the response."""
    return MappingProxyType(
        {
            effort: {field: value} if effort == "none" else {field: value, "includeThoughts": True}
            for effort, value in values.items()
        }
    )


def _levels(values: Mapping[str, str | int]) -> Mapping[str, Mapping[str, Any]]:
    adaptive = {"adaptive": {"includeThoughts": True}}
    return MappingProxyType({**_efforts("thinkingLevel", values), **adaptive})


# OpenAI's efforts above "high", from the highest down to the level that all models have.
_HIGHEST = ("max", "xhigh", "high")

_BUDGETS: Mapping[str, str | int] = {
    "minimal": 1024,
    "low": 1024,
    "medium": 8192,
    "high": 24576,
    "adaptive": -1,
}

THINKING = (
    Thinking(pattern=r"gemini-2\.5-pro", efforts=_efforts("thinkingBudget", _BUDGETS)),
    Thinking(
        pattern=r"gemini-2\.5|gemini-robotics-er-1\.5",
        efforts=_efforts("thinkingBudget", {"none": 0, **_BUDGETS}),
    ),
    Thinking(
        pattern=r"gemini-4-hydrogen",
        efforts=_levels(
            {
                "minimal": "low",
                "low": "low",
                "medium": "medium",
                "high": "high",
                "xhigh": "xhigh",
            }
        ),
    ),
    Thinking(
        pattern=r"gemini-3-pro",
        efforts=_levels({"minimal": "low", "low": "low", "medium": "high", "high": "high"}),
    ),
    Thinking(
        pattern=r"gemini-3(\.[156])?-flash|flash-lite",
        efforts=_levels(
            {
                "none": "minimal",
                "minimal": "minimal",
                "low": "low",
                "medium": "medium",
                "high": "high",
            }
        ),
    ),
    Thinking(
        pattern="",
        efforts=_levels({"minimal": "low", "low": "low", "medium": "medium", "high": "high"}),
    ),
)


@lru_cache(maxsize=1024)
def family_of(model: str) -> Family:
    """Return the family of a model."""
    name = model.lower()
    return next(family for family in FAMILIES if re.search(family.pattern, name))


def _efforts_of(model: str) -> Mapping[str, Mapping[str, Any]]:
    name = model.lower()
    return next(rule.efforts for rule in THINKING if re.search(rule.pattern, name))


def thinking_of_effort(value: object, model: str) -> Mapping[str, Any]:
    """Return the `thinkingConfig` of a `reasoning_effort`, which may be {"effort": ...}.

    "max" and "xhigh" become the highest level that the model has.

    Raises:
        BadRequestError: the model has no such effort; the error lists the ones it has.
    """
    fields = as_object(value)
    effort: object = fields.get("effort") if fields is not None else value
    if effort in (None, "default"):
        return {}
    efforts = _efforts_of(model)
    if effort in _HIGHEST:
        effort = next(level for level in _HIGHEST[_HIGHEST.index(effort) :] if level in efforts)
    config = efforts.get(effort) if isinstance(effort, str) else None
    if config is None or effort == "adaptive":
        known = ", ".join(sorted(set(efforts) - {"adaptive"}))
        raise BadRequestError(
            f"reasoning_effort: {model} supports {known}, not {effort!r}", param="reasoning_effort"
        )
    return config


def thinking_of_budget(value: object, model: str) -> Mapping[str, Any]:
    """Return the `thinkingConfig` of Anthropic's `thinking` parameter.

    Raises:
        BadRequestError: the value has another form, or the model cannot disable thinking.
    """
    fields = as_object(value) or {}
    kind: object = fields.get("type")
    if kind == "enabled" and isinstance(fields.get("budget_tokens"), int):
        return {"thinkingBudget": fields["budget_tokens"], "includeThoughts": True}
    if kind == "disabled":
        return thinking_of_effort("none", model)
    if kind in ("adaptive", "enabled"):
        return _efforts_of(model)["adaptive"]
    raise BadRequestError(
        'thinking: expected {"type": "enabled", "budget_tokens": ...}, {"type": "adaptive"} '
        f'or {{"type": "disabled"}}, got {value!r}',
        param="thinking",
    )
