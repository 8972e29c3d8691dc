"""Turn the keyword arguments of completion() into the fields of a Request.

`split_arguments` sorts them by who takes them: trunkline itself, a middleware, or the provider.
`request_fields` converts trunkline's own. Arguments that only other libraries have are in
absent_arguments.py, and OpenAI's parameters in chat_params.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import Any, cast, get_args

from ..errors import AuthenticationError, BadRequestError
from ..secret import Secret, reveal
from ..timeouts import CONNECT_TIMEOUT, DEFAULT_TIMEOUT, Timeouts
from ..transport.urls import base_url_problem
from .absent_arguments import ABSENT, OTHER_NAMES, find_remedy
from .chat_params import (
    CHAT_PARAMS,
    SCALARS,
    SHAPED_PARAMS,
    check_finite,
    check_shape,
    read_other,
    read_scalar,
    wrong_type,
)
from .concealed import CREDENTIALS, reveal_fields, unwrap
from .request import Request, Wire, replace

#: Arguments of completion() that the adapter reads from `request.options`.
ADAPTER_ARGUMENTS = frozenset({"allow_private_urls", "mock_response"})

#: Arguments of completion() that go neither to the provider nor to a middleware.
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
        "http_client",
        "max_response_bytes",
        "metadata",
        "middlewares",
        "stream_timeout",
        "timeout",
        "wire",
    }
)
# Parameters that tool_params.py reads.
_TOOL_PARAMS = frozenset({"functions", "tool_choice", "tools"})
_WHOLE_CALL = frozenset({"client", "http_client", "messages", "metadata", "middlewares", "stream"})

#: The limits of a call without `timeout`.
DEFAULT_TIMEOUTS = Timeouts(answer=DEFAULT_TIMEOUT)

_LIMITS = ("connect", "first_event", "idle", "answer", "total")
# Seconds, about 30 years.
_LONGEST = 1e9

_SURROGATE = re.compile("[\ud800-\udfff]")

# Headers that frame or route the request: another value would split it, or change its host.
_FRAMING = frozenset({"connection", "content-length", "host", "transfer-encoding"})


def split_arguments(
    arguments: Mapping[str, Any], claimed: frozenset[str], known: frozenset[str]
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Return a call's arguments in three groups: trunkline's own, options, and parameters.

    Options are read by the middlewares and the adapter; parameters go to the provider. Arguments
    that are None, and names that start with an underscore, are ignored.

    Raises:
        BadRequestError: no middleware in the chain takes an option, only another library has the
            argument, an unknown name is a slip of a known one, or an OpenAI parameter has a type
            that no provider accepts.
    """
    groups: tuple[dict[str, Any], dict[str, Any], dict[str, Any]] = ({}, {}, {})
    takers = _takers(claimed, known)
    for given, value in arguments.items():
        if value is None:
            continue
        name, group = given, takers.get(given)
        if group is None:
            name = OTHER_NAMES.get(given, given)
            if name != given and arguments.get(name) is not None:
                continue
            group = takers.get(name)
        if group is None:
            if not name.startswith("_"):
                _add_param(name, value, groups[_PARAM], claimed, known)
        elif group == _SCALAR:
            groups[_PARAM][name] = read_scalar(name, value)
        else:
            groups[group][name] = value
    return groups


# The groups of `split_arguments`; a scalar is a parameter whose value is checked first.
_OWN, _OPTION, _PARAM, _SCALAR = range(4)


@lru_cache(maxsize=256)
def _takers(claimed: frozenset[str], known: frozenset[str]) -> Mapping[str, int]:
    """Return the group of each argument whose name is enough to sort it."""
    options = [name for name in claimed | ADAPTER_ARGUMENTS if not name.startswith("_")]
    return {
        **dict.fromkeys(CHAT_PARAMS - SHAPED_PARAMS - _TOOL_PARAMS - known, _PARAM),
        **dict.fromkeys(SCALARS - known, _SCALAR),
        **dict.fromkeys(OWN_ARGUMENTS, _OWN),
        **dict.fromkeys(options, _OPTION),
    }


def _add_param(
    name: str,
    value: Any,
    params: dict[str, Any],
    claimed: frozenset[str],
    known: frozenset[str],
) -> None:
    """Check an argument that no layer takes, and add it to those for the provider."""
    if name in known:
        raise BadRequestError(
            f"{name}: no middleware in this client's chain takes this argument; "
            "add a middleware that does, or omit the argument",
            param=name,
        )
    if name in ABSENT:
        remedy = find_remedy(name, value)
        if remedy is not None:
            raise BadRequestError(f"{name}: unknown argument; {remedy}", param=name)
    elif name in CREDENTIALS and isinstance(value, str):
        params[name] = Secret(value)
    elif name in _TOOL_PARAMS:
        params[name] = _read_tools(name, value)
    else:
        if name not in CHAT_PARAMS:
            from .slips import refuse_slip  # noqa: PLC0415  # most calls have no others

            refuse_slip(name, claimed | known | OWN_ARGUMENTS)
        check_shape(name, value)
        params[name] = read_other(name, value)


