"""Tools and the choice among them, as the Messages API takes them.

https://platform.claude.com/docs/en/agents-and-tools/tool-use/implement-tool-use
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ....pipeline.errors import BadRequestError
from ....pipeline.json_values import JSON, as_object
from ...encode.tool_choice import ParsedChoice, parse_tool_choice, refuse_duplicates, tool_name
from ...families.claude import ClaudeModel
from ...structured.claude import StrictBudget, strict_schema, tool_schema
from ...structured.shape import check_shape

#: The type of the search tool that all models and clouds have.
BASIC_SEARCH = "web_search_20250305"
#: The type that newer models have on Anthropic's own API: they filter the results with code.
LATEST_SEARCH = "web_search_20260318"
_SEARCHES: Mapping[str, int] = {"low": 1, "medium": 5, "high": 10}
# OpenAI's fields of a function. They go under other names or not at all.
_OF_FUNCTIONS = frozenset({"description", "name", "parameters", "strict"})
_TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,128}")


def encode_tools(
    params: Mapping[str, Any], model: ClaudeModel, budget: StrictBudget, search: str = BASIC_SEARCH
) -> JSON:
    """Return the fields `tools` and `tool_choice` of a request.

    Args:
        params: the parameters of a call.
        model: what the model supports.
        budget: what is left for strict tools; a tool beyond it is not strict.
        search: type of the tool for `web_search_options`.

    Raises:
        BadRequestError: a tool or the choice cannot be sent; the text says which and why.
    """
    given: list[Mapping[str, Any]] = list(params.get("tools") or ())
    choice: object = params.get("tool_choice")
    encoded = _own_choice(choice)
    if encoded is None:
        parsed = parse_tool_choice(choice)
        encoded = _encode_choice(parsed)
        if parsed.allowed is not None:
            given = [tool for tool in given if tool_name(tool) in parsed.allowed]
    tools = [
        encode_tool(tool, f"tools[{number}]", model, budget) for number, tool in enumerate(given)
    ]
    if params.get("web_search_options") is not None:
        tools.append(_web_search(params["web_search_options"], search))
    refuse_duplicates(tools)
    fields: JSON = {"tools": tools} if tools else {}
    single = params.get("parallel_tool_calls") is False
    if single and tools and encoded.get("type") != "none":
        encoded = {"type": "auto", **encoded, "disable_parallel_tool_use": True}
    # The API refuses a choice without tools. These two change nothing then.
    if encoded and (tools or encoded["type"] not in ("auto", "none")):
        fields["tool_choice"] = encoded
    return fields


def encode_tool(
    tool: Mapping[str, Any], path: str, model: ClaudeModel, budget: StrictBudget
) -> JSON:
    """Return a function in Anthropic's format; any other tool is already in it.

    Raises:
        BadRequestError: the API refuses the tool's name, or has no tools of its type.
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
    # The API's own fields of a tool may be in either object.
    encoded = {key: value for key, value in function.items() if key not in _OF_FUNCTIONS}
    encoded |= {key: value for key, value in tool.items() if key not in ("type", "function")}
    encoded["name"] = name
    if function.get("description"):
        encoded["description"] = function["description"]
    parameters = check_shape(function.get("parameters"), f"{path}.function.parameters")
    schema = tool_schema(parameters)
    if function.get("strict") and model.structured_outputs and budget.takes_tool(schema):
        encoded["strict"] = True
        schema = strict_schema(schema)
    encoded["input_schema"] = schema
    return encoded


def _own_choice(choice: object) -> JSON | None:
    """Return a choice that is already in Anthropic's format, None for one in OpenAI's."""
    if choice is None:
        return {}
    if choice == "any":
        return {"type": "any"}
    fields = as_object(choice) or {}
    return dict(fields) if fields.get("type") in ("auto", "any", "none", "tool") else None


def _encode_choice(choice: ParsedChoice) -> JSON:
    if choice.name is not None:
        return {"type": "tool", "name": choice.name}
    return {"type": "any" if choice.mode == "required" else choice.mode}


def _web_search(options: Mapping[str, Any], kind: str) -> JSON:
    tool: JSON = {"type": kind, "name": "web_search"}
    searches = _SEARCHES.get(str(options.get("search_context_size")))
    if searches is not None:
        tool["max_uses"] = searches
    place = as_object(options.get("user_location"))
    if place is not None:
        inner = as_object(place.get("approximate")) or place
        tool["user_location"] = {"type": "approximate", **inner}
    return tool
