"""The parameters of OpenAI's chat completions, and the types that all wires rely on.

https://platform.openai.com/docs/api-reference/chat/create
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
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

# Parameters that are not scalars: the type's name for error messages, and its classes.
_SHAPES: Mapping[str, tuple[str, tuple[type, ...]]] = {
    "audio": _A_DICT,
    "background": ("bool", (bool,)),
    "conversation": _A_CHOICE,
    "function_call": _A_CHOICE,
    "logit_bias": _A_DICT,
    "max_tool_calls": ("int", (int,)),
    "modalities": _A_LIST,
    "prediction": _A_DICT,
    "previous_response_id": ("str", (str,)),
    "prompt_cache_options": _A_DICT,
    "service_tier": ("str", (str,)),
    "stop": ("str or list of str", (str, list, tuple)),
    "stream_options": _A_DICT,
    "web_search_options": _A_DICT,
}
#: The parameters that `check_shape` checks.
SHAPED_PARAMS = frozenset(_SHAPES)
# What follows the name of a parameter in a path.
_PARAM = re.compile(r"[.\[]")
#: OpenAI's words for `reasoning_effort`, in their order.
EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
# Words that providers share, lower case. Another word goes to the provider, unless it is a slip.
_WORDS: Mapping[str, frozenset[str]] = {
    "modalities": frozenset({"audio", "image", "text", "video"}),
    "reasoning_effort": frozenset(EFFORTS),
    "response_format.type": frozenset({"json_object", "json_schema", "text"}),
    "service_tier": frozenset(
        {"auto", "batch", "default", "fast", "flex", "on_demand", "priority", "scale", "standard"}
    ),
    "verbosity": frozenset({"high", "low", "medium"}),
}
# Formats that need nothing besides their type.
_PLAIN_FORMATS = frozenset({"json_object", "text"})


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
    if name == "service_tier":
        _check_word(name, name, value)
    if name == "modalities":
        for number, item in enumerate(cast("Sequence[object]", value)):
            _check_word(name, f"modalities[{number}]", item)
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


def plain_value(value: Any, place: str) -> Any:
    """Return numbers and text of numpy or a similar library as Python's, all else as it is.

    Raises:
        BadRequestError: it is a number that is not finite, which JSON cannot express.
    """
    value = _plain(value)
    if isinstance(value, float) and not isfinite(value):
        raise _not_finite(place, value)
    return _plain_text(value)


def _plain_text(value: Any) -> Any:
    """Return text of a class of another library as Python's, all else as it is."""
    if isinstance(value, str) and not isinstance(value, Enum):
        return str.__str__(value)
    return value


def read_other(name: str, value: Any) -> Any:
    """Return the value of a parameter that only some providers know; raises as `check_finite`."""
    check_finite(name, value)
    return _plain(value)


def check_finite(name: str, value: Any) -> None:
    """Refuse numbers that JSON cannot express.

    Raises:
        BadRequestError: a number in the value is not finite, or it is nested too deeply.
    """
    try:
        _refuse_infinite(value, name)
    except RecursionError:
        raise BadRequestError(f"{name}: nested too deeply", param=name) from None


def _refuse_infinite(value: Any, place: str) -> None:
    if isinstance(value, Mapping):
        for key, item in cast("Mapping[object, object]", value).items():
            _refuse_infinite(item, f"{place}.{key}")
    elif isinstance(value, list | tuple):
        for number, item in enumerate(cast("Sequence[object]", value)):
            _refuse_infinite(item, f"{place}[{number}]")
    elif isinstance(value, float) and not isfinite(value):
        raise _not_finite(place, value)


def _not_finite(place: str, value: float) -> BadRequestError:
    return BadRequestError(f"{place}: expected a finite number, got {value}", param=param_of(place))


def _read_number(name: str, value: Any) -> float:
    if value.__class__ is not float and value.__class__ is not int:
        given, value = value, _plain(value)
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise wrong_type(name, "a number", given)
        value = float(value) if isinstance(value, float) else int(value)
    if value.__class__ is float and not isfinite(value):
        raise _not_finite(name, value)
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
    if value.__class__ is str:
        return value
    if isinstance(value, _NO_TEXT):
        raise wrong_type(name, "str", value)
    return _plain_text(value)


