"""Turn the arguments of completion() into the fields of a Request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from ..errors import AuthenticationError, BadRequestError
from ..secret import Secret
from ..timeouts import CONNECT_TIMEOUT, DEFAULT_TIMEOUT, Timeouts
from .absent_arguments import ABSENT, OTHER_NAMES, find_remedy
from .chat_params import check_shape, wrong_type
from .request import Request, replace

#: Arguments of completion() that the adapter finds in `request.options`.
ADAPTER_ARGUMENTS = frozenset({"allow_private_urls", "mock_response"})

#: Arguments of completion() that are neither the provider's nor a middleware's.
OWN_ARGUMENTS = ADAPTER_ARGUMENTS | frozenset(
    {
        "api_base",
        "api_key",
        "api_version",
        "base_url",
        "client",
        "custom_llm_provider",
        "extra_body",
        "extra_headers",
        "extra_query",
        "headers",
        "metadata",
        "middlewares",
        "stream_timeout",
        "timeout",
    }
)
# Credentials of single providers that travel among their parameters: hidden from here on.
_CREDENTIALS = frozenset(
    {
        "access_token",
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
_WHOLE_CALL = frozenset({"client", "messages", "metadata", "middlewares", "stream"})

#: The limits of a call that says nothing of them.
DEFAULT_TIMEOUTS = Timeouts(answer=DEFAULT_TIMEOUT)

_LIMITS = ("connect", "first_event", "idle", "answer", "total")

# What fields of a Request must be: for people, and as a class.
_TYPES: Mapping[str, tuple[str, type]] = {
    "api_version": ("text", str),
    "base_url": ("text", str),
    "extra_body": ("a dictionary", Mapping),
    "extra_headers": ("a dictionary", Mapping),
    "extra_query": ("a dictionary", Mapping),
    "metadata": ("a dictionary", Mapping),
    "provider": ("text", str),
}
# Those that completion() calls by another name.
_WRITTEN: Mapping[str, str] = {"provider": "custom_llm_provider"}


def split_arguments(
    arguments: Mapping[str, Any], claimed: frozenset[str], known: frozenset[str]
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Return (our own, the middlewares', the provider's) of a call's arguments.

    None means not given, and a name that starts with an underscore is ignored.

    Raises:
        BadRequestError: an option is given whose middleware is not in the chain, or an argument
            that other libraries have and this one has not, or one of OpenAI's is of a type that
            cannot be right.
    """
    own: dict[str, Any] = {}
    options: dict[str, Any] = {}
    params: dict[str, Any] = {}
    for given, value in arguments.items():
        if value is None or given.startswith("_"):
            continue
        name = OTHER_NAMES.get(given, given) if given not in claimed else given
        if name != given and arguments.get(name) is not None:
            continue
        if name in OWN_ARGUMENTS:
            own[name] = value
        elif name in claimed:
            options[name] = value
        elif name in known:
            raise BadRequestError(
                f"{name}: no middleware in this client's chain takes it; "
                "add the one that does, or leave the argument out",
                param=name,
            )
        elif name in ABSENT:
            remedy = find_remedy(name, value)
            if remedy is not None:
                raise BadRequestError(f"{name}: there is no such argument; {remedy}", param=name)
        elif name in _CREDENTIALS and isinstance(value, str):
            params[name] = Secret(value)
        else:
            check_shape(name, value)
            params[name] = value
    return own, options, params


