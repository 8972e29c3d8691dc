"""Parameters, in the form that the Messages API takes them.

https://platform.claude.com/docs/en/api/messages/create
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ....pipeline.errors import BadRequestError
from ....pipeline.json_values import JSON, as_object
from ...families.claude import BUDGETS, LEAST_BUDGET, ClaudeModel
from ...provider.param_groups import MOST
from ...structured.claude import StrictBudget, strict_schema
from ...structured.forced_tool import force_json
from ...structured.response_format import object_schema
from .tools import BASIC_SEARCH, encode_tools

#: The OpenAI parameters that the API has an equivalent of.
PARAMS = MOST | {"parallel_tool_calls", "service_tier", "thinking", "user", "web_search_options"}
# Those that change their name or format; the others are passed on unchanged.
_TRANSLATED = PARAMS - {"temperature", "top_p", "thinking"}

# Room for the response in addition to a budget that leaves none in the default.
_ANSWER_TOKENS = 4096

_TIERS: Mapping[str, str] = {
    "auto": "auto",
    "priority": "auto",
    "default": "standard_only",
    "standard_only": "standard_only",
}


def encode_params(
    params: Mapping[str, Any], model: ClaudeModel, search: str = BASIC_SEARCH
) -> JSON:
    """Return the fields of a request besides its model and messages.

    Args:
        params: the parameters of a call.
        model: what the model supports.
        search: type of the tool for `web_search_options`.

    Raises:
        BadRequestError: values contradict each other, or the API has no equivalent of one.
    """
    body: JSON = {name: value for name, value in params.items() if name not in _TRANSLATED}
    _add_thinking(body, params, model)
    body["max_tokens"] = _max_tokens(params, model, _budget_of(body))
    _add_format(body, params, model, search)
    stop = params.get("stop")
    if stop and "stop_sequences" in body:
        raise BadRequestError("stop: stop_sequences sets it too; leave one out", param="stop")
    if stop:
        body["stop_sequences"] = [stop] if isinstance(stop, str) else list(stop)
    if params.get("user") is not None:
        body["metadata"] = {"user_id": params["user"]}
    tier = params.get("service_tier")
    if tier is not None:
        body["service_tier"] = _one_of(_TIERS, tier, "service_tier")
    return body


def _budget_of(body: JSON) -> int:
    budget = (as_object(body.get("thinking")) or {}).get("budget_tokens")
    return budget if isinstance(budget, int) else 0


def _one_of(known: Mapping[str, str], value: object, name: str) -> str:
    found = known.get(value) if isinstance(value, str) else None
    if found is None:
        raise BadRequestError(
            f"{name}: expected one of {', '.join(known)}, got {value!r}", param=name
        )
    return found


def _given_limit(params: Mapping[str, Any]) -> object:
    """Return the caller's limit of tokens; the API checks its type."""
    new, old = params.get("max_completion_tokens"), params.get("max_tokens")
    if new is not None and old is not None and new != old:
        raise BadRequestError(
            f"max_tokens: {old}, but max_completion_tokens is {new}; leave one out",
            param="max_tokens",
        )
    return old if new is None else new


def _max_tokens(params: Mapping[str, Any], model: ClaudeModel, budget: int) -> object:
    given = _given_limit(params)
    if given is None:
        return model.max_tokens if budget < model.max_tokens else budget + _ANSWER_TOKENS
    return given


def _add_thinking(body: JSON, params: Mapping[str, Any], model: ClaudeModel) -> None:
    effort: object = params.get("reasoning_effort")
    # OpenAI's Responses API has an object with the effort and a summary.
    effort = (as_object(effort) or {"effort": effort}).get("effort")
    if effort in (None, "default"):
        return
    if not isinstance(effort, str) or (effort not in BUDGETS and effort != "none"):
        raise BadRequestError(
            f"reasoning_effort: expected one of none, {', '.join(BUDGETS)}, got {effort!r}",
            param="reasoning_effort",
        )
    if effort == "none":
        _stop_thinking(body, model)
    elif model.thinking == "adaptive":
        # Without `display`, newer models leave out the text of the reasoning.
        body.setdefault("thinking", {"type": "adaptive", "display": "summarized"})
        body["output_config"] = {"effort": _nearest(effort, model), **_output_config(body)}
    elif "thinking" in body:
        raise BadRequestError(
            "reasoning_effort: this model takes it as a budget, which thinking sets too; "
            "leave one out",
            param="reasoning_effort",
        )
    else:
        budget = _fitting_budget(BUDGETS[effort], _given_limit(params))
        body["thinking"] = {"type": "enabled", "budget_tokens": budget}


def _output_config(body: Mapping[str, Any]) -> JSON:
    return as_object(body.get("output_config")) or {}


def _stop_thinking(body: JSON, model: ClaudeModel) -> None:
    if model.thinking_off is None:
        raise BadRequestError(
            "reasoning_effort: this model always thinks; 'low' is the least",
            param="reasoning_effort",
        )
    if model.thinking_off:
        body.setdefault("thinking", dict(model.thinking_off))


def _nearest(effort: str, model: ClaudeModel) -> str:
    if effort == "minimal":
        return "low"
    return effort if effort in model.efforts else "max"


def _fitting_budget(budget: int, limit: object) -> int:
    """Return a budget that leaves room for the response: it must be below max_tokens."""
    if not isinstance(limit, int) or budget < limit:
        return budget
    if limit <= LEAST_BUDGET:
        raise BadRequestError(
            f"max_tokens: {limit} leaves no room to think; with reasoning_effort this model "
            f"needs more than {LEAST_BUDGET}",
            param="max_tokens",
        )
    return max(LEAST_BUDGET, limit // 2)


def _add_format(body: JSON, params: Mapping[str, Any], model: ClaudeModel, search: str) -> None:
    """Add tools and the response format: natively, or as a tool that the model must call."""
    schema = object_schema(params.get("response_format"))
    budget = StrictBudget()
    if schema is None:
        body |= encode_tools(params, model, budget, search)
        return
    if model.structured_outputs and budget.takes(schema):
        answer_format = {"type": "json_schema", "schema": strict_schema(schema)}
        body["output_config"] = {**_output_config(body), "format": answer_format}
        body |= encode_tools(params, model, budget, search)
        return
    forced = force_json(params)
    has_budget = (as_object(body.get("thinking")) or {}).get("type") == "enabled"
    if has_budget or not model.forced_tools:
        # Neither works with a forced tool choice.
        forced["tool_choice"] = "auto"
    body |= encode_tools(forced, model, budget, search)
