"""What may be set for a cache, by its owner and by each call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from ...pipeline.call.request import NOTHING
from ...pipeline.errors import BadRequestError


def read_option(given: object) -> Mapping[str, Any]:
    """Return a call's `cache` as a dictionary.

    Raises:
        BadRequestError: it is something else, or holds something else than it may.
    """
    if given is True:
        return NOTHING
    if not isinstance(given, Mapping):
        raise BadRequestError(
            f"cache: expected True, False or a dictionary, got {given!r}", param="cache"
        )
    own = cast("Mapping[str, Any]", given)
    wrong = find_wrong(own)
    if wrong is not None:
        raise BadRequestError(f"cache.{wrong}", param="cache")
    return own


def find_wrong(settings: Mapping[str, object]) -> str | None:
    """Return what is wrong with settings, None where nothing is."""
    for name, value in settings.items():
        if name not in _CHECKS:
            return f"{name}: no such setting; there are {', '.join(_CHECKS)}"
        fits, wanted = _CHECKS[name]
        if not fits(value):
            return f"{name}: expected {wanted}, got {value!r}"
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
    "no-cache": (_is_flag, "True or False"),
    "no-store": (_is_flag, "True or False"),
    "ttl": (_is_ttl, "seconds above 0, or None"),
    "namespace": (_is_name, "text"),
}
