"""Errors of a call as an SDK expects them: a response, or one of its exceptions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from ... import APIError, APIResponseValidationError
from ...inbound.front import dialect_of
from ...inbound.refusals import is_own_limit, refuse
from .http_packages import response
from .response_headers import encode_headers

if TYPE_CHECKING:
    import httpx2 as http

    from ...inbound import Received, Sent
    from ...inbound.policy import Policy
    from ...inbound.writers import Dialect
    from .sdk import SDK


def refuse_sdk(
    error: Exception, request: http.Request, received: Received, sdk: SDK, policy: Policy
) -> Sent:
    """Return an error as a response, which the SDK does not retry.

    Without a response from the provider, raise the SDK's own error instead, unless the SDK would
    then retry: an invented response is an error of another class.
    """
    dialect = dialect_of(received)
    if not sdk.retries_errors or isinstance(error, APIResponseValidationError):
        _raise_without_response(error, request, dialect, sdk.errors)
    sent = refuse(error, dialect, policy)
    return replace(sent, headers={**sent.headers, "x-should-retry": "false"})


def _raise_without_response(
    error: Exception, request: http.Request, dialect: Dialect, errors: Any
) -> None:
    """Raise an exception of the SDK if a provider sent no response, or one that cannot be read."""
    if not isinstance(error, APIError):
        what = f"{type(error).__name__} in trunkline's chain: {error}"
        raise errors.APIConnectionError(message=what, request=request) from error
    if isinstance(error, APIResponseValidationError):
        named = {} if error.request_id is None else {dialect.id_header: error.request_id}
        headers = encode_headers({**error.headers, **named})
        unread = response(request, 200, headers=headers, request=request)
        raise errors.APIResponseValidationError(unread, error.body, message=str(error)) from error
    if is_own_limit(error):
        raise errors.APITimeoutError(request=request) from error
    if error.status_code is None:
        raise errors.APIConnectionError(message=str(error), request=request) from error
