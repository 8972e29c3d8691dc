"""How much a model is to think, in the fields of each family behind Converse.

https://docs.aws.amazon.com/bedrock/latest/userguide/inference-reasoning.html and the pages of the
makers' parameters, https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..pipeline.errors import UnsupportedParamsError
from .anthropic_params import encode_params
from .bedrock_models import GPT_OSS, HYBRID_QWEN, THINKING_CLAUDE, THINKING_NOVA, matches
from .claude_models import claude_model

JSON = dict[str, Any]

# What says how Claude is to think, and where it stands in Claude's own request.
_CLAUDE_INPUT = ("max_tokens", "output_config", "reasoning_effort", "thinking")
_CLAUDE_OUTPUT = ("output_config", "thinking")
_NOVA_EFFORTS = {"minimal": "low", "low": "low", "medium": "medium", "high": "high"}
_GPT_OSS_EFFORTS = {"minimal": "low", "low": "low", "medium": "medium", "high": "high"}
_QWEN_EFFORTS = {"minimal": "low", "low": "low", "medium": "high", "high": "high"}


def reasoning_fields(model: str, params: Mapping[str, Any]) -> JSON:
    """Return the model's own fields for `reasoning_effort`, and for Claude's `thinking`.

    Raises:
        BadRequestError: a budget does not go with max_tokens.
        UnsupportedParamsError: the model does not reason, or has no such effort.
    """
    if matches(THINKING_CLAUDE, model):
        given = {name: params[name] for name in _CLAUDE_INPUT if name in params}
        body = encode_params(given, claude_model(model))
        return {name: body[name] for name in _CLAUDE_OUTPUT if name in body}
    fields = {name: params[name] for name in _CLAUDE_OUTPUT if name in params}
    effort = params.get("reasoning_effort")
    if effort is None:
        return fields
    if matches(THINKING_NOVA, model):
        if effort == "none":
            return {"reasoningConfig": {"type": "disabled"}}
        level = _level(_NOVA_EFFORTS, effort, model)
        return {"reasoningConfig": {"type": "enabled", "maxReasoningEffort": level}}
    if matches(GPT_OSS, model):
        return {"reasoning_effort": _level(_GPT_OSS_EFFORTS, effort, model)}
    if matches(HYBRID_QWEN, model):
        return {"reasoning_config": _level(_QWEN_EFFORTS, effort, model)}
    raise UnsupportedParamsError(
        f"reasoning_effort: not known for {model}; pass what the model takes by its own name",
        "bedrock",
        model,
        param="reasoning_effort",
    )


def _level(levels: Mapping[str, Any], effort: object, model: str) -> Any:
    if isinstance(effort, str) and effort in levels:
        return levels[effort]
    raise UnsupportedParamsError(
        f"reasoning_effort: {model} takes {', '.join(levels)}, got {effort!r}",
        "bedrock",
        model,
        param="reasoning_effort",
    )
