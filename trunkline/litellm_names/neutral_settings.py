"""Settings of litellm that programs set although trunkline has no such choice."""

from __future__ import annotations

from collections.abc import Mapping

from .table import find_entry

#: Settings, with the value that describes what trunkline does anyway.
NEUTRAL: Mapping[str, object] = {
    "add_function_to_prompt": False,
    "enable_json_schema_validation": True,
    "json_logs": False,
    "modify_params": True,
    "redact_messages_in_exceptions": True,
    "return_response_headers": True,
    "set_verbose": False,
    "ssl_verify": True,
    "suppress_debug_info": True,
    "telemetry": False,
}
_MEANINGFUL_IF_FALSE = frozenset({"ssl_verify"})


def asks_for_nothing(name: str, value: object) -> bool:
    """Return whether a setting that only litellm has asks for nothing with this value."""
    if name in NEUTRAL and value == NEUTRAL[name]:
        return True
    entry = find_entry(name, "settings")
    known = name in NEUTRAL or (entry is not None and entry.status == "not there")
    return known and not value and name not in _MEANINGFUL_IF_FALSE
