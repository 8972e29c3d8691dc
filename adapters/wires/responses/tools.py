"""Tools and tool choices of chat completions in the form of the Responses API.

https://platform.openai.com/docs/guides/migrate-to-responses#5-update-function-definitions
"""

from __future__ import annotations

from typing import Any

from ....pipeline.json_values import JSON, as_array, as_object


def response_tools(tools: object) -> object:
    """Return the tools; built-in ones are already in the API's form."""
    several = as_array(tools)
    return tools if several is None else [_tool(tool) for tool in several]


def _tool(tool: Any) -> Any:
    fields = as_object(tool) or {}
    function, custom = as_object(fields.get("function")), as_object(fields.get("custom"))
    others = {
        name: value for name, value in fields.items() if name not in ("type", "function", "custom")
    }
    others.pop("cache_control", None)
    if function is not None:
        known = {name: value for name, value in function.items() if name != "cache_control"}
        # Here the default is true, there it is false.
        return {"type": "function", "strict": False, "parameters": None, **known, **others}
    if custom is not None:
        return {"type": "custom", **_custom(custom), **others}
    return tool


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
