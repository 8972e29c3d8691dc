"""`response_format` for providers that do not support all of its forms."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ....pipeline.json_values import as_object
from ...structured.forced_tool import force_json, offer_json

_JSON_OBJECT = {"type": "json_object"}
# The same for providers that take only schemas.
_ANY_OBJECT = {
    "type": "json_schema",
    "json_schema": {"name": "answer", "schema": {"type": "object"}},
}


def fit_format(params: Mapping[str, Any], flags: Collection[str]) -> Mapping[str, Any]:
    """Return the parameters with `response_format` in a form that the model's flags allow.

    Raises:
        BadRequestError: it has to become a tool, and cannot; see `force_json`.
    """
    wanted: object = params.get("response_format")
    kind = (as_object(wanted) or {}).get("type")
    if "forced_json" in flags or ("forced_schema" in flags and kind == "json_schema"):
        return force_json(params) if _may_force(params, flags) else offer_json(params)
    if "json_schema_only" in flags and wanted == _JSON_OBJECT:
        return {**params, "response_format": _ANY_OBJECT}
    return params


def _may_force(params: Mapping[str, Any], flags: Collection[str]) -> bool:
    if "unforced_tools" in flags:
        return False
    thinking = (as_object(params.get("thinking")) or {}).get("type")
    still = thinking == "disabled" or (
        thinking is None and params.get("reasoning_effort") == "none"
    )
    return still or "unforced_thinking" not in flags
