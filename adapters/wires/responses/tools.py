"""Tools and tool choices of chat completions in the form of the Responses API.

https://platform.openai.com/docs/guides/migrate-to-responses#5-update-function-definitions
"""

from __future__ import annotations

from typing import Any

from ....pipeline.json_values import JSON, as_array, as_object

#: Fields of a tool that chat completions lack; a deferred tool is there from the beginning.
NATIVE_FIELDS = frozenset({"allowed_callers", "async", "defer_loading", "output_schema"})


def response_tools(tools: object) -> object:
    """Return the tools; built-in ones are already in the API's form."""
    several = as_array(tools)
    return tools if several is None else [_tool(tool) for tool in several]


def _tool(tool: Any) -> Any:
    fields = as_object(tool) or {}
    if as_object(fields.get("function")) is not None:
        # Here the default is true, there it is false.
        return {"type": "function", "strict": False, "parameters": None, **flat_tool(fields)}
    if as_object(fields.get("custom")) is not None:
        return flat_tool(fields)
    return tool


def flat_tool(tool: JSON) -> JSON:
    """Return a function or a custom tool of chat completions without its inner object."""
    others = {name: value for name, value in tool.items() if name not in ("function", "custom")}
    others.pop("cache_control", None)
    inner = as_object(tool.get("function"))
    if inner is None:
        inner = _custom(as_object(tool.get("custom")) or {})
    known = {name: value for name, value in inner.items() if name != "cache_control"}
    return {**others, **known}


def _custom(custom: JSON) -> JSON:
    form = as_object(custom.get("format")) or {}
    grammar = as_object(form.get("grammar"))
    if grammar is None:
        return custom
    return {**custom, "format": {"type": "grammar", **grammar}}


def response_tool_choice(choice: object) -> object:
    """Return a tool choice; words and built-in forms stay as they are."""
    fields = as_object(choice)
    if fields is None:
        return choice
    for kind in ("function", "custom"):
        named = as_object(fields.get(kind))
        if fields.get("type") == kind and named is not None:
            return {"type": kind, **named}
    allowed = as_object(fields.get("allowed_tools"))
    if fields.get("type") == "allowed_tools" and allowed is not None:
        tools = [response_tool_choice(tool) for tool in as_array(allowed.get("tools")) or ()]
        return {"type": "allowed_tools", **allowed, "tools": tools}
    return choice