def _read_word(name: str, value: Any) -> Any:
    if value.__class__ is str:
        if value not in _WORDS[name]:
            _check_word(name, name, value)
        return value
    return _read_text(name, value)


def _read_effort(name: str, value: Any) -> Any:
    if value.__class__ is str:
        if value not in _WORDS[name]:
            _check_word(name, name, value)
        return value
    if isinstance(value, Mapping):
        effort = cast("Mapping[str, object]", value).get("effort")
        if effort is not None:
            _check_word(name, f"{name}.effort", effort)
    elif not isinstance(value, str | Enum):
        raise wrong_type(name, "str or dict", cast("object", value))
    return _plain_text(value)


def _check_word(name: str, place: str, value: object) -> None:
    """Refuse a slip of one of the words of a parameter, and an empty text.

    Raises:
        BadRequestError: it is one, or the value is not text.
    """
    if not isinstance(value, str):
        if isinstance(value, _NO_TEXT) or value is None:
            raise wrong_type(place, "str", value)
        return
    words = _WORDS[name]
    if value.lower() in words:
        return
    from ..near_names import find_near  # noqa: PLC0415  # most calls have known words

    near = find_near(value, words)
    if near or not value:
        hint = f"did you mean {near}?" if near else f"expected one of {', '.join(sorted(words))}."
        raise BadRequestError(
            f"{place}: unknown value {value!r}; {hint} Pass a provider's own value in extra_body",
            param=param_of(place),
        )


def _read_text_or_dict(name: str, value: Any) -> Any:
    if value.__class__ is not str and isinstance(value, _NO_CHOICE):
        raise wrong_type(name, "str or dict", value)
    return value


def _read_format(name: str, value: Any) -> Any:
    # Which classes are possible is known where their schemas are written.
    if isinstance(value, str):
        raise wrong_type(name, "dict or class", value)
    if isinstance(value, Mapping):
        given = cast("Mapping[str, Any]", value)
        _check_format(given)
        return given
    return value


def _check_format(given: Mapping[str, Any]) -> None:
    kind: object = given.get("type")
    if not isinstance(kind, str) or (len(given) == 1 and kind not in _PLAIN_FORMATS):
        got = f"type {kind!r} only" if kind else "one without a type"
        raise BadRequestError(
            'response_format: expected {"type": "text"}, {"type": "json_object"} or '
            '{"type": "json_schema", "json_schema": {"name": ..., "schema": ...}}, '
            f"got {got}",
            param="response_format",
        )
    if kind not in _WORDS["response_format.type"]:
        _check_word("response_format.type", "response_format.type", kind)


# Parameters that are one value, with the functions that check it and return what is sent.
_SCALARS: Mapping[str, Callable[[str, Any], Any]] = {
    "frequency_penalty": _read_number,
    # Some providers take the number of alternatives instead.
    "logprobs": _read_flag_or_integer,
    "max_completion_tokens": _read_integer,
    # The Responses API's name.
    "max_output_tokens": _read_integer,
    "max_tokens": _read_integer,
    "moderation": _read_text_or_dict,
    "n": _read_integer,
    "parallel_tool_calls": _read_flag,
    "presence_penalty": _read_number,
    "prompt_cache_key": _read_text,
    "prompt_cache_retention": _read_text,
    "reasoning_effort": _read_effort,
    "response_format": _read_format,
    "safety_identifier": _read_text,
    "seed": _read_integer,
    "store": _read_flag,
    "temperature": _read_number,
    "top_logprobs": _read_integer,
    "top_p": _read_number,
    "user": _read_text,
    "verbosity": _read_word,
}
#: The parameters that `read_scalar` checks.
SCALARS = frozenset(_SCALARS)


def param_of(place: str) -> str:
    """Return the name of the parameter at the beginning of a place, such as `tools[0].function`."""
    return _PARAM.split(place, 1)[0]


def wrong_type(place: str, wanted: str, value: object) -> BadRequestError:
    """Return the error of an argument of a wrong type; the message does not show its value."""
    return BadRequestError(
        f"{place}: expected {wanted}, got {type(value).__name__}", param=param_of(place)
    )
