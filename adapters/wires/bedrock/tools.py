"""Encode tools and the tool choice for Converse.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolConfiguration.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from ....pipeline.errors import BadRequestError, UnsupportedParamsError
from ....pipeline.json_values import JSON, as_array, as_object
from ...encode.tool_choice import ToolChoice, choose_tools, parse_tool_choice, refuse_duplicates
from ...families.bedrock import (
    CLAUDE,
    NOVA,
    has_native_json,
    matches,
    takes_forced_choice,
    takes_named_choice,
    takes_tool_cache_points,
)
from ...families.claude import claude_model
from ...structured.claude import StrictBudget, strict_schema, tool_schema
from ...structured.dialects import JSON_SCHEMA, translate_schema
from ...structured.forced_tool import force_json
from ...structured.shape import check_shape
from .media import NAME
from .messages import Conversation, tool_name
from .parts import cache_point

# Keys of tools in Converse's own form.
_CONVERSE_TOOLS = frozenset({"cachePoint", "systemTool", "toolSpec"})
_GROUNDING: JSON = {"systemTool": {"name": "nova_grounding"}}
_NO_PARAMETERS: JSON = {"type": "object", "properties": {}}
# https://docs.aws.amazon.com/nova/latest/userguide/prompting-tool-troubleshooting.html
_NOVA_SCHEMA = msgspec.structs.replace(
    JSON_SCHEMA,
    keywords=JSON_SCHEMA.keywords - {"$anchor", "$defs", "$id"},
    references=False,
)
_NOVA_ROOT = ("type", "properties", "required")


class ToolFields(NamedTuple):
    """`toolConfig`, and fields for additionalModelRequestFields."""

    config: JSON
    additional: JSON


class _Tools(NamedTuple):
    """The caller's tools by their form: OpenAI's, Converse's, Anthropic's hosted tools."""

    functions: list[JSON]
    converse: list[JSON]
    hosted: list[JSON]


def tool_fields(
    params: Mapping[str, Any],
    model: str,
    conversation: Conversation,
    budget: StrictBudget,
    *,
    native_format: bool,
) -> ToolFields:
    """Return the fields for tools, the tool choice, and a response_format that needs a tool.

    Raises:
        BadRequestError: Converse does not support a tool.
        UnsupportedParamsError: the model does not support the tool choice.
    """
    tools = _sort(params.get("tools"), model)
    params = {**params, "tools": tools.functions}
    if not native_format:
        params = _forced(params, model)
    chosen = choose_tools(params, NAME)
    name = parse_tool_choice(params.get("tool_choice")).name
    if name is not None and takes_named_choice(model):
        # The choice can name the tool. Keeping the other tools keeps the prompt's cache valid.
        chosen = ToolChoice(params["tools"], "required")
    entries = [entry for tool in chosen.tools for entry in _entries(tool, model, budget)]
    entries += tools.converse
    refuse_duplicates(as_object(entry.get("toolSpec")) or {} for entry in entries)
    if params.get("web_search_options") is not None:
        entries.append(_grounding(params["web_search_options"]))
    if chosen.mode == "none" and not conversation.called:
        return ToolFields({}, {})
    declared = entries or [_declared(called) for called in conversation.called]
    if not declared:
        return ToolFields({}, {"tools": tools.hosted} if tools.hosted else {})
    config: JSON = {"tools": declared}
    additional: JSON = {"tools": tools.hosted} if tools.hosted else {}
    choice = _choice(chosen.mode if entries else "none", name, model, asked=bool(entries))
    if choice.get("type") == "none":
        additional["tool_choice"] = choice
    elif params.get("parallel_tool_calls") is False:
        additional["tool_choice"] = {**_claude_choice(choice), "disable_parallel_tool_use": True}
    elif choice:
        config["toolChoice"] = choice
    return ToolFields(config, additional)


def _sort(given: object, model: str) -> _Tools:
    sorted_tools = _Tools([], [], [])
    for number, tool in enumerate(as_array(given) or ()):
        fields = as_object(tool) or {}
        if _CONVERSE_TOOLS & fields.keys():
            sorted_tools.converse.append(fields)
        elif fields.get("type", "function") not in ("function", "custom") and matches(
            CLAUDE, model
        ):
            # https://docs.aws.amazon.com/bedrock/latest/userguide/computer-use.html
            sorted_tools.hosted.append(fields)
        else:
            function = as_object(fields.get("function")) or {}
            if function:
                tool_name(function.get("name"), f"tools[{number}].function.name")
            sorted_tools.functions.append(fields)
    return sorted_tools


def _forced(params: Mapping[str, Any], model: str) -> Mapping[str, Any]:
    """Return the parameters with `response_format` turned into a forced tool."""
    forced = force_json(params)
    if len(forced["tools"]) == len(params["tools"]):
        return forced
    thinks = (as_object(params.get("thinking")) or {}).get("type") == "enabled"
    effort = params.get("reasoning_effort", "none") != "none"
    claude = claude_model(model) if matches(CLAUDE, model) else None
    budget = claude is not None and claude.thinking == "budget" and (thinks or effort)
    unforced = claude is not None and not claude.forced_tools
    if budget or unforced or not takes_forced_choice(model):
        # Neither works with a forced tool choice.
        forced["tool_choice"] = "auto"
    return forced


def _entries(tool: JSON, model: str, budget: StrictBudget) -> list[JSON]:
    """Return a function as a toolSpec, with a cache point where it is marked."""
    function: JSON = tool["function"]
    schema: JSON = {**_NO_PARAMETERS, **_parameters(function, model)}
    spec: JSON = {"name": function["name"]}
    if function.get("description"):
        spec["description"] = function["description"]
    if function.get("strict") and has_native_json(model) and budget.takes_tool(schema):
        spec["strict"] = True
        schema = strict_schema(schema)
    spec["inputSchema"] = {"json": schema}
    mark = as_object(tool.get("cache_control") or function.get("cache_control"))
    marked = [cache_point(mark)] if mark and takes_tool_cache_points(model) else []
    return [{"toolSpec": spec}, *marked]


def _parameters(function: JSON, model: str) -> JSON:
    """Return a function's schema; Nova ignores tools with unknown keywords at the root."""
    place = f"tools.{function['name']}.parameters"
    schema = check_shape(function.get("parameters"), place)
    if matches(CLAUDE, model):
        return tool_schema(schema)
    if not matches(NOVA, model):
        return schema
    spelled = translate_schema(schema, _NOVA_SCHEMA, place)
    return {name: spelled[name] for name in _NOVA_ROOT if name in spelled}


