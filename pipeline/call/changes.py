"""Change a request in a middleware; what a user changes is checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import InvalidArgumentError
from ..secret import Secret
from ..timeouts import Timeouts
from .messages import check_messages
from .request import Request
from .request import replace as derive

# The fields of a request that middlewares change: their types in words, and their classes.
_TABLE = ("dict", (Mapping,))
_TEXT = ("str or None", (str, type(None)))
_FIELDS: Mapping[str, tuple[str, tuple[type, ...]]] = {
    **dict.fromkeys(("params", "metadata", "options"), _TABLE),
    **dict.fromkeys(("extra_headers", "extra_body", "extra_query"), _TABLE),
    **dict.fromkeys(("provider", "base_url", "api_version"), _TEXT),
    "model": ("str", (str,)),
    "stream": ("bool", (bool,)),
    "api_key": ("Secret, str or None", (Secret, str, type(None))),
    "timeouts": ("Timeouts", (Timeouts,)),
}


def replace(request: Request, **changes: Any) -> Request:
    """Return a copy of the request with changed fields.

    `messages` may contain messages of responses, and `api_key` may be text. What is inside `params`
    is not checked. The call's `api_key`, `base_url` and `extra_headers` stay if `model` changes:
    remove them for a model of another provider.

    Raises:
        InvalidArgumentError: a request has no such field, a value has a wrong type, or `request`
            is not a request.
        BadRequestError: a message is wrong; the error names its location.
    """
    for name, value in changes.items():
        wanted, kinds = _FIELDS.get(name, ("", (object,)))
        if not isinstance(value, kinds):
            raise InvalidArgumentError(
                f"replace: {name}: expected {wanted}, got {type(value).__name__}", param=name
            )
    if isinstance(changes.get("api_key"), str):
        changes["api_key"] = Secret(changes["api_key"])
    if "messages" in changes:
        changes["messages"] = check_messages(changes["messages"])
    return derive(request, **changes)
