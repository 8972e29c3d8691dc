"""The parameters of OpenAI's chat completions, and the types that all wires rely on.

https://platform.openai.com/docs/api-reference/chat/create
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from math import isfinite
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
_A_DICT = ("dict", (Mapping,))
_A_CHOICE = ("str or dict", (str, Mapping))

# Parameters that are lists or dictionaries: the type's name for error messages, and its classes.
_SHAPES: Mapping[str, tuple[str, tuple[type, ...]]] = {
    "audio": _A_DICT,
    "function_call": _A_CHOICE,
    "functions": _A_LIST,
    "logit_bias": _A_DICT,
    "modalities": _A_LIST,
    "prediction": _A_DICT,
    "prompt_cache_options": _A_DICT,
    "service_tier": ("str", (str,)),
    "stop": ("str or list of str", (str, list, tuple)),
    "stream_options": _A_DICT,
    "tool_choice": _A_CHOICE,
    "tools": _A_LIST,
    "web_search_options": _A_DICT,
}
#: The parameters that `check_shape` checks.
SHAPED_PARAMS = frozenset(_SHAPES)
#: https://platform.openai.com/docs/api-reference/chat/create#chat-create-tools
_FUNCTION = ("name", "description", "parameters", "strict")
# What follows the name of a parameter in a path.
_PARAM = re.compile(r"[.\[]")
_LISTS_OF_DICTIONARIES = frozenset({"functions", "tools"})


def check_shape(name: str, value: object) -> None:
    """Check the type of a parameter that is a list or a dictionary, and of its items.

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
    if name == "stop" and not isinstance(value, str):
        for number, item in enumerate(cast("Sequence[object]", value)):
            if not isinstance(item, str):
                raise wrong_type(f"stop[{number}]", "str", item)
    if name == "logit_bias":
        for token, bias in cast("Mapping[object, object]", value).items():
            _read_number(f"logit_bias[{token!r}]", bias)


def read_scalar(name: str, value: Any) -> Any:
    """Return the value of a parameter of `SCALARS`, numbers of other libraries as Python's.

    Raises:
        BadRequestError: its type is not the parameter's.
    """
    return _SCALARS[name](name, value)


def _plain(value: Any) -> Any:
    """Return a number of numpy or a similar library as one of Python's, all else as it is."""
    take = getattr(value, "item", None)
    if take is None:
        return value
    try:
        return take()
    except (TypeError, ValueError, RuntimeError):
        # It has several items.
        return value


def _read_number(name: str, value: Any) -> float:
    if value.__class__ is not float and value.__class__ is not int:
        given, value = value, _plain(value)
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise wrong_type(name, "a number", given)
        value = float(value) if isinstance(value, float) else int(value)
    if value.__class__ is float and not isfinite(value):
        raise BadRequestError(
            f"{name}: expected a finite number, got {value}", param=_PARAM.split(name, 1)[0]
        )
    number: float = value
    return number


def _read_integer(name: str, value: Any) -> int:
    if value.__class__ is int:
        number: int = value
        return number
    plain = _plain(value)
    if isinstance(plain, int) and not isinstance(plain, bool):
        return int(plain)
    if isinstance(plain, float) and plain.is_integer():
        return int(plain)
    raise wrong_type(name, "int", value)


def _read_flag(name: str, value: Any) -> bool:
    if value.__class__ is not bool:
        given, value = value, _plain(value)
        if not isinstance(value, bool):
            raise wrong_type(name, "bool", given)
    flag: bool = value
    return flag


def _read_flag_or_integer(name: str, value: Any) -> int:
    if value.__class__ is bool or value.__class__ is int:
        number: int = value
        return number
    plain = _plain(value)
    if not isinstance(plain, int):
        raise wrong_type(name, "bool", value)
    return plain


# All else may be text in JSON: members of enumerations, UUIDs, times.
_NO_CHOICE: tuple[type, ...] = (bool, int, float, bytes, list, tuple, set, frozenset)
_NO_TEXT: tuple[type, ...] = (*_NO_CHOICE, Mapping)


def _read_text(name: str, value: Any) -> Any:
    if value.__class__ is not str and isinstance(value, _NO_TEXT):
        raise wrong_type(name, "str", value)
    return value


def _read_text_or_dict(name: str, value: Any) -> Any:
    if value.__class__ is not str and isinstance(value, _NO_CHOICE):
        raise wrong_type(name, "str or dict", value)
    return value


def _read_format(name: str, value: Any) -> Any:
    # Which classes are possible is known where their schemas are written.
    if isinstance(value, str):
        raise wrong_type(name, "dict or class", value)
    return value


# Parameters that are one value, with the functions that check it and return what is sent.
_SCALARS: Mapping[str, Callable[[str, Any], Any]] = {
    "frequency_penalty": _read_number,
    # Some providers take the number of alternatives instead.
    "logprobs": _read_flag_or_integer,
    "max_completion_tokens": _read_integer,
    "max_tokens": _read_integer,
    "moderation": _read_text_or_dict,
    "n": _read_integer,
    "parallel_tool_calls": _read_flag,
    "presence_penalty": _read_number,
    "prompt_cache_key": _read_text,
    "prompt_cache_retention": _read_text,
    "reasoning_effort": _read_text_or_dict,
    "response_format": _read_format,
    "safety_identifier": _read_text,
    "seed": _read_integer,
    "store": _read_flag,
    "temperature": _read_number,
    "top_logprobs": _read_integer,
    "top_p": _read_number,
    "user": _read_text,
    "verbosity": _read_text,
}
#: The parameters that `read_scalar` checks.
SCALARS = frozenset(_SCALARS)


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


def nest_choice(choice: object) -> object:
    """Return a tool choice that names a function in the form of chat completions."""
    if not isinstance(choice, Mapping):
        return choice
    given = cast("Mapping[str, Any]", choice)
    return _nested(given) if _is_flat(given) else given


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
