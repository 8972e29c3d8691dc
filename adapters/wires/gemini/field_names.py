"""Field names in Python's style and in that of Google's JSON."""

from __future__ import annotations

import re
from functools import lru_cache

from ....pipeline.errors import BadRequestError
from ....pipeline.json_values import JSON, as_object


def snake_keys(fields: JSON) -> JSON:
    """Return an object with its own keys in snake case; nested objects stay as they are."""
    return {_snake(key): value for key, value in fields.items()}


@lru_cache(maxsize=256)
def _snake(name: str) -> str:
    return re.sub(r"[A-Z]", lambda found: "_" + found.group().lower(), name)


def camel(name: str) -> str:
    """Return a name in camel case."""
    return re.sub(r"_([a-z0-9])", lambda found: found.group(1).upper(), name)


def camel_keys(value: object, path: str) -> JSON:
    """Return an object with its own keys in camel case; nested objects stay as they are.

    Args:
        value: the object.
        path: its location in the request, for the error.

    Raises:
        BadRequestError: the value is not an object.
    """
    fields = as_object(value)
    if fields is None:
        raise BadRequestError(f"{path}: expected a dict, got {type(value).__name__}", param=path)
    return {camel(name): inner for name, inner in fields.items()}
