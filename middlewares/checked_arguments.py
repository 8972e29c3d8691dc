"""Check the arguments that users give to middlewares, who may not use a type checker.

Errors show numbers and names, but no other value: it may contain a key.
"""

from __future__ import annotations

import inspect
import math
import os
import sys
from collections.abc import Callable, Hashable, Iterable, Mapping
from pathlib import Path
from typing import TypeGuard, cast

from ..pipeline.call.chain import describe_one, other_arguments
from ..pipeline.call.request import Request
from ..pipeline.errors import BadRequestError, InvalidArgumentError

#: The largest int that a float can be.
_LARGEST = int(sys.float_info.max)


def is_count(value: object, least: int = 1) -> bool:
    """Return whether a value is a whole number of `least` or more."""
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= sys.maxsize


def is_number(value: object) -> TypeGuard[float]:
    """Return whether a value is a number that can be compared: neither NaN, True nor False."""
    if isinstance(value, float):
        return not math.isnan(value)
    # Larger ones are not comparable with times, and cannot be shown as a float.
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _LARGEST


def is_list(value: object) -> bool:
    """Return whether a value can be read like a list, and is neither text nor a dictionary."""
    return isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping)


def check_count(name: str, value: object, unit: str = "", *, least: int = 1) -> None:
    """Raise InvalidArgumentError unless a value is a whole number of `least` or more."""
    if not is_count(value, least):
        raise InvalidArgumentError(
            f"{name}: expected an int of {least} or more{unit}, got {value!r}"
        )


def check_positive(name: str, value: object) -> None:
    """Raise InvalidArgumentError unless a value is a number above 0."""
    if not is_number(value) or value <= 0:
        raise InvalidArgumentError(f"{name}: expected a number above 0, got {value!r}")


def check_seconds(name: str, value: object, *, least: str) -> None:
    """Raise InvalidArgumentError unless a value is "0 or more" or "more than 0" seconds."""
    if is_number(value) and (value > 0 or (value == 0 and least == "0 or more")):
        return
    raise InvalidArgumentError(f"{name}: expected {least} seconds, got {value!r}")


def check_share(name: str, value: object) -> None:
    """Raise InvalidArgumentError unless a value is a number above 0 and up to 1."""
    if not (is_number(value) and 0 < value <= 1):
        raise InvalidArgumentError(f"{name}: expected more than 0 and up to 1, got {value!r}")


def check_function(name: str, value: object, *arguments: str) -> None:
    """Raise InvalidArgumentError unless a value can be called with these arguments, in order."""
    if not callable(value):
        raise InvalidArgumentError(f"{name}: expected a function, got {type(value).__name__}")
    taken = other_arguments(value, len(arguments))
    if taken is not None:
        raise InvalidArgumentError(
            f"{name}: {describe_one(value)} takes ({taken}), but it is called with "
            f"({', '.join(arguments)})"
        )


def check_plain_function(name: str, value: object, *arguments: str) -> None:
    """Raise InvalidArgumentError unless a value is such a function, and not an `async` one."""
    check_function(name, value, *arguments)
    if inspect.iscoroutinefunction(value):
        raise InvalidArgumentError(
            f"{name}: expected a plain function, got the async function {describe_one(value)}"
        )


def check_flag(name: str, value: object) -> None:
    """Raise InvalidArgumentError unless a value is True or False."""
    if not isinstance(value, bool):
        raise InvalidArgumentError(f"{name}: expected True or False, got {value!r}")


def check_mapping(name: str, value: object) -> None:
    """Raise InvalidArgumentError unless a value is a dictionary; the value is not shown."""
    if not isinstance(value, Mapping):
        got = type(value).__name__
        raise InvalidArgumentError(f"{name}: expected a dict, got {got}", param=name)


def check_text(name: str, value: object) -> None:
    """Raise InvalidArgumentError unless a value is a str."""
    if not isinstance(value, str):
        raise InvalidArgumentError(f"{name}: expected a str, got {type(value).__name__}")


def check_texts(name: str, value: object) -> None:
    """Raise InvalidArgumentError unless a value is a list of str; items are not shown."""
    if not is_list(value):
        raise InvalidArgumentError(f"{name}: expected a list of str, got {type(value).__name__}")
    for item in cast("Iterable[object]", value):
        if not isinstance(item, str):
            raise InvalidArgumentError(f"{name}: expected str, got {type(item).__name__}")


def check_text_table(name: str, value: object) -> None:
    """Raise InvalidArgumentError unless a value is a dictionary of str; items are not shown."""
    check_mapping(name, value)
    for pair in cast("Mapping[object, object]", value).items():
        check_texts(name, pair)


def check_methods(name: str, value: object, *methods: str) -> None:
    """Raise InvalidArgumentError unless a value has the methods of a protocol."""
    missing = [each for each in methods if not callable(getattr(value, each, None))]
    if missing or isinstance(value, type):
        kind = f"the class {value.__name__}" if isinstance(value, type) else type(value).__name__
        raise InvalidArgumentError(
            f"{name}: expected an object with {' and '.join(methods)}(), got {kind}"
        )


def read_key(function: Callable[[Request], Hashable], request: Request) -> Hashable:
    """Return what a user's function says a request counts for.

    Raises:
        BadRequestError: it cannot be the key of a dictionary, or has to be awaited.
    """
    key = function(request)
    refuse_awaitable("key", key)
    if not _is_hashable(key):
        raise BadRequestError(
            f"key: expected a value that can be hashed, such as a str, got {type(key).__name__}",
            param="key",
        )
    return key


def _is_hashable(value: object) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True


def refuse_awaitable(name: str, value: object) -> None:
    """Raise BadRequestError if what a user's function returned has to be awaited."""
    if hasattr(value, "__await__"):
        # Otherwise Python warns that nothing awaited it.
        getattr(value, "close", str)()
        raise BadRequestError(
            f"{name}: expected a plain function, got {type(value).__name__}", param=name
        )


def read_path(name: str, value: object) -> Path:
    """Return a path.

    Raises:
        InvalidArgumentError: the value is neither a str nor a path, or it is empty.
    """
    given: object = value
    if isinstance(value, os.PathLike):
        given = os.fspath(cast("os.PathLike[str]", value))
    if not isinstance(given, str) or not given:
        got = "an empty str" if given == "" else type(given).__name__
        raise InvalidArgumentError(f"{name}: expected a path, got {got}")
    return Path(given)
