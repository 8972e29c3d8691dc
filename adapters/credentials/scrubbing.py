"""Remove credentials from errors, including those that a provider quotes."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from html import escape
from inspect import (
    CO_ASYNC_GENERATOR,
    CO_COROUTINE,
    CO_GENERATOR,
    CO_ITERABLE_COROUTINE,
    currentframe,
)
from itertools import zip_longest
from traceback import format_exception_only, walk_stack, walk_tb
from types import TracebackType
from typing import Any, cast
from urllib.parse import parse_qsl, quote, quote_plus, urlsplit

from ...pipeline.call.request import Endpoint, Request
from ...pipeline.errors import APIError
from ...pipeline.json_values import as_array, as_object
from ...pipeline.port import HTTPRequest, HTTPResponse
from ...pipeline.secret import HIDDEN, Secret, names_credential

_PACKAGE = __name__.partition(".")[0] + "."
_RESUMED = CO_COROUTINE | CO_GENERATOR | CO_ITERABLE_COROUTINE | CO_ASYNC_GENERATOR
# Shorter values are not credentials, and would hide ordinary words.
_SHORTEST = 8
# A search of more would take longer than the limits of a call allow.
_MOST_SEARCHED = 256 * 1024
_HTTPX = frozenset({"httpx", "httpx2"})
# Parameters of a query that are never credentials; providers name their values in errors.
_HARMLESS = frozenset({"alt", "api-version", "api_version", "beta", "version"})
# What an error shows; the provider chooses it.
_SHOWN = ("message", "code", "param", "request_id", "headers", "body")


def scrub(
    error: APIError,
    requests: Iterable[Request],
    endpoint: Endpoint | None,
    outgoing: HTTPRequest | None,
) -> None:
    """Replace every credential of a call in an error and in the exceptions that caused it.

    Args:
        error: the error; it is changed.
        requests: the call as it came to the adapter, and as its wire changed it.
        endpoint: where it went, if that is known.
        outgoing: what was sent, if anything was.
    """
    hide(error, _credentials(requests, endpoint, outgoing))


def is_credential(name: str) -> bool:
    """Return whether a header's value is a credential, judging by its name."""
    lower = name.lower()
    return any(word in lower for word in ("auth", "key", "token", "secret", "cookie"))


def hide(error: APIError, credentials: Iterable[str]) -> None:
    """Replace these credentials in an error and its causes, in whatever form they are quoted."""
    secrets = sorted(
        {form for value in credentials for form in _forms(value) if len(form) >= _SHORTEST},
        key=len,
        reverse=True,
    )
    if not secrets:
        return
    quoted = _frames_have(error, secrets)
    for each in linked_errors(error):
        if isinstance(each, APIError):
            quoted |= _hide_in_error(each, secrets)
        else:
            quoted |= _hide_in_cause(each, secrets)
            if _shows(each, secrets):
                # Nothing can change the texts that errors of pydantic and of the system have.
                error.__cause__ = error.__context__ = None
    if quoted:
        forget_variables(filter(_is_from_here, linked_errors(error)))


def linked_errors(
    error: BaseException, outer: BaseException | None = None
) -> Iterator[BaseException]:
    """Yield an error, all that caused it, and the members of exception groups.

    Args:
        error: the error.
        outer: an exception that the caller handles; it and what caused it are left out.
    """
    seen = {id(outer)}
    waiting: list[BaseException | None] = [error]
    while waiting:
        each = waiting.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        waiting += [each.__cause__, each.__context__]
        if isinstance(each, BaseExceptionGroup):
            waiting += cast("BaseExceptionGroup[BaseException]", each).exceptions


def forget_variables(errors: Iterable[BaseException]) -> None:
    """Clear the variables of the frames that raised these errors; their lines stay.

    Frames of coroutines and generators are left out of the tracebacks: another call that caught the
    same error may go on in them. Notes have the lines of those outside of this package.
    """
    running = {id(frame) for frame, _ in walk_stack(currentframe())}
    for each in errors:
        kept: list[TracebackType] = []
        trace = each.__traceback__
        while trace is not None:
            frame = trace.tb_frame
            if id(frame) in running:
                # The caller's frames are not the error's.
                kept.append(trace)
            elif frame.f_code.co_flags & _RESUMED:
                _note_line(each, trace)
            else:
                # One that runs in another thread cannot be cleared.
                with suppress(RuntimeError):
                    frame.clear()
                    kept.append(trace)
            trace = trace.tb_next
        for one, following in zip_longest(kept, kept[1:]):
            one.tb_next = following
        each.__traceback__ = kept[0] if kept else None


def _note_line(error: BaseException, trace: TracebackType) -> None:
    """Add the line of a frame outside of this package to an error's notes."""
    if _is_own(trace):
        return
    code = trace.tb_frame.f_code
    note = f'File "{code.co_filename}", line {trace.tb_lineno}, in {code.co_qualname}'
    # An error may be raised any number of times.
    if note not in getattr(error, "__notes__", ()):
        error.add_note(note)


