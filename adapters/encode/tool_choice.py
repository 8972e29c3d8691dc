"""OpenAI's `tools` and `tool_choice`, read for wires that write them in another form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple, cast

from ...pipeline.errors import BadRequestError
from ...pipeline.json_values import JSON, as_array, as_object

Mode = Literal["auto", "none", "required"]

#: The schema of a function without parameters.
NO_PARAMETERS: JSON = {"type": "object", "properties": {}}
_MODES: tuple[Mode, ...] = ("auto", "none", "required")


class ParsedChoice(NamedTuple):
    """A `tool_choice`: whether a tool may or must be called, and which ones.

    Attributes:
        mode: "auto", "none" or "required".
        name: the tool that must be called, if the choice names one.
        allowed: the tools that may be called, if the choice has type "allowed_tools".
    """

    mode: Mode
    name: str | None = None
    allowed: list[str] | None = None


class ToolChoice(NamedTuple):
    """The tools that may be called, in OpenAI's form, and whether one must be."""

    tools: list[JSON]
    mode: Mode


def parse_tool_choice(choice: object) -> ParsedChoice:
    """Return what a `tool_choice` says; None is "auto".

    https://platform.openai.com/docs/api-reference/chat/create#chat-create-tool_choice

    Raises:
        BadRequestError: it has none of OpenAI's forms.
    """
    if choice is None:
        return ParsedChoice("auto")
    if choice in _MODES:
        return ParsedChoice(choice)
    fields = as_object(choice) or {}
    allowed = as_object(fields.get("allowed_tools"))
    if allowed is not None:
        names = [tool_name(as_object(tool) or {}) for tool in as_array(allowed.get("tools")) or ()]
        if all(isinstance(name, str) for name in names):
            mode: Mode = "required" if allowed.get("mode") == "required" else "auto"
            return ParsedChoice(mode, allowed=cast("list[str]", names))
    elif fields.get("type", "function") == "function":
        name = tool_name(fields)
        if isinstance(name, str) and name:
            return ParsedChoice("required", name)
    raise BadRequestError(
        'tool_choice: expected "auto", "none", "required", '
        f'{{"type": "function", "function": {{"name": ...}}}} or allowed_tools, got {choice!r}',
        param="tool_choice",
    )


def tool_name(tool: Mapping[str, Any]) -> object:
    """Return the name of a tool; a choice may contain it without the object "function"."""
    return (as_object(tool.get("function")) or tool).get("name")


def choose_tools(params: Mapping[str, Any], provider: str) -> ToolChoice:
    """Return the tools that may be called, for wires that cannot name one: others are left out.

    Raises:
        BadRequestError: a tool is not a function, or the choice has none of OpenAI's forms or
            names a tool that is not in `tools`.
    """
    tools = function_tools(params.get("tools"), provider)
    choice = parse_tool_choice(params.get("tool_choice"))
    if choice.name is not None:
        tools = _pick(tools, [choice.name], "tool_choice.function.name")
    elif choice.allowed is not None:
        tools = _pick(tools, choice.allowed, "tool_choice.allowed_tools.tools")
    return ToolChoice(tools, choice.mode)


def function_tools(tools: object, provider: str) -> list[JSON]:
    """Return the tools after checking that each is a function with a name.

    Raises:
        BadRequestError: one is not.
    """
    found: list[JSON] = []
    for number, tool in enumerate(as_array(tools) or ()):
        fields = as_object(tool) or {}
        function = as_object(fields.get("function"))
        if fields.get("type", "function") != "function" or function is None:
            raise BadRequestError(
                f"tools[{number}]: {provider} supports only tools of type 'function', "
                f"got {fields.get('type')!r}",
                provider,
                param=f"tools[{number}]",
            )
        if not function.get("name"):
            place = f"tools[{number}].function.name"
            raise BadRequestError(f"{place}: is missing", provider, param=place)
        found.append(fields)
    return found


def refuse_duplicates(tools: Iterable[Mapping[str, Any]]) -> None:
    """Refuse two tools of one name, for APIs that do so only when they get them.

    Raises:
        BadRequestError: there are two.
    """
    seen: set[str] = set()
    for tool in tools:
        name = tool.get("name")
        if isinstance(name, str):
            if name in seen:
                raise BadRequestError(
                    f"tools: two of them have the name {name!r}; rename or remove one",
                    param="tools",
                )
            seen.add(name)


def _pick(tools: list[JSON], names: list[str], place: str) -> list[JSON]:
    by_name = {tool["function"]["name"]: tool for tool in tools}
    missing = [name for name in names if name not in by_name]
    if missing or not names:
        raise BadRequestError(
            f"{place}: {missing[0] if missing else None!r} is not the name of a tool in `tools`",
            param=place,
        )
    return [by_name[name] for name in names]


def plain_tool(function: JSON) -> JSON:
    """Return a function as a tool with only the fields that all providers know."""
    about = {key: function[key] for key in ("name", "description") if function.get(key)}
    parameters: object = function.get("parameters") or NO_PARAMETERS
    return {"type": "function", "function": {**about, "parameters": parameters}}
