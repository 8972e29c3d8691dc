"""Parameters, tools and what they need besides, as the Messages API takes them.

https://platform.claude.com/docs/en/api/messages/create
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

from ....pipeline.errors import BadRequestError
from ....pipeline.json_values import as_array, as_object
from ...families.claude import BUDGETS, LEAST_BUDGET, ClaudeModel
from ...provider.param_groups import MOST
from ...structured.claude import is_enforceable, strict_schema, tool_schema
from ...structured.forced_tool import force_json, schema_of

Body = dict[str, Any]

#: OpenAI parameters that have a place in the API.
PARAMS = MOST | {"parallel_tool_calls", "service_tier", "thinking", "user", "web_search_options"}
# Those that go under another name or in another form; the rest goes as it is.
_TRANSLATED = PARAMS - {"temperature", "top_p", "thinking"}

# Room for the answer beside a budget that leaves none in the default.
_ANSWER_TOKENS = 4096

_SEARCHES: Mapping[str, int] = {"low": 1, "medium": 5, "high": 10}
# OpenAI's words and the API's own.
_CHOICES: Mapping[str, str] = {"auto": "auto", "required": "any", "any": "any", "none": "none"}
_TIERS: Mapping[str, str] = {
    "auto": "auto",
    "priority": "auto",
    "default": "standard_only",
    "standard_only": "standard_only",
}
# OpenAI's fields of a function, which go under other names or not at all.
_OF_FUNCTIONS = frozenset({"description", "name", "parameters", "strict"})
_TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,128}")

# Features that need a beta header: by the beginning of a tool's type, and by field.
_TOOL_BETAS: Mapping[str, str] = {
    "advisor_": "advisor-tool-2026-03-01",
    "code_execution_20250522": "code-execution-2025-05-22",
    "computer_20241022": "computer-use-2024-10-22",
    "computer_20250124": "computer-use-2025-01-24",
    "computer_20251124": "computer-use-2025-11-24",
    "mcp_toolset": "mcp-client-2025-11-20",
}
_FIELD_BETAS: Mapping[str, str] = {
    "compaction": "compact-2026-09-04",
    "context_management": "context-management-2025-06-27",
    "fallbacks": "server-side-fallback-2026-07-01",
    "output_format": "structured-outputs-2025-11-13",
}


def encode_params(params: Mapping[str, Any], model: ClaudeModel) -> Body:
    """Return the fields of a request beside model and messages.

    Raises:
        BadRequestError: values that do not go together, or that the API has no form for.
    """
    body: Body = {name: value for name, value in params.items() if name not in _TRANSLATED}
    _add_thinking(body, params, model)
    budget = (as_object(body.get("thinking")) or {}).get("budget_tokens") or 0
    body["max_tokens"] = _max_tokens(params, model, budget)
    _add_format(body, params, model)
    stop = params.get("stop")
    if stop and "stop_sequences" in body:
        raise BadRequestError("stop: stop_sequences says it too; leave one out", param="stop")
    if stop:
        body["stop_sequences"] = [stop] if isinstance(stop, str) else list(stop)
    if params.get("user") is not None:
        body["metadata"] = {"user_id": params["user"]}
    tier = params.get("service_tier")
    if tier is not None:
        body["service_tier"] = _one_of(_TIERS, tier, "service_tier")
    return body


def _one_of(known: Mapping[str, str], value: object, name: str) -> str:
    found = known.get(value) if isinstance(value, str) else None
    if found is None:
        raise BadRequestError(
            f"{name}: expected one of {', '.join(known)}, got {value!r}", param=name
        )
    return found


def _given_limit(params: Mapping[str, Any]) -> int | None:
    new, old = params.get("max_completion_tokens"), params.get("max_tokens")
    if new is not None and old is not None and new != old:
        raise BadRequestError(
            f"max_tokens: {old}, but max_completion_tokens is {new}; leave one out",
            param="max_tokens",
        )
    return old if new is None else new


def _max_tokens(params: Mapping[str, Any], model: ClaudeModel, budget: int) -> int:
    given = _given_limit(params)
    if given is None:
        return model.max_tokens if budget < model.max_tokens else budget + _ANSWER_TOKENS
    return given


def _add_thinking(body: Body, params: Mapping[str, Any], model: ClaudeModel) -> None:
    effort: object = params.get("reasoning_effort")
    # OpenAI's Responses API has an object of the effort and a summary.
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
        # Newer models leave the text out unless it is asked for.
        body.setdefault("thinking", {"type": "adaptive", "display": "summarized"})
        body["output_config"] = {"effort": _nearest(effort, model), **_output_config(body)}
    elif "thinking" in body:
        raise BadRequestError(
            "reasoning_effort: this model takes it as a budget, which thinking gives too; "
            "leave one out",
            param="reasoning_effort",
        )
    else:
        budget = _fitting_budget(BUDGETS[effort], _given_limit(params))
        body["thinking"] = {"type": "enabled", "budget_tokens": budget}


def _output_config(body: Mapping[str, Any]) -> dict[str, Any]:
    return as_object(body.get("output_config")) or {}


def _stop_thinking(body: Body, model: ClaudeModel) -> None:
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


def _fitting_budget(budget: int, limit: int | None) -> int:
    """Return a budget that leaves room for the answer: the API wants it below max_tokens."""
    if limit is None or budget < limit:
        return budget
    if limit <= LEAST_BUDGET:
        raise BadRequestError(
            f"max_tokens: {limit} leaves no room to think: with reasoning_effort this model "
            f"needs more than {LEAST_BUDGET}",
            param="max_tokens",
        )
    return max(LEAST_BUDGET, limit // 2)


def _add_format(body: Body, params: Mapping[str, Any], model: ClaudeModel) -> None:
    """Add tools, and the answer's format: natively, or as a tool that must be called."""
    wanted = params.get("response_format")
    schema = schema_of(wanted)
    native = schema is not None and model.structured_outputs and is_enforceable(schema)
    if native and schema is not None:
        answer_format = {"type": "json_schema", "schema": strict_schema(schema)}
        body["output_config"] = {**_output_config(body), "format": answer_format}
    if schema is None or native:
        _add_tools(body, params, model)
        return
    forced = force_json(params)
    budget = (as_object(body.get("thinking")) or {}).get("type") == "enabled"
    if budget or not model.forced_tools:
        # Neither of them goes together with a choice that is none.
        forced["tool_choice"] = "auto"
    _add_tools(body, forced, model)


