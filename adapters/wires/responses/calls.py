"""Tool calls of the Responses API as those of chat completions."""

from __future__ import annotations

from ....pipeline.schema.parts import CustomTool, Function, ToolCall
from .schema import CustomToolCallItem, FunctionCallItem


def function_call(item: FunctionCallItem) -> ToolCall:
    """Return a function call; its id is the one that a result names."""
    return ToolCall(
        id=item.call_id, function=Function(name=item.name, arguments=item.arguments or "{}")
    )


def custom_call(item: CustomToolCallItem) -> ToolCall:
    """Return a call of a custom tool, whose input is free text."""
    custom = CustomTool(name=item.name, input=item.input)
    return ToolCall(id=item.call_id, type="custom", custom=custom)
