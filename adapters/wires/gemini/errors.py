"""Google's errors, as a response and inside one.

https://cloud.google.com/apis/design/errors
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from ....pipeline.errors import (
    APIError,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    InternalServerError,
    NotFoundError,
)
from ....pipeline.json_values import as_array, as_object
from ....pipeline.port import HTTPResponse
from ...decode.classify import COMMON_CODES, error_of_body, event_problem, make_error, read_problem
from ...provider.row import Provider

#: https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto
CODES: Mapping[str, type[APIError]] = MappingProxyType(
    {
        **COMMON_CODES,
        "aborted": ConflictError,
        "already_exists": ConflictError,
        "api_key_invalid": AuthenticationError,
        "data_loss": InternalServerError,
        "failed_precondition": BadRequestError,
        "not_found": NotFoundError,
        "out_of_range": BadRequestError,
        "unknown": InternalServerError,
    }
)

# A duration in protobuf's JSON.
_SECONDS = re.compile(r"([0-9]+(?:\.[0-9]+)?)s")


def error(response: HTTPResponse, _provider: Provider) -> APIError:
    """Return the error of a response with a status of 400 or above."""
    return _with_delay(error_of_body(response.status, response.headers, response.body, CODES))


def find_error(answer: object, headers: Mapping[str, str]) -> APIError | None:
    """Return the error that a response with status 200, or an event, holds; else None."""
    fields = as_object(answer)
    if fields is None or "candidates" in fields:
        return None
    problem = read_problem(fields) if fields.get("error") else event_problem(fields)
    return None if problem is None else _with_delay(make_error(problem, None, headers, CODES))


def _with_delay(error: APIError) -> APIError:
    """Set `retry_after` from the error's details, where the headers have none.

    https://github.com/googleapis/googleapis/blob/master/google/rpc/error_details.proto
    """
    if error.retry_after is None:
        items = as_array(error.body)
        body = as_object(items[0] if items else error.body) or {}
        inner = as_object(body.get("error")) or {}
        for detail in as_array(inner.get("details")) or ():
            delay = _SECONDS.fullmatch(str((as_object(detail) or {}).get("retryDelay")))
            if delay is not None:
                error.retry_after = float(delay.group(1))
    return error
