"""Errors of the Messages API, by status or in the body of a success.

https://platform.claude.com/docs/en/api/errors
"""

from __future__ import annotations

from collections.abc import Mapping

from ....pipeline.errors import (
    APIError,
    BadRequestError,
    ConflictError,
    InternalServerError,
    ServiceUnavailableError,
)
from ....pipeline.json_values import as_object
from ....pipeline.port import HTTPResponse
from ...decode.classify import COMMON_CODES, error_of_body, make_error, read_problem
from ...decode.json_body import find_json, unreadable
from ...provider.row import Provider

# Types of errors, in addition to those that other providers have too.
_CODES: Mapping[str, type[APIError]] = {
    **COMMON_CODES,
    "api_error": InternalServerError,
    "conflict_error": ConflictError,
    "overloaded_error": ServiceUnavailableError,
    "request_too_large": BadRequestError,
}
# The status that an error in a stream would have had.
_STATUSES: Mapping[str, int] = {"overloaded_error": 529, "request_too_large": 413}


def error(response: HTTPResponse, _provider: Provider) -> APIError:
    """Return the error for a response with a status of 400 or above."""
    found = error_of_body(response.status, response.headers, response.body, _CODES)
    return _with_request_id(found)


def error_of(data: bytes, headers: Mapping[str, str]) -> APIError:
    """Return the error in a body or an event that came with the status of a success."""
    problem = read_problem(find_json(data))
    if problem is None:
        return unreadable(data, "expected a message")
    status = _STATUSES.get(problem.type or "")
    problem.status = problem.status or status
    return _with_request_id(make_error(problem, status, headers, _CODES))


def _with_request_id(found: APIError) -> APIError:
    """Take the request's ID from the body where the headers have none."""
    if found.request_id is None:
        request_id = (as_object(found.body) or {}).get("request_id")
        found.request_id = request_id if isinstance(request_id, str) else None
    return found
