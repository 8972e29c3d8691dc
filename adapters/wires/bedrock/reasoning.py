"""How much a model is to think, in the fields of each family behind Converse.

https://docs.aws.amazon.com/bedrock/latest/userguide/inference-reasoning.html and the pages of the
makers' parameters, https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ....pipeline.errors import UnsupportedParamsError
from ....pipeline.json_values import JSON, as_object
from ...families.bedrock import GPT_OSS, LEVELS, THINKING_CLAUDE, THINKING_NOVA, matches
from ...families.claude import BUDGETS, claude_model
from ..anthropic.params import encode_params

# What says how Claude is to think, and where it stands in Claude's own request.
_CLAUDE_INPUT = ("max_tokens", "output_config", "reasoning_effort", "thinking")
_CLAUDE_OUTPUT = ("output_config", "thinking")
# Levels that the families know; Qwen thinks a little or much.
_LEVELS = {
    "minimal": "low",
    "low": "low",
    "medium": "medium",
    "high": "high",
    "xhigh": "high",
    "max": "high",
}
_QWEN_LEVELS = {**_LEVELS, "medium": "high"}


def reasoning_fields(model: str, params: Mapping[str, Any]) -> JSON:
    """Return the model's own fields for `reasoning_effort` and Anthropic's `thinking`.

    A model that is not known to reason gets `thinking` as it is.

    Raises:
        BadRequestError: a budget does not go with max_tokens.
        UnsupportedParamsError: the model does not reason, or has no such effort.
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
    if params.get("reasoning_effort") is None:
        return passed
    raise UnsupportedParamsError(
        f"reasoning_effort: not known for {model}; pass what the model takes by its own name",
        "bedrock",
        model,
        param="reasoning_effort",
    )


def _effort(params: Mapping[str, Any]) -> object:
    """Return `reasoning_effort`, else the effort nearest to the budget of `thinking`."""
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
        f"reasoning_effort: {model} takes {', '.join(levels)}, got {effort!r}",
        "bedrock",
        model,
        param="reasoning_effort",
    )