def _read_tools(name: str, value: object) -> object:
    from .tool_params import READERS  # noqa: PLC0415  # calls without tools do not need it

    return READERS[name](value)


def fill_in(arguments: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments with defaults added for those that are not given under any name."""
    given = {OTHER_NAMES.get(name, name) for name in arguments}
    left_out = {
        name: value for name, value in defaults.items() if OTHER_NAMES.get(name, name) not in given
    }
    return {**left_out, **arguments}


def override(request: Request, arguments: Mapping[str, Any], place: str) -> Request:
    """Return the request as if the caller had also given these arguments of completion().

    `place` names their location in error messages.

    Raises:
        BadRequestError: an argument is invalid, or can only be given for the whole call.
    """
    try:
        refuse_whole_call(arguments)
        own, options, params = split_arguments(arguments, request.claimed, frozenset())
        return replace(
            request,
            **request_fields(own, stream=request.stream),
            options={**request.options, **options},
            params={**request.params, **params},
        )
    except BadRequestError as error:
        raise BadRequestError(f"{place}: {error.message}", param=error.param) from None


def refuse_whole_call(arguments: Mapping[str, Any]) -> None:
    """Refuse arguments that only a call itself may have, and no fallback or deployment.

    Raises:
        BadRequestError: there is one.
    """
    misplaced = _WHOLE_CALL & arguments.keys()
    if misplaced:
        name = min(misplaced)
        raise BadRequestError(f"{name} can only be given to completion() itself", param=name)


def request_fields(own: Mapping[str, Any], *, stream: bool = False) -> dict[str, Any]:
    """Return the fields of a Request that trunkline's own arguments set.

    For a stream `stream_timeout` takes precedence over `timeout`; otherwise it is ignored.

    Raises:
        BadRequestError: an argument has a wrong type.
        AuthenticationError: `api_key` is not a str.
    """
    fields: dict[str, Any] = {}
    for name, value in own.items():
        reader = _READERS.get(name)
        if reader is not None:
            field, read = reader
            # Of two names, that of the field takes precedence.
            if field == name or field not in own:
                fields[field] = read(value)
    name = "stream_timeout" if stream and own.get("stream_timeout") is not None else "timeout"
    timeout = own.get(name)
    if timeout is not None:
        fields["timeouts"] = read_timeout(timeout, name)
    return reveal_fields(fields)


def check_fields(own: Mapping[str, Any]) -> None:
    """Check trunkline's own arguments, of a plain call and of a stream.

    Raises:
        APIError: as `request_fields`.
    """
    for stream in (False, True):
        request_fields(own, stream=stream)


def read_wire(value: object) -> Wire:
    """Return the API that the argument `wire` names.

    Raises:
        BadRequestError: there is no such API.
    """
    for known in get_args(Wire):
        if value == known:
            return cast("Wire", known)
    raise BadRequestError(f'wire: expected "chat" or "responses", got {value!r}', param="wire")


def read_size(name: str, value: object) -> int:
    """Return a number of bytes.

    Raises:
        BadRequestError: the value is not a positive int.
    """
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise wrong_type(name, "a number of bytes above 0", value)
    return value


def _reader(argument: str, wanted: str, kind: type) -> Callable[[Any], Any]:
    """Return a function that returns a value of a class, and refuses all others."""

    def read(value: Any) -> Any:
        if not isinstance(value, kind) and not isinstance(unwrap(value), kind):
            raise wrong_type(argument, wanted, unwrap(value))
        return value

    return read


_read_url = _reader("base_url", "str", str)
_read_headers = _reader("extra_headers", "dict", Mapping)
_read_query = _reader("extra_query", "dict", Mapping)
_read_body = _reader("extra_body", "dict", Mapping)


def _checked_body(given: Any) -> Any:
    check_finite("extra_body", unwrap(_read_body(given)))
    return given


def _checked_url(given: Any) -> Any:
    url = given if given.__class__ is str else _read_url(given)
    problem = base_url_problem(url if isinstance(url, str) else reveal(url))
    if problem is not None:
        raise problem
    return url


def _checked_headers(given: Any) -> Any:
    headers: Mapping[object, object] = _read_headers(given)
    for header, value in headers.items():
        if not isinstance(header, str):
            raise wrong_type("extra_headers", "names that are str", header)
        if not isinstance(unwrap(value), str):
            raise wrong_type(f"extra_headers[{header!r}]", "str", unwrap(value))
        if header.strip().lower() in _FRAMING:
            raise BadRequestError(
                f"extra_headers[{header!r}]: the connection sets this header; leave it out",
                param="extra_headers",
            )
    return headers


def _checked_query(given: Any) -> Any:
    query: Mapping[object, object] = _read_query(given)
    for key, value in query.items():
        # Read here, where no local variable shows it.
        if _has_surrogate(str(key)) or any(map(_has_surrogate, _texts(unwrap(value)))):
            raise BadRequestError(
                "extra_query: half of a character (a lone surrogate) cannot be sent",
                param="extra_query",
            )
    return query


def read_timeout(value: object, name: str = "timeout") -> Timeouts:
    """Return the limits that an argument such as `timeout` describes.

    A number limits the time until the response is here, or begins in a stream, over all attempts
    and waits, and then each pause between two reads. A dictionary has the fields of `Timeouts`;
    a Timeouts object and httpx's Timeout (`connect`, `read`) are accepted too.

    Raises:
        BadRequestError: the value is none of these, or a limit is not positive.
    """
    if isinstance(value, Timeouts):
        given: dict[str, Any] = {name: getattr(value, name) for name in _LIMITS}
    elif isinstance(value, int | float) and not isinstance(value, bool):
        if not value > 0:
            raise _not_positive(name, name, value)
        given = {
            "connect": min(value, CONNECT_TIMEOUT),
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
        raise wrong_type(name, f"seconds or a dict with {', '.join(_LIMITS)}", value)
    for part, limit in given.items():
        if part not in _LIMITS:
            raise BadRequestError(
                f"{name}.{part}: unknown limit; expected one of {', '.join(_LIMITS)}", param=name
            )
        if limit is not None and (
            not isinstance(limit, int | float) or isinstance(limit, bool) or not limit > 0
        ):
            raise _not_positive(name, f"{name}.{part}", limit)
    return Timeouts(**{part: _seconds(limit) for part, limit in given.items()})


def _not_positive(name: str, place: str, limit: object) -> BadRequestError:
    return BadRequestError(f"{place}: expected more than 0 seconds, got {limit!r}", param=name)


def _seconds(limit: float | None) -> float | None:
    """Return a limit, None if it is infinite or longer than systems can wait."""
    return None if limit is None or limit > _LONGEST else float(limit)


def _secret(key: object) -> Secret:
    hidden = key if isinstance(key, Secret) else Secret(cast("str", key))
    # A traceback may show local variables, and it may be a key of the wrong type.
    key = None
    problem = _key_problem(hidden.reveal())
    if problem is None:
        return hidden
    if problem:
        raise AuthenticationError(f"api_key: {problem}")
    return Secret(hidden.reveal().strip())


def _key_problem(key: object) -> str | None:
    """Return what is wrong with a key, "" if it only has spaces around it, None if nothing is."""
    if not isinstance(key, str):
        return f"expected str, got {type(key).__name__}"
    stripped = key.strip()
    if not stripped:
        return "expected str, got an empty str"
    if not key.isascii() and _has_surrogate(key):
        return "contains half of a character (a lone surrogate)"
    return None if key == stripped else ""


def _texts(value: object) -> list[str]:
    """Return the values of a name in a query as text."""
    if isinstance(value, list | tuple):
        return [str(item) for item in cast("list[object]", value)]
    return [str(value)]


def _has_surrogate(text: str) -> bool:
    return not text.isascii() and _SURROGATE.search(text) is not None


# Of trunkline's own arguments: the field of a Request, and the function that checks its value.
_READERS: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "api_base": ("base_url", _checked_url),
    "api_key": ("api_key", _secret),
    "api_version": ("api_version", _reader("api_version", "str", str)),
    "base_url": ("base_url", _checked_url),
    "custom_llm_provider": ("provider", _reader("custom_llm_provider", "str", str)),
    "extra_body": ("extra_body", _checked_body),
    "extra_headers": ("extra_headers", _checked_headers),
    "extra_query": ("extra_query", _checked_query),
    "headers": ("extra_headers", _checked_headers),
    "max_response_bytes": ("max_response_bytes", partial(read_size, "max_response_bytes")),
    "metadata": ("metadata", _reader("metadata", "dict", Mapping)),
    "wire": ("wire", read_wire),
}