def _add_tools(body: Body, params: Mapping[str, Any], model: ClaudeModel) -> None:
    given = cast("list[dict[str, Any]]", list(params.get("tools") or ()))
    choice = params.get("tool_choice")
    allowed = (as_object(choice) or {}).get("allowed_tools")
    if allowed is not None:
        choice = allowed.get("mode") or "auto"
        names = {_name_of(tool) for tool in allowed.get("tools") or ()}
        given = [tool for tool in given if _name_of(tool) in names]
    tools = [encode_tool(tool, f"tools[{number}]", model) for number, tool in enumerate(given)]
    if params.get("web_search_options") is not None:
        tools.append(_web_search(params["web_search_options"]))
    if tools:
        body["tools"] = tools
    encoded = _tool_choice(choice)
    single = params.get("parallel_tool_calls") is False
    if single and tools and encoded.get("type") != "none":
        encoded = {"type": "auto", **encoded, "disable_parallel_tool_use": True}
    # Without tools the API refuses a choice, which then says nothing either.
    if encoded and (tools or encoded["type"] not in ("auto", "none")):
        body["tool_choice"] = encoded


def _name_of(tool: Mapping[str, Any]) -> object:
    return (tool.get("function") or tool).get("name")


def encode_tool(tool: Mapping[str, Any], path: str, model: ClaudeModel) -> Body:
    """Return a function as a tool of Anthropic's, and any other tool as it is.

    Raises:
        BadRequestError: it has a name that the API refuses, or it is no such tool.
    """
    if "custom" in tool:
        raise BadRequestError(f"{path}: Anthropic has no custom tools, only functions", param=path)
    function = as_object(tool.get("function"))
    if function is None:
        return dict(tool)
    name = function.get("name")
    if not isinstance(name, str) or not _TOOL_NAME.fullmatch(name):
        raise BadRequestError(
            f"{path}.function.name: expected letters, digits, _ and - (at most 128), got {name!r}",
            param=path,
        )
    # The API's own fields of a tool may stand in either object.
    encoded = {key: value for key, value in function.items() if key not in _OF_FUNCTIONS}
    encoded |= {key: value for key, value in tool.items() if key not in ("type", "function")}
    encoded["name"] = name
    if function.get("description"):
        encoded["description"] = function["description"]
    schema = tool_schema(as_object(function.get("parameters")) or {})
    if function.get("strict") and model.structured_outputs and is_enforceable(schema):
        encoded["strict"] = True
        schema = strict_schema(schema)
    encoded["input_schema"] = schema
    return encoded


