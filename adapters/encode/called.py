"""The function that a tool call of the conversation calls."""

from __future__ import annotations

import msgspec

from ...pipeline.call.messages import FunctionParam, ToolCallParam


def called_function(call: ToolCallParam) -> FunctionParam:
    """Return the function that a call names, with its arguments; its name is empty if it has none.

    A call of a custom tool, which only OpenAI has, becomes a call of a function with one argument:
    `input`, the text. So a conversation can continue with another provider.
    """
    custom = call.get("custom")
    if custom is None:
        return call.get("function") or {"name": ""}
    text = msgspec.json.encode({"input": custom.get("input") or ""}).decode()
    return {"name": custom.get("name") or "", "arguments": text}
