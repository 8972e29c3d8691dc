"""Remove credentials from errors, including those that a provider quotes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ...pipeline.call.request import Endpoint, Request
from ...pipeline.errors import APIError
from ...pipeline.json_values import as_array, as_object
from ...pipeline.secret import HIDDEN

# Shorter values are not credentials, and would hide ordinary words.
_SHORTEST = 8


def scrub(error: APIError, request: Request, endpoint: Endpoint | None) -> None:
    """Replace every credential of the call in an error's message, headers and body."""
    hide(error, _credentials(request, endpoint))


def hide(error: APIError, credentials: Iterable[str]) -> None:
    """Replace these credentials in an error's message, headers and body."""
    secrets = [value for value in credentials if len(value) >= _SHORTEST]
    for value in secrets:
        error.message = error.message.replace(value, HIDDEN)
    error.args = (error.message,)
    if secrets:
        error.headers = {name: _hide(value, secrets) for name, value in error.headers.items()}
    if secrets and error.body is not None:
        error.body = _hide(error.body, secrets)


def _credentials(request: Request, endpoint: Endpoint | None) -> Iterator[str]:
    if endpoint is not None and endpoint.key is not None:
        yield endpoint.key.reveal()
    if request.api_key is not None:
        yield request.api_key.reveal()
    for name, value in request.extra_headers.items():
        if is_credential(name):
            yield value
            yield value.rpartition(" ")[2]


def is_credential(name: str) -> bool:
    """Return whether a header's value is a credential, judging by its name."""
    lower = name.lower()
    return any(word in lower for word in ("auth", "key", "token", "secret", "cookie"))


def _hide(value: Any, secrets: list[str]) -> Any:
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, HIDDEN)
        return value
    if (fields := as_object(value)) is not None:
        return {key: _hide(item, secrets) for key, item in fields.items()}
    if (array := as_array(value)) is not None:
        return [_hide(item, secrets) for item in array]
    return value