def _tool_choice(choice: object) -> Body:
    """Return a choice in Anthropic's form, which may be given as such."""
    if choice is None:
        return {}
    if isinstance(choice, str) and choice in _CHOICES:
        return {"type": _CHOICES[choice]}
    fields = as_object(choice) or {}
    if fields.get("type") in ("auto", "any", "none", "tool"):
        return dict(fields)
    name = (as_object(fields.get("function")) or {}).get("name")
    if not name:
        raise BadRequestError(
            'tool_choice: expected "auto", "none", "required", {"type": "function", "function": '
            f'{{"name": ...}}}} or {{"type": "allowed_tools", ...}}, got {choice!r}',
            param="tool_choice",
        )
    return {"type": "tool", "name": name}


def _web_search(options: Mapping[str, Any]) -> Body:
    tool: Body = {"type": "web_search_20250305", "name": "web_search"}
    searches = _SEARCHES.get(str(options.get("search_context_size")))
    if searches is not None:
        tool["max_uses"] = searches
    place = as_object(options.get("user_location"))
    if place is not None:
        inner = place.get("approximate") or place
        tool["user_location"] = {"type": "approximate", **inner}
    return tool


def beta_features(body: Mapping[str, Any]) -> list[str]:
    """Return the betas that a body's features need, for the header `anthropic-beta`.

    https://platform.claude.com/docs/en/api/beta-headers
    """
    betas = [beta for name, beta in _FIELD_BETAS.items() if name in body]
    edits = as_array((as_object(body.get("context_management")) or {}).get("edits")) or []
    if any(str((as_object(edit) or {}).get("type")).startswith("compact_") for edit in edits):
        betas.append("compact-2026-01-12")
    kinds = [str(tool.get("type") or "") for tool in body.get("tools") or ()]
    for prefix, beta in _TOOL_BETAS.items():
        if any(kind.startswith(prefix) for kind in kinds):
            betas.append(beta)
    if "mcp_servers" in body and "mcp_toolset" not in kinds:
        betas.append("mcp-client-2025-04-04")
    if body.get("speed") == "fast":
        betas.append("fast-mode-2026-02-01")
    if "task_budget" in _output_config(body):
        betas.append("task-budgets-2026-03-13")
    container = as_object(body.get("container")) or {}
    if "skills" in container:
        betas.append("skills-2025-10-02")
    if _has_files(body):
        betas.append("files-api-2025-04-14")
    return betas


def _has_files(body: Mapping[str, Any]) -> bool:
    blocks = [
        block
        for message in body.get("messages") or ()
        for block in message["content"]
        if isinstance(message["content"], list)
    ]
    blocks += [
        inner
        for block in blocks
        if isinstance(block.get("content"), list)
        for inner in block["content"]
    ]
    return any(
        block.get("type") == "container_upload"
        or (as_object(block.get("source")) or {}).get("type") == "file"
        for block in blocks
    )
