"""Set how much a model reasons, in the fields of each model family on Bedrock.

https://docs.aws.amazon.com/bedrock/latest/userguide/inference-reasoning.html and the pages of the
makers' parameters, https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ....pipeline.errors import UnsupportedParamsError
from ....pipeline.json_values import JSON, as_object
from ...families.bedrock import EFFORT, LEVELS, THINKING_CLAUDE, THINKING_NOVA, matches
from ...families.claude import BUDGETS, claude_model
from ..anthropic import encode_params

# Parameters that set how Claude thinks, with the limit of tokens that a budget must fit, and the
# fields of Claude's own API that they become.
_CLAUDE_SETTINGS = ("output_config", "reasoning_effort", "thinking")
_CLAUDE_INPUT = ("max_tokens", *_CLAUDE_SETTINGS)
_CLAUDE_OUTPUT = ("output_config", "thinking")
# Nova's levels, those of open models, and those of Converse.
_LEVELS = {
    "minimal": "low",
    "low": "low",
    "medium": "medium",
    "high": "high",
    "xhigh": "high",
    "max": "high",
}
_EFFORTS = {"minimal": "low", **{name: name for name in ("low", "medium", "high", "xhigh", "max")}}


def reasoning_fields(model: str, params: Mapping[str, Any]) -> JSON:
    """Return the model's own fields for `reasoning_effort` and Anthropic's `thinking`.

    A model that is not known to reason gets `thinking` unchanged.

    Raises:
        BadRequestError: a budget does not fit max_tokens.
        UnsupportedParamsError: the model does not reason, or does not support this effort.
    """
    if matches(THINKING_CLAUDE, model):
        if params.keys().isdisjoint(_CLAUDE_SETTINGS):
            return {}
        given = {name: params[name] for name in _CLAUDE_INPUT if name in params}
        body = encode_params(given, claude_model(model))
        return {name: body[name] for name in _CLAUDE_OUTPUT if name in body}
    passed = {name: params[name] for name in _CLAUDE_OUTPUT if name in params}
    if matches(LEVELS, model):
        passed.pop("thinking", None)
        return {**passed, **_nova_fields(_effort(params), model)}
    if params.get("reasoning_effort") is None or matches(EFFORT, model):
        return passed
    raise UnsupportedParamsError(
        f"reasoning_effort: not known for {model}; pass the model's own parameter instead",
        "bedrock",
        model,
        param="reasoning_effort",
    )


def effort_fields(model: str, params: Mapping[str, Any]) -> JSON:
    """Return the fields of Converse's outputConfig for `reasoning_effort`.

    Raises:
        UnsupportedParamsError: Converse does not support this effort.
    """
    if not matches(EFFORT, model):
        return {}
    effort, levels = params.get("reasoning_effort"), _EFFORTS
    if matches(LEVELS, model):
        effort, levels = _effort(params), _LEVELS
    return {} if effort is None else {"effort": _level(levels, effort, model)}


def _effort(params: Mapping[str, Any]) -> object:
    """Return `reasoning_effort`, else the lowest effort that covers the budget of `thinking`."""
    effort: object = params.get("reasoning_effort")
    thinking = as_object(params.get("thinking"))
    if effort is not None or thinking is None:
        return effort
    if thinking.get("type") == "disabled":
        return "none"
    budget: object = thinking.get("budget_tokens")
    if not isinstance(budget, int):
        return "medium"
    return next((effort for effort, tokens in BUDGETS.items() if budget <= tokens), "max")


def _nova_fields(effort: object, model: str) -> JSON:
    if effort is None or not matches(THINKING_NOVA, model):
        return {}
    if effort == "none":
        return {"reasoningConfig": {"type": "disabled"}}
    level = _level(_LEVELS, effort, model)
    return {"reasoningConfig": {"type": "enabled", "maxReasoningEffort": level}}


def _level(levels: Mapping[str, Any], effort: object, model: str) -> Any:
    if isinstance(effort, str) and effort in levels:
        return levels[effort]
    raise UnsupportedParamsError(
        f"reasoning_effort: {model} supports {', '.join(levels)}, got {effort!r}",
        "bedrock",
        model,
        param="reasoning_effort",
    )
