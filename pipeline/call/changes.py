"""Change a request in a middleware; what a user changes is checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import InvalidArgumentError
from ..schema.call_info import CallId
from ..schema.trail import Trail
from ..timeouts import Timeouts
from .absent_arguments import OTHER_NAMES
from .arguments import (
    ADAPTER_ARGUMENTS,
    OWN_ARGUMENTS,
    read_timeout,
    request_fields,
    split_arguments,
)
from .concealed import conceal, unwrap
from .messages import check_messages
from .native import NativeCall
from .request import Request, provider_of, without_access
from .request import replace as derive

# The fields of a request: their types in words, and their classes.
_TABLE = ("dict", (Mapping,))
_TEXT = ("str or None", (str, type(None)))
_TIME = ("float or None", (float, int, type(None)))
_FIELDS: Mapping[str, tuple[str, tuple[type, ...]]] = {
    **dict.fromkeys(("params", "metadata", "options"), _TABLE),
    **dict.fromkeys(("extra_headers", "extra_body", "extra_query"), _TABLE),
    **dict.fromkeys(("provider", "base_url", "api_version", "wire"), _TEXT),
    **dict.fromkeys(("answer_by", "deadline"), _TIME),
    "adapter": ("an adapter, such as request.adapter", (object,)),
    "api_key": ("Secret, str or None", (str, type(None))),
    "claimed": ("frozenset", (frozenset,)),
    "identity": ("CallId", (CallId,)),
    "instead_of": ("Request or None", (Request, type(None))),
    "io": ("a port, such as request.io", (object,)),
    "max_response_bytes": ("int", (int,)),
    "model": ("str", (str,)),
    "native": ("NativeCall or None", (NativeCall, type(None))),
    "stream": ("bool", (bool,)),
    "timeouts": ("Timeouts", (Timeouts,)),
    "trail": ("Trail", (Trail,)),
}
# A method of ports and adapters. Since Python 3.12, isinstance() with their protocols does not see
# methods that an object passes on with __getattr__.
_METHODS = {"adapter": "__call__", "io": "send"}
# The arguments of completion() whose values are those of fields.
_ARGUMENTS = {name: name for name in OWN_ARGUMENTS & _FIELDS.keys()} | {
    "provider": "custom_llm_provider"
}
_OF_THE_CALL = OWN_ARGUMENTS | {"messages", "model", "stream"}


def replace(request: Request, **changes: Any) -> Request:
    """Return a copy of the request with changed fields, which are checked as in completion().

    `messages` may contain messages of responses, `api_key` may be text, and parameters that are
    None are left out. `stream=False` also removes the parameter `stream_options`.

    If the changed request goes to another provider, it does not have the call's `api_key`,
    `base_url`, `api_version`, `extra_headers`, `extra_body` and `extra_query`, which may contain
    secrets. To keep one of them, name it in the same change:
    `replace(request, model="other/model", extra_headers=request.extra_headers)`.

    Raises:
        InvalidArgumentError: a request has no such field, a value has a wrong type, or `request`
            is not a request.
        BadRequestError: a message, a parameter or another value is wrong; the error names its
            location.
        AuthenticationError: `api_key` is empty.
    """
    conceal(changes)
    if not isinstance(request, Request):  # pyright: ignore[reportUnnecessaryIsInstance]  # users may not use a type checker
        raise InvalidArgumentError(f"replace: expected a request, got {type(request).__name__}")
    for name, value in changes.items():
        wanted, kinds = _FIELDS.get(name, ("", (object,)))
        has_method = name not in _METHODS or hasattr(value, _METHODS[name])
        if not (isinstance(unwrap(value), kinds) and has_method):
            raise InvalidArgumentError(
                f"replace: {name}: expected {wanted}, got {type(unwrap(value)).__name__}",
                param=name,
            )
    if not changes.get("model", request.model).strip():
        raise InvalidArgumentError('replace: model: expected "provider/model"', param="model")
    if "messages" in changes:
        changes["messages"] = check_messages(changes["messages"])
    if "params" in changes:
        changes["params"] = _checked_params(changes["params"], request)
    if changes.get("stream") is False:
        # Providers refuse it in plain requests.
        params = changes.get("params", request.params)
        changes["params"] = {name: params[name] for name in params if name != "stream_options"}
    if "timeouts" in changes:
        changes["timeouts"] = read_timeout(changes["timeouts"], "timeouts")
    given = {_ARGUMENTS[name]: changes[name] for name in _ARGUMENTS.keys() & changes.keys()}
    changes |= request_fields({name: value for name, value in given.items() if value is not None})
    changed = derive(request, **changes)
    if changes.keys().isdisjoint(("model", "provider")):
        return changed
    if provider_of(changed) == provider_of(request):
        return changed
    return derive(without_access(request), **changes)


def _checked_params(given: Mapping[str, Any], request: Request) -> Mapping[str, Any]:
    """Return parameters; those that the request does not have yet are checked.

    Raises:
        InvalidArgumentError: a name is not a str, or that of an argument of the call itself.
        BadRequestError: no provider accepts a value, or a name is a slip of a known one.
    """
    for given_name in given:
        if not isinstance(given_name, str):  # pyright: ignore[reportUnnecessaryIsInstance]  # as above
            raise InvalidArgumentError(
                f"replace: params: expected names that are str, got {given_name!r}", param="params"
            )
        name = OTHER_NAMES.get(given_name, given_name)
        options = request.claimed | ADAPTER_ARGUMENTS
        if given_name not in request.params and (name in _OF_THE_CALL or name in options):
            where = "`options`" if name in options else "a field of the request"
            raise InvalidArgumentError(
                f"replace: params: {given_name} is an argument of completion() and not a parameter "
                f"for the provider; change it in {where}",
                param=given_name,
            )
    kept = {
        name: value
        for name, value in given.items()
        if value is not None and (value is request.params.get(name) or name in _OF_THE_CALL)
    }
    changed = {name: value for name, value in given.items() if name not in kept}
    return {**kept, **split_arguments(changed, frozenset(), frozenset())[2]}
