"""Errors of a call as an SDK expects them: a response, or one of its exceptions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from ... import APIError, APIResponseValidationError, Timeout
from ...inbound.front import dialect_of
from .http_packages import response
from .response_headers import encode_headers

if TYPE_CHECKING:
    import httpx2 as http

    from ...inbound import Received


def error_response(
    error: Exception, request: http.Request, received: Received, sdk: Any
) -> http.Response:
    """Return an error as a response; `sdk` is the module that has the SDK's exceptions.

    Without a response from the provider, raise the SDK's own error instead: after any other
    exception the SDK would retry, and an invented response would be an error of another class.
    """
    if not isinstance(error, APIError):
        what = f"{type(error).__name__} in trunkline's chain: {error}"
        raise sdk.APIConnectionError(message=what, request=request) from error
    dialect = dialect_of(received)
    headers = dict(error.headers)
    if error.request_id is not None:
        headers[dialect.id_header] = error.request_id
    if isinstance(error, APIResponseValidationError):
        unread = response(request, 200, headers=encode_headers(headers), request=request)
        raise sdk.APIResponseValidationError(unread, error.body, message=str(error)) from error
    if isinstance(error, Timeout) and not headers and error.body is None:
        # One of trunkline's limits passed; a provider's own 408 or 504 has headers.
        raise sdk.APITimeoutError(request=request) from error
    if error.status_code is None:
        raise sdk.APIConnectionError(message=str(error), request=request) from error
    if error.retry_after is not None:
        headers.setdefault("retry-after", f"{error.retry_after:g}")
    headers["x-should-retry"] = "false"
    # An error in the body of a successful response has a status below 400.
    status = error.status_code if error.status_code >= 400 else 500
    body = msgspec.json.encode(dialect.error_body(error))
    sent = encode_headers(headers, "application/json")
    return response(request, status, headers=sent, content=body)
