"""Errors as a server sends them: the API's own format, with a status."""

from __future__ import annotations

import logging
from copy import copy
from math import ceil, isfinite

import msgspec
from msgspec.structs import replace

from ..pipeline.errors import (
    APIConnectionError,
    APIError,
    APIResponseValidationError,
    InternalServerError,
    LimitExceededError,
    ServiceUnavailableError,
    Timeout,
)
from .exchange import Received, Sent
from .front import dialect_of, methods_of
from .policy import Policy
from .writers import Dialect

_log = logging.getLogger("trunkline")
_encode = msgspec.json.Encoder().encode


def known_error(error: Exception) -> APIError:
    """Return an error as one that clients may see; what is unexpected is logged, and not shown."""
    if isinstance(error, APIError):
        return error
    _log.error("a request failed: %s", type(error).__name__, exc_info=error)
    return InternalServerError(f"{type(error).__name__} in the server; its log has the details")


def is_own_limit(error: APIError) -> bool:
    """Return whether one of trunkline's limits passed; a provider's 408 or 504 has headers."""
    return isinstance(error, Timeout) and not error.headers and error.body is None


def status_of(error: APIError) -> int:
    """Return the status for an error; without a response of a provider it is the gateway's."""
    status = error.status_code
    if is_own_limit(error):
        return 504
    if status is not None and status >= 400:
        return status
    lost = isinstance(error, APIConnectionError | APIResponseValidationError)
    return 502 if lost or status is not None else 500


def refuse(error: Exception, dialect: Dialect, policy: Policy) -> Sent:
    """Return the response to a request that failed."""
    known = known_error(error)
    status = status_of(known)
    if known.status_code != status:
        # The format of an error may depend on it.
        known.status_code = status
    told = policy.explain(known)
    if told != known.message:
        # Callbacks keep the error as it was raised.
        known = copy(known)
        known.message = told
    headers = dict(policy.headers(dialect, known.headers))
    if known.request_id is not None:
        headers[dialect.id_header] = known.request_id
    wait = known.retry_after
    if wait is not None and isfinite(wait) and "retry-after" not in headers:
        # Whole seconds, by RFC 9110; the SDKs prefer the other.
        headers["retry-after"] = f"{ceil(wait)}"
        headers["retry-after-ms"] = f"{ceil(wait * 1000)}"
    # The chain has already retried, except where this server itself has to recover.
    again = isinstance(known, LimitExceededError | ServiceUnavailableError)
    headers["x-should-retry"] = "true" if again and not known.attempts else "false"
    headers["content-type"] = "application/json"
    return Sent(status=status, headers=headers, body=_encode(dialect.error_body(known)))


def refuse_request(error: Exception, received: Received, policy: Policy) -> Sent:
    """Return the response of a server to a request that failed, in the format of its API."""
    sent = refuse(error, dialect_of(received), policy)
    more: dict[str, str] = {}
    if sent.status == 401:
        more["www-authenticate"] = "Bearer"
    if sent.status == 405:
        more["allow"] = ", ".join(methods_of(received.path))
    return replace(sent, headers={**sent.headers, **more}) if more else sent