def _declared(name: str) -> JSON:
    """Return a toolSpec for a call in the conversation: Converse requires one for each."""
    return {"toolSpec": {"name": name, "inputSchema": {"json": {"type": "object"}}}}


def _choice(mode: str, name: str | None, model: str, *, asked: bool) -> JSON:
    """Return the choice in Converse's form; for "none", which Converse lacks, in Claude's."""
    if mode == "none":
        if matches(CLAUDE, model):
            return {"type": "none"}
        if asked:
            raise UnsupportedParamsError(
                "tool_choice: Converse does not support 'none', and a conversation with tool "
                "calls must declare its tools; leave tool_choice out",
                NAME,
                model,
                param="tool_choice",
            )
        return {}
    if mode == "auto":
        return {}
    return {"tool": {"name": name}} if name and takes_named_choice(model) else {"any": {}}


def _claude_choice(choice: JSON) -> JSON:
    if "tool" in choice:
        return {"type": "tool", "name": choice["tool"]["name"]}
    return {"type": "any" if "any" in choice else "auto"}


def _grounding(options: object) -> JSON:
    fields = as_object(options) or {}
    unknown = next((name for name, value in fields.items() if value is not None), None)
    if unknown is not None:
        place = f"web_search_options.{unknown}"
        raise BadRequestError(
            f"{place}: Nova's grounding has no options; pass {{}}", NAME, param=place
        )
    return _GROUNDING
