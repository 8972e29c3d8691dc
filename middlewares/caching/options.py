"""Validate the settings of a cache, and the `cache` option of a call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from ...pipeline.call.request import NOTHING
from ...pipeline.errors import BadRequestError


def read_option(given: object) -> Mapping[str, Any]:
    """Return a call's `cache` option as a dictionary.

    Raises:
        BadRequestError: it is not True or a valid dictionary.
    """
    if given is True:
        return NOTHING
    if not isinstance(given, Mapping):
        raise BadRequestError(f"cache: expected bool or dict, got {given!r}", param="cache")
    option = cast("Mapping[str, Any]", given)
    problem = find_problem(option)
    if problem is not None:
        raise BadRequestError(f"cache.{problem}", param="cache")
    return option


def find_problem(settings: Mapping[str, object]) -> str | None:
    """Return a description of the first invalid setting, or None if all are valid."""
    for name, value in settings.items():
        if name not in _CHECKS:
            return f"{name}: unknown setting; expected one of {', '.join(_CHECKS)}"
        is_valid, expected = _CHECKS[name]
        if not is_valid(value):
            return f"{name}: expected {expected}, got {value!r}"
    return None


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_ttl(value: object) -> bool:
    if value is None:
        return True
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


def _is_name(value: object) -> bool:
    return isinstance(value, str) and bool(value)


_CHECKS: Mapping[str, tuple[Callable[[object], bool], str]] = {
    "no-cache": (_is_flag, "bool"),
    "no-store": (_is_flag, "bool"),
    "ttl": (_is_ttl, "a number of seconds above 0, or None"),
    "namespace": (_is_name, "a non-empty str"),
}
