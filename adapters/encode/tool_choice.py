"""Which tools a model may call, for wires that cannot name one: by leaving the others out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from ...pipeline.errors import BadRequestError
from ...pipeline.json_values import JSON, as_array, as_object

Mode = Literal["auto", "none", "required"]

_MODES: tuple[Mode, ...] = ("auto", "none", "required")


class ToolChoice(NamedTuple):
    """The tools that may be called, in OpenAI's form, and whether one must be."""

    tools: list[JSON]
    mode: Mode


def choose_tools(params: Mapping[str, Any], provider: str) -> ToolChoice:
    """Return what `tools` and `tool_choice` ask for.

    A named tool stands alone and must be called; OpenAI's "allowed_tools" leaves the others out.
    https://platform.openai.com/docs/api-reference/chat/create#chat-create-tool_choice

    Raises:
        BadRequestError: a tool is no function, or the choice is none of OpenAI's forms, or names
            a tool that is not there.
    """
    tools = function_tools(params.get("tools"), provider)
    choice: object = params.get("tool_choice")
    if choice is None:
        return ToolChoice(tools, "auto")
    if choice in _MODES:
        return ToolChoice(tools, choice)
    fields = as_object(choice) or {}
    if fields.get("type") == "function":
        name: object = (as_object(fields.get("function")) or fields).get("name")
        return ToolChoice(_pick(tools, [name], "tool_choice.function.name"), "required")
    allowed = as_object(fields.get("allowed_tools"))
    if fields.get("type") == "allowed_tools" and allowed is not None:
        named = [as_object(tool) or {} for tool in as_array(allowed.get("tools")) or ()]
        names = [(as_object(tool.get("function")) or tool).get("name") for tool in named]
        mode: Mode = "required" if allowed.get("mode") == "required" else "auto"
        return ToolChoice(_pick(tools, names, "tool_choice.allowed_tools.tools"), mode)
    raise BadRequestError(
        'tool_choice: expected "auto", "none", "required", '
        f'{{"type": "function", "function": {{"name": ...}}}} or allowed_tools, got {choice!r}',
        param="tool_choice",
    )


def function_tools(tools: object, provider: str) -> list[JSON]:
    """Return the tools, each of them a function with a name.

    Raises:
        BadRequestError: one is not.
    """
    found: list[JSON] = []
    for number, tool in enumerate(as_array(tools) or ()):
        fields = as_object(tool) or {}
        function = as_object(fields.get("function"))
        if fields.get("type", "function") != "function" or function is None:
            raise BadRequestError(
                f"tools[{number}]: {provider} takes only tools of type 'function', "
                f"got {fields.get('type')!r}",
                provider,
                param=f"tools[{number}]",
            )
        if not function.get("name"):
            place = f"tools[{number}].function.name"
            raise BadRequestError(f"{place}: is missing", provider, param=place)
        found.append(fields)
    return found


def _pick(tools: list[JSON], names: list[Any], place: str) -> list[JSON]:
    by_name = {tool["function"]["name"]: tool for tool in tools}
    missing = [name for name in names if name not in by_name]
    if missing or not names:
        raise BadRequestError(
            f"{place}: {missing[0] if missing else None!r} is none of the tools", param=place
        )
    return [by_name[name] for name in names]
