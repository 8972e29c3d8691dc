"""Errors of Anthropic's Messages API: by status, in the body of a success, in a stream."""

from __future__ import annotations

import json

import pytest

from tests.support.calls.anthropic_calls import PROVIDER
from tests.support.calls.anthropic_responses import encode_events, events, failing, message
from trunkline import (
    APIError,
    APIResponseValidationError,
    AuthenticationError,
    BadRequestError,
    ContentPolicyViolationError,
    ContextWindowExceededError,
    InternalServerError,
    PermissionDeniedError,
    RateLimitError,
    ServiceUnavailableError,
)
from trunkline.adapters.wires import anthropic
from trunkline.pipeline.errors import ConflictError, PaymentRequiredError, Timeout
from trunkline.pipeline.port import HTTPResponse


def error_of(status: int, kind: str, text: str = "No", **headers: str) -> APIError:
    body = {"type": "error", "error": {"type": kind, "message": text}, "request_id": "req_body"}
    return anthropic.error(
        HTTPResponse(status=status, headers=headers, body=json.dumps(body).encode()), PROVIDER
    )


@pytest.mark.parametrize("body", [b"", b"nonsense", b"[1]", b'{"content": 5}', b'{"x": 1}'])
def test_bodies_that_are_not_messages(body: bytes) -> None:
    with pytest.raises(APIResponseValidationError):
        anthropic.decode(HTTPResponse(status=200, headers={}, body=body), PROVIDER)


def test_an_error_in_a_success() -> None:
    body = json.dumps({"type": "error", "error": {"type": "overloaded_error", "message": "Busy"}})
    with pytest.raises(ServiceUnavailableError, match="Busy") as caught:
        anthropic.decode(HTTPResponse(status=200, headers={}, body=body.encode()), PROVIDER)
    assert caught.value.status_code == 529


@pytest.mark.parametrize(
    ("status", "kind", "text", "cls"),
    [
        (400, "invalid_request_error", "No", BadRequestError),
        (400, "invalid_request_error", "prompt is too long: 2 > 1", ContextWindowExceededError),
        (
            400,
            "invalid_request_error",
            "input length and `max_tokens` exceed context limit: 190000 + 21333 > 200000",
            ContextWindowExceededError,
        ),
        (
            400,
            "invalid_request_error",
            "Output blocked by content filtering policy",
            ContentPolicyViolationError,
        ),
        (401, "authentication_error", "No", AuthenticationError),
        (402, "billing_error", "No", PaymentRequiredError),
        (403, "permission_error", "No", PermissionDeniedError),
        (409, "conflict_error", "No", ConflictError),
        (413, "request_too_large", "No", BadRequestError),
        (429, "rate_limit_error", "No", RateLimitError),
        (500, "api_error", "No", InternalServerError),
        (504, "timeout_error", "No", Timeout),
        (529, "overloaded_error", "No", ServiceUnavailableError),
    ],
)
def test_errors(status: int, kind: str, text: str, cls: type[APIError]) -> None:
    error = error_of(status, kind, text)
    assert type(error) is cls
    assert (error.status_code, error.code, error.message) == (status, kind, text)
    # The same in a stream, after some text.
    found = events(message({"type": "text", "text": "Hello"}))
    sent = encode_events(found[:5]) + encode_events(
        [{"type": "error", "error": {"type": kind, "message": text}}]
    )
    content, error = failing(sent)
    assert content == "Hello"
    assert type(error) is cls
    assert error.request_id == "req_1"


def test_request_ids() -> None:
    error = error_of(429, "rate_limit_error", **{"request-id": "req_head", "retry-after": "7"})
    assert error.request_id == "req_head"
    assert error.retry_after == 7
    assert error_of(429, "rate_limit_error").request_id == "req_body"
    body = {"type": "error", "error": {"type": "api_error", "message": "No"}, "request_id": "r1"}
    decoder = anthropic.Decoder(PROVIDER, {})
    decoder.feed(encode_events([body]))
    assert decoder.error is not None
    assert decoder.error.request_id == "r1"


def test_error_instead_of_a_stream() -> None:
    body = json.dumps({"type": "error", "error": {"type": "api_error", "message": "No"}}).encode()
    assert isinstance(failing(body)[1], InternalServerError)