def fill_in(arguments: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments, and of the defaults those that they give under no name at all."""
    given = {OTHER_NAMES.get(name, name) for name in arguments}
    left_out = {
        name: value for name, value in defaults.items() if OTHER_NAMES.get(name, name) not in given
    }
    return {**left_out, **arguments}


def override(request: Request, arguments: Mapping[str, Any], place: str) -> Request:
    """Return the request as if the caller had given these arguments of completion() too.

    `place` says in errors where they were written.

    Raises:
        BadRequestError: one of them cannot be right, or belongs to the call as a whole.
    """
    misplaced = _WHOLE_CALL & arguments.keys()
    if misplaced:
        name = min(misplaced)
        raise BadRequestError(f"{place}: {name} belongs to the call itself", param=name)
    own, options, params = split_arguments(arguments, request.claimed, frozenset())
    options.update({name: own[name] for name in ADAPTER_ARGUMENTS if name in own})
    return replace(
        request,
        **request_fields(own, stream=request.stream),
        options={**request.options, **options},
        params={**request.params, **params},
    )


def request_fields(own: Mapping[str, Any], *, stream: bool = False) -> dict[str, Any]:
    """Return the fields of a Request that a call's own arguments stand for.

    In a stream `stream_timeout` goes before `timeout`, elsewhere it says nothing.

    Raises:
        BadRequestError: an argument has a type that cannot be right.
        AuthenticationError: `api_key` is no text.
    """
    fields: dict[str, Any] = {}
    key = own.get("api_key")
    if key is not None:
        fields["api_key"] = _secret(key)
    for name, alias in (("base_url", "api_base"), ("extra_headers", "headers")):
        value = own.get(name, own.get(alias))
        if value is not None:
            fields[name] = value
    for name in ("api_version", "extra_body", "extra_query", "metadata"):
        if name in own:
            fields[name] = own[name]
    if "custom_llm_provider" in own:
        fields["provider"] = own["custom_llm_provider"]
    _check_types(fields)
    timeout = own.get("stream_timeout") if stream else None
    timeout = own.get("timeout") if timeout is None else timeout
    if timeout is not None:
        fields["timeouts"] = read_timeout(timeout)
    return fields


def _check_types(fields: Mapping[str, Any]) -> None:
    for name in fields.keys() & _TYPES.keys():
        wanted, kind = _TYPES[name]
        if not isinstance(fields[name], kind):
            raise wrong_type(_WRITTEN.get(name, name), wanted, fields[name])
    headers: Mapping[str, object] = fields.get("extra_headers", {})
    for name, value in headers.items():
        if not isinstance(value, str):
            raise wrong_type(f"extra_headers[{name!r}]", "text", value)


def read_timeout(value: object) -> Timeouts:
    """Return the limits that `timeout` stands for.

    A number is the limit until the answer is here, or begins in a stream, over all attempts and
    waits, and of each silence after that. An object or dictionary may have the limits of
    `Timeouts`; httpx's Timeout (`connect`, `read`) is understood too.

    Raises:
        BadRequestError: it is none of these, or a limit is not above zero.
    """
    if isinstance(value, Timeouts):
        given: dict[str, Any] = {name: getattr(value, name) for name in _LIMITS}
    elif isinstance(value, int | float) and not isinstance(value, bool):
        given = {
            "connect": min(float(value), CONNECT_TIMEOUT),
            "first_event": value,
            "idle": value,
            "answer": value,
        }
    elif isinstance(value, Mapping):
        given = dict(cast("Mapping[str, Any]", value))
    elif hasattr(value, "read") and hasattr(value, "connect"):
        read = getattr(value, "read", None)
        given = {"connect": getattr(value, "connect", None), "first_event": read, "idle": read}
    else:
        raise wrong_type("timeout", f"seconds, or {', '.join(_LIMITS)}", value)
    for name, limit in given.items():
        if name not in _LIMITS:
            raise BadRequestError(
                f"timeout.{name}: no such limit; there are {', '.join(_LIMITS)}", param="timeout"
            )
        if limit is not None and (not isinstance(limit, int | float) or limit <= 0):
            raise BadRequestError(
                f"timeout.{name}: expected seconds above 0, got {limit!r}", param="timeout"
            )
    return Timeouts(**{name: None if given[name] is None else float(given[name]) for name in given})


def _secret(key: object) -> Secret:
    if isinstance(key, Secret):
        return key
    if isinstance(key, str) and key.strip():
        return Secret(key.strip())
    # The value is not shown: whatever it is, it was meant as a key.
    got = "an empty one" if isinstance(key, str) else type(key).__name__
    raise AuthenticationError(f"api_key: expected text, got {got}")
