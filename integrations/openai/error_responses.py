"""Errors of a call as the OpenAI SDK expects them: a response, or one of its exceptions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

import openai

from ... import (
    APIError,
    APIResponseValidationError,
    ContentPolicyViolationError,
    ContextWindowExceededError,
    Timeout,
    UnsupportedParamsError,
)
from .http_package import http
from .response_headers import encode_headers, with_request_id

# OpenAI's codes of errors, for providers that send no code.
_CODES: tuple[tuple[type[APIError], str], ...] = (
    (ContextWindowExceededError, "context_length_exceeded"),
    (ContentPolicyViolationError, "content_policy_violation"),
    (UnsupportedParamsError, "unsupported_parameter"),
)


def error_response(error: Exception, request: http.Request) -> http.Response:
    """Return an error as a response.

    Without a response from the provider, raise the SDK's own error instead: after any other
    exception the SDK would retry, and an invented response would be an error of another class.
    """
    if not isinstance(error, APIError):
        what = f"{type(error).__name__} in trunkline's chain: {error}"
        raise openai.APIConnectionError(message=what, request=request) from error
    headers = with_request_id(error.headers, error.request_id)
    if isinstance(error, APIResponseValidationError):
        unread = http.Response(200, headers=encode_headers(headers), request=request)
        raise openai.APIResponseValidationError(unread, error.body, message=str(error)) from error
    if isinstance(error, Timeout) and not headers and error.body is None:
        # One of trunkline's limits passed; a provider's own 408 or 504 has headers.
        raise openai.APITimeoutError(request=request) from error
    if error.status_code is None:
        raise openai.APIConnectionError(message=str(error), request=request) from error
    if error.retry_after is not None:
        headers.setdefault("retry-after", f"{error.retry_after:g}")
    headers["x-should-retry"] = "false"
    # An error in the body of a successful response has a status below 400.
    status = error.status_code if error.status_code >= 400 else 500
    body = json.dumps(error_body(error)).encode()
    return http.Response(status, headers=encode_headers(headers, "application/json"), content=body)


def error_body(error: APIError) -> dict[str, Any]:
    """Return an error in OpenAI's format, with all fields that the provider sent."""
    body = _fields(error.body)
    said = _fields(body.get("error")) or body
    code = said.get("code")
    if not isinstance(code, str):
        code = next((code for cls, code in _CODES if isinstance(error, cls)), error.code)
    known = {"provider": error.provider, "model": error.model}
    return {
        "error": {
            "type": type(error).__name__,
            "param": error.param,
            **said,
            "message": error.message,
            "code": code,
            **{name: value for name, value in known.items() if value is not None},
            "attempts": error.attempts,
        }
    }


def _fields(value: object) -> dict[str, Any]:
    return dict(cast("Mapping[str, Any]", value)) if isinstance(value, Mapping) else {}
