"""Errors of AWS services, in responses and among the events of a stream.

An exception's name is more precise than the status. It comes in the header x-amzn-errortype, in the
body's `__type`, or in the headers of an event.
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html#API_runtime_ConverseStream_Errors
https://docs.aws.amazon.com/bedrock/latest/APIReference/CommonErrors.html
"""

from __future__ import annotations

from collections.abc import Mapping

from ...pipeline.errors import APIError
from ...pipeline.json_values import as_object
from ...pipeline.port import HTTPResponse
from .classify import Problem, make_error
from .json_body import find_json, shown

# The status of each exception, in lower case. Others keep the status of their response.
_STATUS: Mapping[str, int] = {
    "accessdeniedexception": 403,
    "expiredtoken": 401,
    "expiredtokenexception": 401,
    "incompletesignature": 401,
    "incompletesignatureexception": 401,
    "internaldependencyexception": 500,
    "internalfailure": 500,
    "internalserverexception": 500,
    "internalstreamfailure": 500,
    "invalidclienttokenid": 401,
    "invalididentitytoken": 401,
    "invalidsignatureexception": 401,
    "missingauthenticationtoken": 401,
    "missingauthenticationtokenexception": 401,
    "modelerror": 500,
    "modelerrorexception": 500,
    "modelnotreadyexception": 429,
    "modelstreamerror": 500,
    "modelstreamerrorexception": 500,
    "modeltimeoutexception": 408,
    "resourcenotfoundexception": 404,
    "servicequotaexceededexception": 429,
    "serviceunavailable": 503,
    "serviceunavailableexception": 503,
    "signaturedoesnotmatch": 401,
    "throttling": 429,
    "throttlingexception": 429,
    "toomanyrequestsexception": 429,
    "unrecognizedclientexception": 401,
    "validationerror": 400,
    "validationexception": 400,
}
_MESSAGES = ("message", "Message", "OriginalMessage", "originalMessage", "errorMessage")


def aws_error(
    name: str | None,
    message: str,
    status: int | None,
    headers: Mapping[str, str],
    *,
    original_status: int | None = None,
    body: object = None,
) -> APIError:
    """Return the error for an exception.

    Args:
        name: name of the exception.
        message: its message.
        status: HTTP status, None for an event of a stream.
        headers: headers of the response.
        original_status: status that the model's container sent, where the service passes it on.
        body: the whole body, decoded where it is JSON.
    """
    meant = original_status or _STATUS.get((name or "").lower()) or status
    problem = Problem(message=message, code=name, body=body)
    error = make_error(problem, meant, headers)
    error.status_code = original_status or status or error.status_code
    return error


def error_of_response(response: HTTPResponse) -> APIError:
    """Return the error in a response; the status counts only where it is 400 or above."""
    fields = as_object(find_json(response.body)) or {}
    header = response.headers.get("x-amzn-errortype", "").partition(":")[0]
    name = header or str(fields.get("__type") or fields.get("code") or "")
    status = response.status if response.status >= 400 else None
    return _error(name, fields, response.body, status, response.headers)


def error_of_event(name: str, payload: bytes, headers: Mapping[str, str]) -> APIError:
    """Return the error for an exception among a stream's events."""
    return _error(name, as_object(find_json(payload)) or {}, payload, None, headers)


def _error(
    name: str,
    fields: dict[str, object],
    body: bytes,
    status: int | None,
    headers: Mapping[str, str],
) -> APIError:
    messages = (fields.get(key) for key in _MESSAGES)
    original = fields.get("OriginalStatusCode") or fields.get("originalStatusCode")
    return aws_error(
        name.rpartition("#")[2] or None,
        next((text for text in messages if isinstance(text, str) and text), shown(body)),
        status,
        headers,
        original_status=original if isinstance(original, int) and original >= 400 else None,
        body=fields or shown(body),
    )
