"""Field names in Python's style and in that of Google's JSON."""

from __future__ import annotations

import re
from functools import lru_cache

from ....pipeline.json_values import JSON


def snake_keys(fields: JSON) -> JSON:
    """Return an object with its own keys in snake case; nested objects stay as they are."""
    return {_snake(key): value for key, value in fields.items()}


@lru_cache(maxsize=256)
def _snake(name: str) -> str:
    return re.sub(r"[A-Z]", lambda found: "_" + found.group().lower(), name)


def camel(name: str) -> str:
    """Return a name in camel case."""
    return re.sub(r"_([a-z0-9])", lambda found: found.group(1).upper(), name)
