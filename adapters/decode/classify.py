"""Classify the error in a response: by status and code first, by words last."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Struct

from ...pipeline.errors import (
    SPENT_CODES,
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
from ..provider.row import Provider
from .json_body import SHOWN_BYTES, find_json, shown
from .retry_after import read_retry_after

# Codes and types that mean the same wherever they occur.
COMMON_CODES: dict[str, type[APIError]] = {
    "context_length_exceeded": ContextWindowExceededError,
    "context_window_exceeded": ContextWindowExceededError,
    "exceed_context_size_error": ContextWindowExceededError,
    "input_too_long": ContextWindowExceededError,
    "model_context_window_exceeded": ContextWindowExceededError,
    "model_max_prompt_tokens_exceeded": ContextWindowExceededError,
    "string_above_max_length": BadRequestError,
    "content_policy_violation": ContentPolicyViolationError,
    "content_filter": ContentPolicyViolationError,
    "data_inspection_failed": ContentPolicyViolationError,
    "datainspectionfailed": ContentPolicyViolationError,
    "moderation_blocked": ContentPolicyViolationError,
    "responsibleaipolicyviolation": ContentPolicyViolationError,
    "unsupported_parameter": UnsupportedParamsError,
    "invalid_api_key": AuthenticationError,
    "invalid_authentication_error": AuthenticationError,
    "authentication_error": AuthenticationError,
    "unauthenticated": AuthenticationError,
    "exceeded_current_quota_error": RateLimitError,
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
# Codes that say more than the status does; the others count only if there is no status.
_STRONGER_THAN_STATUS = (
    ContextWindowExceededError,
    ContentPolicyViolationError,
    UnsupportedParamsError,
)

_MESSAGE_FIELDS = ("message", "detail", "details", "error_message", "error_msg", "errors", "msg")
_CODE_FIELDS = ("code", "error_code", "errorCode")
# Fields that only errors have.
_ERROR_FIELDS = (
    "base_resp",
    "detail",
    "error",
    "error_code",
    "error_message",
    "error_msg",
    "errors",
)
# Codes that do not say what is wrong with the request, so that the words count.
_VAGUE = (BadRequestError, InternalServerError, PermissionDeniedError)


class Problem(Struct, kw_only=True):
    """What a provider says of an error; `hints` is further text that only helps to classify it."""

    message: str
    code: str | None = None
    type: str | None = None
    param: str | None = None
    status: int | None = None
    body: object = None
    hints: str = ""


Codes = Mapping[str, type[APIError]]


@lru_cache(maxsize=1024)
def codes_of(provider: Provider) -> Codes:
    """Return the common codes and those of a provider's row."""
    return {**COMMON_CODES, **provider.error_codes}


def error_of_body(
    status: int, headers: Mapping[str, str], body: bytes, codes: Codes = COMMON_CODES
) -> APIError:
    """Return the error of a response with a status of 400 or above.

    `codes` are the provider's error codes and types, in lower case, with their classes.
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
        code=problem.type if problem.type in SPENT_CODES else problem.code or problem.type,
        param=problem.param,
        request_id=request_id(headers),
        retry_after=read_retry_after(headers),
        headers=headers,
        body=problem.body,
    )


def _class_of(problem: Problem, status: int | None, codes: Codes) -> type[APIError]:
    names = [name for name in (problem.code, problem.type) if name]
    coded = [codes[name.lower()] for name in names if name.lower() in codes]
    # Numbers are codes of one provider, whose row says what they mean.
    own = [codes[name] for name in names if name.isdecimal() and name in codes]
    stronger = own or [cls for cls in coded if issubclass(cls, _STRONGER_THAN_STATUS)]
    if stronger:
        return stronger[0]
    known = status or problem.status
    if all(cls in _VAGUE for cls in coded):
        from .error_words import class_by_words  # noqa: PLC0415  # most calls succeed

        found = class_by_words(" ".join((*names, problem.message, problem.hints)), known)
        if found is not None:
            return found
    if known is not None:
        return error_class(known)
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
    base = as_object(fields.get("base_resp")) or {}
    if inner:
        stated = {**inner, "message": inner.get("message") or _message(inner)}
    elif error:
        said = error if isinstance(error, str) else _message(fields)
        stated = {**fields, "message": said or str(error)}
    elif base.get("status_code"):
        stated = {"code": base["status_code"], "message": base.get("status_msg")}
    else:
        message = None if fields.get("choices") else _message(fields)
        stated = {**fields, "message": message} if message else {}
    return _problem(stated, body) if stated else None


def event_problem(fields: dict[str, Any]) -> Problem | None:
    """Return the error that an event of a stream is, None if it is another event.

    Only fields that say so count: some servers also report their progress in events.
    """
    marks = (fields.get("object"), fields.get("type"), fields.get("status"))
    says_so = "error" in marks or any(fields.get(name) for name in _ERROR_FIELDS)
    if not says_so and _is_success(fields.get("code")):
        return None
    return read_problem({**fields, "choices": None})


def _is_success(code: object) -> bool:
    return code in (None, "", 0, "0", 200, "200", "success")


def _problem(fields: dict[str, Any], body: object) -> Problem:
    code: object = next((fields[name] for name in _CODE_FIELDS if fields.get(name)), None)
    kind: object = fields.get("type")
    param: object = fields.get("param")
    numbers: tuple[object, ...] = (code, fields.get("status_code"), fields.get("status"))
    status = next((found for found in map(_http_status, numbers) if found), None)
    if not isinstance(kind, str):
        named: object = fields.get("status")
        kind = named if isinstance(named, str) else None
    problem = Problem(
        message=str(fields.get("message") or "the provider gave no message"),
        code=_code(code),
        type=kind,
        param=param if isinstance(param, str) else None,
        status=status,
        body=body,
    )
    metadata = as_object(fields.get("metadata"))
    if metadata:
        _add_upstream(problem, metadata)
    return problem


def _code(code: object) -> str | None:
    """Return a code as text, None if it only repeats an HTTP status."""
    if _http_status(code) is not None or isinstance(code, bool):
        return None
    return str(code) if isinstance(code, str | int) else None


def _add_upstream(problem: Problem, metadata: dict[str, Any]) -> None:
    """Add what the provider behind a gateway said.

    https://openrouter.ai/docs/api-reference/errors
    """
    raw: object = metadata.get("raw")
    text = raw if isinstance(raw, str) else ""
    upstream = read_problem(find_json(text.encode("utf-8", "replace")) if text else raw)
    words = text[:SHOWN_BYTES] if upstream is None else upstream.message
    if words and words not in problem.message:
        problem.message = f"{problem.message}: {words}"
    if upstream is not None and problem.code is None:
        problem.code = upstream.code
    kind: object = metadata.get("error_type")
    if isinstance(kind, str):
        problem.type = problem.type or kind
    problem.hints = " ".join((text, *(name for name in metadata if name == "flagged_input")))


def _message(fields: dict[str, Any]) -> str | None:
    for name in _MESSAGE_FIELDS:
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
    if isinstance(value, str) and value.isdecimal():
        value = int(value)
    return value if isinstance(value, int) and 400 <= value <= 599 else None
