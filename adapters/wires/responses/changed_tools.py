"""Tools of a Responses request that a middleware changed in their chat form.

Only what has changed is rewritten: a tool keeps its place, and the fields that chat completions
lack.
"""

from __future__ import annotations

from itertools import repeat
from typing import Any

from ....pipeline.json_values import JSON, as_array, as_object
from .tools import NATIVE_FIELDS, flat_tool, response_tools


def change_tools(given: object, before: object, after: object) -> list[Any]:
    """Return the tools of a request.

    Args:
        given: the tools as the caller gave them.
        before: the chat form of its functions and custom tools, in the same order.
        after: this form as a middleware left it; other tools follow the caller's.
    """
    old, new = as_array(before) or [], as_array(after) or []
    # A middleware may give a tool another name at the same place.
    forms = zip(old, new if len(new) == len(old) else repeat(None), strict=False)
    new_names = {_name(tool) for tool in new}
    left = list(new)
    kept: list[Any] = []
    for tool in as_array(given) or ():
        if not _is_ours(tool):
            kept.append(tool)
            continue
        form, in_its_place = next(forms, (None, None))
        changed = next((each for each in left if _name(each) == _name(form)), None)
        if changed is None and in_its_place in left and _name(form) not in new_names:
            changed = in_its_place
        if changed is None:
            continue
        left.remove(changed)
        kept.append(tool if changed == form else _merge(tool, changed))
    return [*kept, *(as_array(response_tools(left)) or ())]


def _is_ours(tool: Any) -> bool:
    """Return whether a tool also has a form in chat completions."""
    return (as_object(tool) or {}).get("type") in ("function", "custom")


def _name(tool: Any) -> tuple[object, object]:
    fields = as_object(tool) or {}
    kind = fields.get("type")
    inner = as_object(fields.get(kind)) if isinstance(kind, str) else None
    return kind, (inner or {}).get("name")


def _merge(given: JSON, changed: Any) -> Any:
    native = {name: given[name] for name in NATIVE_FIELDS if name in given}
    return {**native, **flat_tool(as_object(changed) or {})}
