"""Join the caller's `extra_body` with the body that a wire wrote."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...pipeline.json_values import JSON, as_object


def overlay(body: Mapping[str, Any], extra: Mapping[str, Any]) -> JSON:
    """Return a body with the fields of `extra`, which take precedence; objects are joined.

    An object with another `type` replaces the one in the body: their fields belong to that type.
    """
    joined: JSON = dict(body)
    for name, value in extra.items():
        known, fields = as_object(joined.get(name)), as_object(value)
        joins = known is not None and fields is not None and _same_type(known, fields)
        joined[name] = overlay(known or {}, fields or {}) if joins else value
    return joined


def _same_type(known: JSON, given: JSON) -> bool:
    return "type" not in given or known.get("type", given["type"]) == given["type"]