def _frames_have(error: BaseException, secrets: list[str]) -> bool:
    """Return whether a variable of the frames below may contain a credential."""
    encoded = [secret.encode("utf-8", "replace") for secret in secrets]
    for each in linked_errors(error):
        for frame, _ in walk_tb(each.__traceback__):
            for value in frame.f_locals.values():
                body: object = value.body if isinstance(value, HTTPResponse) else value
                if isinstance(body, bytes):
                    if len(body) > _MOST_SEARCHED or any(secret in body for secret in encoded):
                        return True
                elif type(body).__module__ in _HTTPX:
                    shown = _shown(body)
                    if any(secret in shown for secret in secrets):
                        return True
    return False


def _shown(value: object) -> str:
    """Return what a request or a URL of httpx shows, "" if it could not be created."""
    with suppress(Exception):
        return repr(value)
    return ""


def _is_from_here(error: BaseException) -> bool:
    """Return whether this package caught the error; the first frame of a caller's is its own.

    An error that httpx caught and replaced is one of this package's calls too.
    """
    trace = error.__traceback__
    return trace is not None and (_is_own(trace) or _module_of(trace).startswith("httpx"))


def _is_own(trace: TracebackType) -> bool:
    return _module_of(trace).startswith(_PACKAGE)


def _module_of(trace: TracebackType) -> str:
    return str(trace.tb_frame.f_globals.get("__name__"))


def _hide_in_cause(error: BaseException, secrets: list[str]) -> bool:
    """Hide credentials in an exception; return whether there were any."""
    texts = {
        name: value
        for name, value in vars(error).items()
        if isinstance(value, str) or name == "__notes__"
    }
    hidden_args, hidden_texts = tuple(_hide([*error.args], secrets)), _hide(texts, secrets)
    found = hidden_args != error.args or hidden_texts != texts
    error.args = hidden_args
    vars(error).update(hidden_texts)
    return found


def _shows(error: BaseException, secrets: list[str]) -> bool:
    text = "".join(format_exception_only(error))
    return any(secret in text for secret in secrets)


def _hide_in_error(error: APIError, secrets: list[str]) -> bool:
    """Hide credentials in an error; return whether there were any."""
    names = [*_SHOWN, "__notes__"] if hasattr(error, "__notes__") else _SHOWN
    found = False
    for name in names:
        value = getattr(error, name)
        hidden = _hide(value, secrets)
        found |= hidden != value
        setattr(error, name, hidden)
    error.args = (error.message,)
    return found


def _forms(value: str) -> Iterator[str]:
    """Yield a credential as it is, and as URLs, JSON, HTML and base64 would contain it."""
    for text in (value, *_parts(value)):
        yield text
        try:
            encoded = b64encode(text.encode()).decode()
        except UnicodeEncodeError:
            continue
        yield encoded
        yield encoded.rstrip("=")
        yield quote(text, safe="")
        yield quote(text)
        yield quote_plus(text)
        yield json.dumps(text)[1:-1]
        yield escape(text)


def _parts(value: str) -> Iterator[str]:
    """Yield the credential of a header without its scheme, and its user and password."""
    scheme, space, credential = value.partition(" ")
    if not space or " " in credential:
        return
    yield credential
    if scheme.lower() == "basic":
        with suppress(ValueError):
            pair = b64decode(credential).decode()
            yield pair
            yield pair.partition(":")[2]


def _credentials(
    requests: Iterable[Request], endpoint: Endpoint | None, outgoing: HTTPRequest | None
) -> Iterator[str]:
    if endpoint is not None:
        if endpoint.key is not None:
            yield endpoint.key.reveal()
        yield from _queried(endpoint.base_url)
    for request in requests:
        if request.api_key is not None:
            yield request.api_key.reveal()
        yield from _values(request.extra_headers, is_credential)
        yield from _values(request.extra_body, names_credential)
        yield from _secrets(request.params)
        yield from _query(request.extra_query.items())
        if request.base_url is not None:
            yield from _queried(request.base_url)
    if outgoing is not None:
        yield from _values(outgoing.headers, is_credential)
        yield from _queried(outgoing.url)


def _values(fields: Mapping[str, Any], names: Callable[[str], bool]) -> Iterator[str]:
    for name, value in fields.items():
        if isinstance(value, str) and names(name):
            yield value


def _secrets(params: Mapping[str, Any]) -> Iterator[str]:
    for value in params.values():
        if isinstance(value, Secret):
            # A value of a wrong type is refused, and the error hides it as text.
            yield str(value.reveal())


def _queried(url: str) -> Iterator[str]:
    """Yield the credentials in a URL's query, and its password."""
    try:
        parts = urlsplit(url)
        password = parts.password
    except ValueError:
        return
    if password:
        yield password
    if parts.query:
        yield from _query(parse_qsl(parts.query, keep_blank_values=True))


def _query(pairs: Iterable[tuple[str, object]]) -> Iterator[str]:
    for name, value in pairs:
        if name.lower() in _HARMLESS:
            continue
        for item in as_array(value) or (value,):
            yield str(item)
            # A short value may be an ordinary word, but not together with its name.
            yield f"{name}={item}"


def _hide(value: Any, secrets: list[str]) -> Any:
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, HIDDEN)
        return value
    if (fields := as_object(value)) is not None:
        return {_hide(key, secrets): _hide(item, secrets) for key, item in fields.items()}
    if (array := as_array(value)) is not None:
        return [_hide(item, secrets) for item in array]
    return value
