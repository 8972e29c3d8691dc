"""Check `tools` and `tool_choice`, and bring them into the form of chat completions.

Tools that only a provider knows are passed on.
https://platform.openai.com/docs/api-reference/chat/create#chat-create-tools
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from ..errors import BadRequestError
from ..json_values import as_object
from .chat_params import param_of, wrong_type
from .request import Request

_FUNCTION = ("name", "description", "parameters", "strict")
_EXAMPLE = '{"type": "function", "function": {"name": ..., "parameters": {...}}}'
_CHOICE = '{"type": "function", "function": {"name": ...}}'
# OpenAI's words for a choice, lower case, and those of Mistral and Google.
_WORDS = frozenset({"any", "auto", "none", "required", "validated"})


def read_tools(given: object) -> Sequence[Any]:
    """Return tools in the form of chat completions, with definitions of Python functions.

    Raises:
        BadRequestError: a tool has a form that no provider accepts, or a function has no schema;
            the error names its location.
    """
    if not isinstance(given, list | tuple):
        raise wrong_type("tools", "list", given)
    tools = define_functions(cast("Sequence[object]", given))
    for number, tool in enumerate(tools):
        _check_tool(tool, f"tools[{number}]")
    return nest_functions(tools)


def read_functions(given: object) -> Sequence[Any]:
    """Return `functions`, the predecessor of `tools`.

    Raises:
        BadRequestError: an item is not a dictionary with a name.
    """
    if not isinstance(given, list | tuple):
        raise wrong_type("functions", "list", given)
    functions = cast("Sequence[Any]", given)
    for number, function in enumerate(functions):
        _check_function(function, f"functions[{number}]")
    return functions


def read_choice(given: object) -> object:
    """Return a tool choice in the form of chat completions.

    Raises:
        BadRequestError: it has a form that no provider accepts.
    """
    if isinstance(given, str):
        if given.lower() not in _WORDS:
            raise BadRequestError(
                f'tool_choice: expected "auto", "none", "required" or {_CHOICE}, got {given!r}',
                param="tool_choice",
            )
        return given
    if not isinstance(given, Mapping):
        raise wrong_type("tool_choice", "str or dict", given)
    choice = nest_choice(cast("Mapping[str, Any]", given))
    if not choice:
        raise BadRequestError(
            f"tool_choice: expected {_CHOICE}, got an empty dict", param="tool_choice"
        )
    _check_type(choice, "tool_choice", ("allowed_tools", "custom", "function"))
    if "function" in choice or choice.get("type") == "function":
        _check_name(choice.get("function"), "tool_choice.function")
    elif "custom" in choice:
        _check_name(choice["custom"], "tool_choice.custom")
    elif choice.get("name") is not None:
        _check_name(choice, "tool_choice")
    return choice


def check_chosen(request: Request) -> None:
    """Check that the function that `tool_choice` forces is among the tools.

    If the provider has tools of its own, it knows their names.

    Raises:
        BadRequestError: it is not.
    """
    params = request.params
    choice = params.get("tool_choice")
    if not isinstance(choice, Mapping) or request.native is not None or request.extra_body:
        return
    chosen = cast("Mapping[str, Any]", choice).get("function")
    if not isinstance(chosen, Mapping) or "web_search_options" in params:
        return
    name: object = cast("Mapping[str, object]", chosen).get("name")
    names = [_name_of(tool) for tool in params.get("tools") or ()]
    names += [function["name"] for function in params.get("functions") or ()]
    if name not in names and None not in names:
        listed = f"the functions are {', '.join(map(str, names))}" if names else "pass tools"
        raise BadRequestError(
            f"tool_choice.function.name: {name!r} is not the name of a tool; {listed}",
            param="tool_choice",
        )


def _name_of(tool: Mapping[str, Any]) -> object:
    """Return the name of a function, None for a tool of the provider."""
    function = as_object(tool.get("function"))
    return None if function is None else function.get("name")


def _check_tool(tool: Any, place: str) -> None:
    if not isinstance(tool, Mapping):
        raise wrong_type(place, "dict", tool)
    fields = cast("Mapping[str, Any]", tool)
    kind = fields.get("type")
    if _is_flat(fields):
        _check_function(fields, place)
    elif kind == "function" or (kind is None and "function" in fields):
        _check_function(fields.get("function"), f"{place}.function")
    elif kind is None and (
        not fields or ("parameters" in fields and set(fields) <= set(_FUNCTION))
    ):
        got = "one without a type" if fields else "an empty dict"
        raise BadRequestError(f"{place}: expected {_EXAMPLE}, got {got}", param="tools")
    else:
        _check_type(fields, place, ("function",))


def _check_function(function: object, place: str) -> None:
    """Check that a function has a name, and that its schema, if it has one, is an object."""
    fields = _check_name(function, place)
    schema = fields.get("parameters")
    if schema is not None and not isinstance(schema, Mapping):
        raise wrong_type(f"{place}.parameters", "dict", schema)
    properties = cast("Mapping[str, object]", schema or {}).get("properties")
    if properties is not None and not isinstance(properties, Mapping):
        raise wrong_type(f"{place}.parameters.properties", "dict", properties)


def _check_name(given: object, place: str) -> Mapping[str, Any]:
    """Return what must be a dictionary with a name.

    Raises:
        BadRequestError: it is not; the error names its location.
    """
    if given is None:
        raise BadRequestError(f'{place}: missing; expected {{"name": ...}}', param=param_of(place))
    if not isinstance(given, Mapping):
        raise wrong_type(place, "dict", given)
    fields = cast("Mapping[str, Any]", given)
    name = fields.get("name")
    if not name:
        raise BadRequestError(f"{place}.name: missing; expected str", param=param_of(place))
    if not isinstance(name, str):
        raise wrong_type(f"{place}.name", "str", name)
    return fields


def _check_type(fields: Mapping[str, Any], place: str, known: Sequence[str]) -> None:
    """Refuse a slip of a type that providers share."""
    kind = fields.get("type")
    if not isinstance(kind, str) or kind in known:
        return
    from ..near_names import find_near  # noqa: PLC0415  # most calls have known types

    near = find_near(kind, known)
    if near is not None:
        raise BadRequestError(
            f"{place}.type: unknown type {kind!r}; did you mean {near}?",
            param=param_of(place),
        )


def define_functions(tools: Sequence[Any]) -> list[Any]:
    """Return tools as a list, with the definition of each Python function among them.

    Raises:
        BadRequestError: a function has no schema; the message says why.
    """
    # Layers and wires look into JSON arrays, which are lists.
    given = list(tools)
    if not any(map(callable, given)):
        return given
    from .functions import define  # noqa: PLC0415  # pure data needs no signatures

    try:
        return [define(tool) if callable(tool) else tool for tool in given]
    except TypeError as error:
        raise BadRequestError(str(error), param="tools") from error


def nest_functions(tools: Sequence[Any]) -> Sequence[Any]:
    """Return tools with functions in the form of chat completions, not in that of responses()."""
    if not any(map(_is_flat, tools)):
        return tools
    return [_nested(tool) if _is_flat(tool) else tool for tool in tools]


def nest_choice(choice: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a tool choice that names a function in the form of chat completions."""
    return _nested(choice) if _is_flat(choice) else choice


def _is_flat(tool: Mapping[str, Any]) -> bool:
    return tool.get("type") == "function" and "function" not in tool and "name" in tool


def _nested(tool: Mapping[str, Any]) -> dict[str, Any]:
    function = {name: tool[name] for name in _FUNCTION if name in tool}
    others = {name: value for name, value in tool.items() if name not in _FUNCTION}
    return {**others, "function": function}


#: The functions that check and return the values of parameters.
READERS: Mapping[str, Callable[[object], object]] = {
    "functions": read_functions,
    "tool_choice": read_choice,
    "tools": read_tools,
}
