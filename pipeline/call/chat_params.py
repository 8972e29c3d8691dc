"""The parameters of OpenAI's chat completions, and the types that all wires rely on.

https://platform.openai.com/docs/api-reference/chat/create
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from ..errors import BadRequestError

#: All parameters except `model`, `messages`, `stream` and `metadata`, which trunkline handles.
CHAT_PARAMS = frozenset(
    {
        "audio",
        "frequency_penalty",
        "function_call",
        "functions",
        "logit_bias",
        "logprobs",
        "max_completion_tokens",
        "max_tokens",
        "modalities",
        "moderation",
        "n",
        "parallel_tool_calls",
        "prediction",
        "presence_penalty",
        "prompt_cache_key",
        "prompt_cache_options",
        "prompt_cache_retention",
        "reasoning_effort",
        "response_format",
        "safety_identifier",
        "seed",
        "service_tier",
        "stop",
        "store",
        "stream_options",
        "temperature",
        "tool_choice",
        "tools",
        "top_logprobs",
        "top_p",
        "user",
        "verbosity",
        "web_search_options",
    }
)

#: Parameters of the Responses API that ask for state or work at the provider. Sent to a chat
#: completion they would be ignored, and a conversation lost.
RESPONSES_STATE = frozenset(
    {
        "background",
        "conversation",
        "max_tool_calls",
        "previous_response_id",
        "prompt",
    }
)

_A_LIST = ("list", (list, tuple))

# Parameters of a fixed type that wires rely on: its name for error messages, and its classes.
_SHAPES: Mapping[str, tuple[str, tuple[type, ...]]] = {
    "functions": _A_LIST,
    "modalities": _A_LIST,
    "service_tier": ("str", (str,)),
    "stop": ("str or list of str", (str, list, tuple)),
    "tool_choice": ("str or dict", (str, Mapping)),
    "tools": _A_LIST,
    "web_search_options": ("dict", (Mapping,)),
}
#: The parameters that `check_shape` checks.
SHAPED_PARAMS = frozenset(_SHAPES)
#: https://platform.openai.com/docs/api-reference/chat/create#chat-create-tools
_FUNCTION = ("name", "description", "parameters", "strict")
# What follows the name of a parameter in a path.
_PARAM = re.compile(r"[.\[]")
_LISTS_OF_DICTIONARIES = frozenset({"functions", "tools"})


def check_shape(name: str, value: object) -> None:
    """Check the type of a parameter that wires rely on.

    Providers check the values, and the parameters that only they know.

    Raises:
        BadRequestError: the type is wrong; the message names the location.
    """
    shape = _SHAPES.get(name)
    if shape is None:
        return
    wanted, classes = shape
    if not isinstance(value, classes):
        raise wrong_type(name, wanted, value)
    if name in _LISTS_OF_DICTIONARIES:
        for number, item in enumerate(cast("Sequence[object]", value)):
            if not isinstance(item, Mapping):
                raise wrong_type(f"{name}[{number}]", "dict", item)
            _check_parameters(cast("Mapping[str, object]", item), f"{name}[{number}]")
    if name == "tool_choice" and isinstance(value, Mapping):
        _check_name(cast("Mapping[str, object]", value), name)


def define_functions(tools: Any) -> Any:
    """Return tools as a list, with the definition of each Python function among them.

    Raises:
        BadRequestError: a function has no schema; the message says why.
    """
    if not isinstance(tools, list | tuple):
        return tools
    # Layers and wires look into JSON arrays, which are lists.
    given = list(cast("Sequence[object]", tools))
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


def _is_flat(tool: Mapping[str, Any]) -> bool:
    return tool.get("type") == "function" and "function" not in tool and "name" in tool


def _nested(tool: Mapping[str, Any]) -> dict[str, Any]:
    function = {name: tool[name] for name in _FUNCTION if name in tool}
    others = {name: value for name, value in tool.items() if name not in _FUNCTION}
    return {**others, "function": function}


def _check_parameters(tool: Mapping[str, object], place: str) -> None:
    """Check that the schema of a function's parameters, if it has one, is an object."""
    function = tool.get("function")
    if isinstance(function, Mapping):
        tool, place = cast("Mapping[str, object]", function), f"{place}.function"
    schema = tool.get("parameters")
    if schema is not None and not isinstance(schema, Mapping):
        raise wrong_type(f"{place}.parameters", "dict", schema)
    fields = cast("Mapping[str, object]", schema or {}).get("properties")
    if fields is not None and not isinstance(fields, Mapping):
        raise wrong_type(f"{place}.parameters.properties", "dict", fields)


def _check_name(choice: Mapping[str, object], place: str) -> None:
    """Check that the name of the tool that a choice forces, if it has one, is text."""
    for kind in ("function", "custom"):
        chosen = choice.get(kind)
        if isinstance(chosen, Mapping):
            _check_name(cast("Mapping[str, object]", chosen), f"{place}.{kind}")
    name = choice.get("name")
    if name is not None and not isinstance(name, str):
        raise wrong_type(f"{place}.name", "str", name)


def wrong_type(place: str, wanted: str, value: object) -> BadRequestError:
    """Return the error of an argument of a wrong type; the message does not show its value."""
    return BadRequestError(
        f"{place}: expected {wanted}, got {type(value).__name__}", param=_PARAM.split(place, 1)[0]
    )
