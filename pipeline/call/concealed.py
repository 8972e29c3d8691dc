"""Hide the credentials in a call's arguments, before anything can fail.

Error trackers record the local variables of each frame of a traceback. So the first line of each
function that takes a call's arguments replaces the credentials in them with `Secret`s;
`request_fields` returns them as they were, in a Request, which does not show them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

import msgspec

from ..secret import Secret, names_credential

#: Arguments that are credentials, some of them of one provider only.
CREDENTIALS = frozenset(
    {
        "access_token",
        "api_key",
        "aws_access_key_id",
        "aws_secret_access_key",
        "aws_session_token",
        "azure_ad_token",
        "azure_password",
        "client_secret",
        "token",
        "vertex_ai_credentials",
        "vertex_credentials",
        "zen_api_key",
    }
)


def conceal(arguments: dict[str, Any]) -> None:
    """Replace the credentials in the arguments of a call with Secrets, in place."""
    for name in arguments:  # noqa: PLC0206  # no variable has a value, which a frame would show
        hide = _CONCEALED.get(name)
        if hide is not None:
            arguments[name] = hide(arguments[name])


def conceal_calls(value: Any) -> Any:
    """Return a copy of fallbacks, which contain arguments of further calls, without credentials."""
    if isinstance(value, Mapping):
        fields = dict(cast("Mapping[str, Any]", value))
        conceal(fields)
        return {
            name: conceal_calls(item) if isinstance(item, Mapping | list | tuple) else item
            for name, item in fields.items()
        }
    if isinstance(value, list | tuple):
        return [conceal_calls(item) for item in cast("list[Any]", value)]
    return value


def reveal_fields(fields: dict[str, Any]) -> dict[str, Any]:
    """Return fields of a Request whose values `conceal` has hidden, except for the key."""
    for name, value in fields.items():
        if name not in _REVEALED or value.__class__ is str:
            continue
        if isinstance(value, Secret):
            fields[name] = value.reveal()
        elif isinstance(value, Mapping):
            items = cast("Mapping[str, Any]", value).items()
            fields[name] = {
                key: item.reveal() if isinstance(item, Secret) else item for key, item in items
            }
    return fields


def unwrap(value: object) -> object:
    """Return what a Secret hides, and any other value as it is."""
    return value.reveal() if isinstance(value, Secret) else value


def _conceal_file(value: Any) -> Any:
    """Hide the content of a file with credentials as text."""
    if isinstance(value, Mapping):
        try:
            return Secret(msgspec.json.encode(value).decode())
        except (TypeError, ValueError):
            return cast("object", value)
    return _conceal_value(value) if isinstance(value, str) else value


def _conceal_value(value: Any) -> Any:
    # One of a wrong type is refused later, and may be a credential all the same.
    return value if value is None or isinstance(value, Secret) else Secret(value)


def _conceal_values(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return _conceal_value(value)
    fields: Mapping[Any, Any] = value  # pyright: ignore[reportUnknownVariableType]
    return {name: _conceal_value(item) for name, item in fields.items()}


def _conceal_fields(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return _conceal_value(value)
    fields: Mapping[Any, Any] = value  # pyright: ignore[reportUnknownVariableType]
    return {
        name: Secret(item) if isinstance(item, str) and names_credential(str(name)) else item
        for name, item in fields.items()
    }


def _conceal_url(value: Any) -> Any:
    is_plain = not isinstance(value, str) or not ("?" in value or "@" in value or "#" in value)
    return value if is_plain else Secret(value)


_CONCEALED: Mapping[str, Callable[[Any], Any]] = {
    **dict.fromkeys(CREDENTIALS, _conceal_value),
    **dict.fromkeys(("vertex_ai_credentials", "vertex_credentials"), _conceal_file),
    **dict.fromkeys(("extra_headers", "extra_query", "headers"), _conceal_values),
    **dict.fromkeys(("api_base", "base_url"), _conceal_url),
    **dict.fromkeys(
        ("content_policy_fallbacks", "context_window_fallback_dict", "fallbacks"), conceal_calls
    ),
    "extra_body": _conceal_fields,
}
_REVEALED = frozenset({"base_url", "extra_body", "extra_headers", "extra_query"})
