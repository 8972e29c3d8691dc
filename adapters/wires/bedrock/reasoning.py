"""Set how much a model reasons, in the fields of each model family on Bedrock.

https://docs.aws.amazon.com/bedrock/latest/userguide/inference-reasoning.html and the pages of the
makers' parameters, https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ....pipeline.errors import UnsupportedParamsError
from ....pipeline.json_values import JSON, as_object
from ...families.bedrock import EFFORT, GPT_OSS, LEVELS, THINKING_CLAUDE, THINKING_NOVA, matches
from ...families.claude import BUDGETS, claude_model
from ..anthropic import encode_params

# Parameters that set how Claude thinks, and the fields of Claude's own API that they become.
_CLAUDE_INPUT = ("max_tokens", "output_config", "reasoning_effort", "thinking")
_CLAUDE_OUTPUT = ("output_config", "thinking")
# Levels of the model families; Qwen has only "low" and "high".
_LEVELS = {
    "minimal": "low",
    "low": "low",
    "medium": "medium",
    "high": "high",
    "xhigh": "high",
    "max": "high",
}
_QWEN_LEVELS = {**_LEVELS, "medium": "high"}
# Those of Converse.
_EFFORTS = {"minimal": "low", **{name: name for name in ("low", "medium", "high", "xhigh", "max")}}


def reasoning_fields(model: str, params: Mapping[str, Any]) -> JSON:
    """Return the model's own fields for `reasoning_effort` and Anthropic's `thinking`.

    A model that is not known to reason gets `thinking` unchanged.

    Raises:
        BadRequestError: a budget does not fit max_tokens.
        UnsupportedParamsError: the model does not reason, or does not support this effort.
    """
    if matches(THINKING_CLAUDE, model):
        given = {name: params[name] for name in _CLAUDE_INPUT if name in params}
        body = encode_params(given, claude_model(model))
        return {name: body[name] for name in _CLAUDE_OUTPUT if name in body}
    passed = {name: params[name] for name in _CLAUDE_OUTPUT if name in params}
    if matches(LEVELS, model):
        passed.pop("thinking", None)
        effort = _effort(params)
        return passed if effort is None else {**passed, **_level_fields(effort, model)}
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
    effort: object = params.get("reasoning_effort")
    if effort is None or not matches(EFFORT, model):
        return {}
    return {"effort": _level(_EFFORTS, effort, model)}


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


def _level_fields(effort: object, model: str) -> JSON:
    if matches(THINKING_NOVA, model):
        if effort == "none":
            return {"reasoningConfig": {"type": "disabled"}}
        level = _level(_LEVELS, effort, model)
        return {"reasoningConfig": {"type": "enabled", "maxReasoningEffort": level}}
    if matches(GPT_OSS, model):
        return {"reasoning_effort": _level(_LEVELS, effort, model)}
    return {"reasoning_config": _level(_QWEN_LEVELS, effort, model)}


def _level(levels: Mapping[str, Any], effort: object, model: str) -> Any:
    if isinstance(effort, str) and effort in levels:
        return levels[effort]
    raise UnsupportedParamsError(
        f"reasoning_effort: {model} supports {', '.join(levels)}, got {effort!r}",
        "bedrock",
        model,
        param="reasoning_effort",
    )
