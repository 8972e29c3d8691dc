"""Errors that a program makes itself: litellm's constructors have other arguments."""

from __future__ import annotations

import ast
from inspect import isclass, signature

from .. import names
from ..litellm_names.table import Entry
from ..pipeline.errors import APIError

_REMARK = "its arguments are message, llm_provider and model, by name"


def explain_made_error(name: str, node: ast.Call) -> Entry | None:
    """Return what differs if a call makes an error in litellm's way; None if nothing does.

    litellm's classes take the model and the provider in different orders.
    """
    kind: object = getattr(names, name, None)
    if not isclass(kind) or not issubclass(kind, APIError):
        return None
    known = signature(kind).parameters
    others = [each.arg for each in node.keywords if each.arg is not None and each.arg not in known]
    if len(node.args) <= 1 and not others:
        return None
    return Entry("other", f"without {others[0]}; {_REMARK}" if others else _REMARK)
