"""Which error a provider's answer stands for: by status and code first, by words last."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from ...pipeline.errors import (
    APIError,
    AuthenticationError,
    BadRequestError,
    ContentPolicyViolationError,
    ContextWindowExceededError,
    InternalServerError,
    NotFoundError,
    PaymentRequiredError,
    PermissionDeniedError,
    RateLimitError,
    ServiceUnavailableError,
    Timeout,
    UnsupportedParamsError,
    error_class,
)
from ...pipeline.json_values import as_array, as_object
from ...pipeline.schema.call_info import request_id
from .json_body import find_json, shown
from .retry_after import read_retry_after

# Codes and types that mean the same wherever they occur.
COMMON_CODES: dict[str, type[APIError]] = {
    "context_length_exceeded": ContextWindowExceededError,
    "exceed_context_size_error": ContextWindowExceededError,
    "model_max_prompt_tokens_exceeded": ContextWindowExceededError,
    "string_above_max_length": BadRequestError,
    "content_policy_violation": ContentPolicyViolationError,
    "content_filter": ContentPolicyViolationError,
    "responsibleaipolicyviolation": ContentPolicyViolationError,
    "unsupported_parameter": UnsupportedParamsError,
    "invalid_api_key": AuthenticationError,
    "invalid_authentication_error": AuthenticationError,
    "authentication_error": AuthenticationError,
    "unauthenticated": AuthenticationError,
    "insufficient_quota": RateLimitError,
    "rate_limit_exceeded": RateLimitError,
    "rate_limit_error": RateLimitError,
    "resource_exhausted": RateLimitError,
    "model_not_found": NotFoundError,
    "not_found_error": NotFoundError,
    "deploymentnotfound": NotFoundError,
    "permission_error": PermissionDeniedError,
    "permission_denied": PermissionDeniedError,
    "billing_error": PaymentRequiredError,
    "overloaded_error": ServiceUnavailableError,
    "service_unavailable": ServiceUnavailableError,
    "unavailable": ServiceUnavailableError,
    "timeout_error": Timeout,
    "deadline_exceeded": Timeout,
    "invalid_request_error": BadRequestError,
    "invalid_argument": BadRequestError,
    "tool_use_failed": BadRequestError,
    "api_error": InternalServerError,
    "server_error": InternalServerError,
    "internal_server_error": InternalServerError,
    "internal": InternalServerError,
}
# Codes that say more than the status does; the others only stand in for a missing status.
_STRONGER_THAN_STATUS = (
    ContextWindowExceededError,
    ContentPolicyViolationError,
    UnsupportedParamsError,
)

# Words of providers that send no code, and only for statuses that blame the request.
_BY_WORDS: tuple[tuple[re.Pattern[str], type[APIError]], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), cls)
    for pattern, cls in (
        (
            r"maximum context length|context[ _](length|window|limit|size)|prompt is too long"
            r"|input is too long|too many (input )?tokens|exceeds? the maximum number of tokens"
            r"|longer than the model's context|input tokens (\d+ cannot )?exceed"
            r"|max_new_tokens` must be",
            ContextWindowExceededError,
        ),
        (
            r"content (management|filtering) policy|content[ _]policy|safety system"
            r"|violat\w+ (our|the) usage polic|response was blocked",
            ContentPolicyViolationError,
        ),
        (r"(incorrect|invalid|missing) api[ _]key|api key not valid", AuthenticationError),
    )
)


class Problem(Struct, kw_only=True):
    """What a provider says of an error."""

    message: str
    code: str | None = None
    type: str | None = None
    param: str | None = None
    status: int | None = None
    body: object = None


Codes = Mapping[str, type[APIError]]


def error_of_body(
    status: int, headers: Mapping[str, str], body: bytes, codes: Codes = COMMON_CODES
) -> APIError:
    """Return the error that an answer with a status of 400 or above stands for.

    `codes` are the provider's error codes and types, in lower case, with what they mean.
    """
    problem = read_problem(find_json(body))
    if problem is None:
        problem = Problem(message=shown(body), body=shown(body))
    return make_error(problem, status, headers, codes)


def make_error(
    problem: Problem, status: int | None, headers: Mapping[str, str], codes: Codes = COMMON_CODES
) -> APIError:
    """Return the error for a problem; without a status its own code decides."""
    cls = _class_of(problem, status, codes)
    found_status = status or problem.status or cls.default_status
    return cls(
        problem.message,
        status_code=found_status,
        code=problem.code or problem.type,
        param=problem.param,
        request_id=request_id(headers),
        retry_after=read_retry_after(headers),
        headers=headers,
        body=problem.body,
    )


def _class_of(problem: Problem, status: int | None, codes: Codes) -> type[APIError]:
    coded = [
        codes[name.lower()]
        for name in (problem.code, problem.type)
        if name and name.lower() in codes
    ]
    stronger = [cls for cls in coded if issubclass(cls, _STRONGER_THAN_STATUS)]
    if stronger:
        return stronger[0]
    blames_request = status in (None, 400, 413, 422)
    if blames_request and not (problem.code and problem.code.lower() in codes):
        for pattern, cls in _BY_WORDS:
            if pattern.search(problem.message):
                return cls
    if status is not None:
        return error_class(status)
    if problem.status is not None:
        return error_class(problem.status)
    return coded[0] if coded else InternalServerError


def read_problem(body: object) -> Problem | None:
    """Find the error in a decoded body, in any of the shapes that providers use."""
    items = as_array(body)
    if items:
        return read_problem(items[0])
    fields = as_object(body)
    if fields is None:
        return None
    error: object = fields.get("error")
    inner = as_object(error)
    if inner:
        return _problem({**inner, "message": inner.get("message") or _message(inner)}, body)
    if error:
        return _problem({**fields, "message": str(error)}, body)
    if fields.get("choices"):
        return None
    message = _message(fields)
    return _problem({**fields, "message": message}, body) if message else None


def _problem(fields: dict[str, Any], body: object) -> Problem:
    code: object = fields.get("code")
    kind: object = fields.get("type")
    param: object = fields.get("param")
    numbers: tuple[object, ...] = (code, fields.get("status_code"), fields.get("status"))
    status = next((found for found in map(_http_status, numbers) if found), None)
    if not isinstance(kind, str):
        named: object = fields.get("status")
        kind = named if isinstance(named, str) else None
    return Problem(
        message=str(fields.get("message") or "the provider gave no message"),
        code=code if isinstance(code, str) and not code.isdigit() else None,
        type=kind,
        param=param if isinstance(param, str) else None,
        status=status,
        body=body,
    )


def _message(fields: dict[str, Any]) -> str | None:
    for name in ("message", "detail", "details", "error_message", "error_msg", "errors", "msg"):
        value = fields.get(name)
        if isinstance(value, str) and value:
            return value
        if value:
            return _joined(value) or msgspec.json.encode(value).decode()
    return None


def _joined(value: object) -> str:
    """Return the messages of several errors, "" where these say nothing in words."""
    several = [as_object(one) or {} for one in as_array(value) or ()]
    messages: list[object] = [one.get("message") for one in several]
    return "; ".join(filter(None, (one for one in messages if isinstance(one, str))))


def _http_status(value: object) -> int | None:
    if isinstance(value, str) and value.isdigit():
        value = int(value)
    return value if isinstance(value, int) and 400 <= value <= 599 else None
