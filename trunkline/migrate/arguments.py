"""What an argument of a call of litellm, or of its Router, is in trunkline."""

from __future__ import annotations

import ast
from inspect import signature

from ..clients.client import CALL_ARGUMENTS
from ..clients.router import Router
from ..clients.settings import SETTING_NAMES, unknown_setting
from ..litellm_names.table import Entry, Kind, read_names
from ..pipeline.call.absent_arguments import ABSENT, find_remedy
from ..pipeline.call.slips import find_slip

#: Functions whose keyword arguments are those of completion().
CALLS = frozenset(
    {
        "acompletion",
        "acompletion_with_retries",
        "batch_completion",
        "batch_completion_models",
        "batch_completion_models_all_responses",
        "completion",
        "completion_with_retries",
    }
)
_CALL_ONLY = {"max_workers": Entry("same", "of batch_completion()")}
_KINDS: dict[str, Kind] = {"Router": "router", **dict.fromkeys(CALLS, "parameters")}
#: Functions whose arguments are known.
FUNCTIONS = frozenset(_KINDS)


def judge_argument(function: str, name: str, value: ast.expr) -> Entry:
    """Return what an argument of one of `FUNCTIONS` is in trunkline."""
    entry = read_names()[_KINDS[function]].get(name)
    if entry is not None and _asks_for_nothing(function, name, value):
        return Entry("same", "")
    if function == "Router":
        return entry or _other_of_router(name)
    return entry or _CALL_ONLY.get(name) or judge_other(name, value)


def judge_other(name: str, value: ast.expr) -> Entry:
    """Return what an argument of a call is that neither litellm nor OpenAI has."""
    is_ignored = name.startswith("_") or (isinstance(value, ast.Constant) and value.value is None)
    remedy = None if is_ignored else find_slip(name, CALL_ARGUMENTS.union(_CALL_ONLY))
    if remedy is None:
        return Entry("same", "goes to the provider as it is")
    return Entry(
        "not there", f"{remedy} `extra_body` takes a provider's own parameter of this name"
    )


def _other_of_router(name: str) -> Entry:
    arguments = signature(Router).parameters
    if name in arguments or name in SETTING_NAMES:
        return Entry("same", "")
    return Entry("not there", unknown_setting("Router", name, arguments, CALL_ARGUMENTS))


def _asks_for_nothing(function: str, name: str, value: ast.expr) -> bool:
    """Return whether a value makes an argument ignored, such as None."""
    if not isinstance(value, ast.Constant):
        return False
    if function == "Router":
        return not value.value
    if value.value is None:
        return True
    return find_remedy(name, value.value) is None if name in ABSENT else value.value is False
