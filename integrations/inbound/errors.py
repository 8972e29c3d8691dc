"""Errors of a call as an SDK expects them: a response, or one of its exceptions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from ... import APIError, APIResponseValidationError, Timeout
from ...inbound.front import dialect_of
from ...inbound.refusals import known_error, status_of
from .http_packages import response
from .response_headers import encode_headers

if TYPE_CHECKING:
    import httpx2 as http

    from ...inbound import Received
    from ...inbound.writers import Dialect
    from .sdk import SDK


def error_response(
    error: Exception, request: http.Request, received: Received, sdk: SDK
) -> http.Response:
    """Return an error as a response.

    Without a response from the provider, raise the SDK's own error instead, unless the SDK would
    then retry: an invented response is an error of another class.
    """
    dialect = dialect_of(received)
    if not sdk.retries_errors or isinstance(error, APIResponseValidationError):
        _raise_without_response(error, request, dialect, sdk.errors)
    known = known_error(error)
    headers = _headers(known, dialect)
    if known.retry_after is not None:
        headers.setdefault("retry-after", f"{known.retry_after:g}")
    headers["x-should-retry"] = "false"
    if _is_own_limit(known):
        # As Anthropic's API answers then.
        known.status_code = 504
    status = known.status_code = status_of(known)
    body = msgspec.json.encode(dialect.error_body(known))
    sent = encode_headers(headers, "application/json")
    return response(request, status, headers=sent, content=body)


def _raise_without_response(
    error: Exception, request: http.Request, dialect: Dialect, errors: Any
) -> None:
    """Raise an exception of the SDK if a provider sent no response, or one that cannot be read."""
    if not isinstance(error, APIError):
        what = f"{type(error).__name__} in trunkline's chain: {error}"
        raise errors.APIConnectionError(message=what, request=request) from error
    if isinstance(error, APIResponseValidationError):
        headers = encode_headers(_headers(error, dialect))
        unread = response(request, 200, headers=headers, request=request)
        raise errors.APIResponseValidationError(unread, error.body, message=str(error)) from error
    if _is_own_limit(error):
        raise errors.APITimeoutError(request=request) from error
    if error.status_code is None:
        raise errors.APIConnectionError(message=str(error), request=request) from error


def _is_own_limit(error: APIError) -> bool:
    """Return whether one of trunkline's limits passed; a provider's 408 or 504 has headers."""
    return isinstance(error, Timeout) and not error.headers and error.body is None


def _headers(error: APIError, dialect: Dialect) -> dict[str, str]:
    named = {} if error.request_id is None else {dialect.id_header: error.request_id}
    return {**error.headers, **named}
