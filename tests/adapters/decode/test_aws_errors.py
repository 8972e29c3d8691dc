"""Errors of AWS services, in responses and among the events of a stream."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.event_streams import event, exception, raw_frame
from tests.support.server import answer_json
from trunkline import (
    APIError,
    APIResponseValidationError,
    AuthenticationError,
    BadRequestError,
    ContextWindowExceededError,
    InternalServerError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ServiceUnavailableError,
    Timeout,
)
from trunkline.adapters.decode.aws_errors import error_of_response
from trunkline.adapters.decode.aws_events import AWSEventReader
from trunkline.pipeline.port import HTTPResponse


@pytest.mark.parametrize(
    ("status", "headers", "body", "cls", "shown"),
    [
        (403, {"x-amzn-errortype": "AccessDeniedException"}, {}, PermissionDeniedError, 403),
        (403, {"x-amzn-errortype": "ExpiredTokenException:"}, {}, AuthenticationError, 403),
        (404, {"x-amzn-errortype": "ResourceNotFoundException"}, {}, NotFoundError, 404),
        (408, {"x-amzn-errortype": "ModelTimeoutException"}, {}, Timeout, 408),
        (424, {"x-amzn-errortype": "ModelErrorException"}, {}, InternalServerError, 424),
        (
            424,
            {"x-amzn-errortype": "ModelErrorException"},
            {"originalStatusCode": 429},
            RateLimitError,
            429,
        ),
        (429, {"x-amzn-errortype": "ThrottlingException"}, {}, RateLimitError, 429),
        (429, {}, {"__type": "com.amazon#ModelNotReadyException"}, RateLimitError, 429),
        (503, {}, {"__type": "ServiceUnavailableException"}, ServiceUnavailableError, 503),
        (
            400,
            {"x-amzn-errortype": "ValidationException"},
            {"message": "Input is too long for requested model."},
            ContextWindowExceededError,
            400,
        ),
        (400, {"x-amzn-errortype": "ValidationException"}, {}, BadRequestError, 400),
    ],
)
def test_errors(
    status: int,
    headers: dict[str, str],
    body: dict[str, Any],
    cls: type[APIError],
    shown: int,
) -> None:
    answer = answer_json({"message": "sorry", **body})
    error = error_of_response(HTTPResponse(status=status, headers=headers, body=answer.pieces[0]))
    assert type(error) is cls
    assert error.status_code == shown
    assert error.code


def test_error_of_something_else() -> None:
    page = HTTPResponse(status=502, headers={}, body=b"<html>no</html>")
    assert "<html>" in error_of_response(page).message


def test_events_cut_at_every_byte() -> None:
    body = event("a", {"x": "ü"}) + event("b", b"raw") + exception("oops", {"message": "sorry"})
    for cut in range(len(body)):
        reader = AWSEventReader({})
        first, second, failed = reader.feed(body[:cut]) + reader.feed(body[cut:])
        assert [first.name, second.name] == ["a", "b"]
        assert (first.error, second.error) == (None, None)
        assert second.payload == b"raw"
        assert failed.error is not None
        assert failed.error.message == "sorry"
        assert reader.feed(event("c", b"")) == []
        assert reader.close() == []
        assert reader.rest == b""


def test_events_that_are_damaged() -> None:
    body = bytearray(event("a", {"x": "y"}))
    body[-6] ^= 1
    reader = AWSEventReader({})
    [failed] = reader.feed(bytes(body))
    assert isinstance(failed.error, APIResponseValidationError)
    assert reader.feed(event("b", b"")) == []


@pytest.mark.parametrize(
    "headers",
    [
        b"\x01a\x63",  # no such type of header
        b"\x01a\x07\x00\x02\xff\xff",  # a string that is not UTF-8
        b"\x01a\x07\x00",  # cut off
        b"\x01a\x00\x01a\x00",  # twice the same name
    ],
)
def test_headers_that_are_damaged(headers: bytes) -> None:
    reader = AWSEventReader({})
    first, failed = reader.feed(event("a", b"") + raw_frame(headers, b"{}"))
    assert first.name == "a"
    assert isinstance(failed.error, APIResponseValidationError)


def test_json_instead_of_an_event_stream() -> None:
    body = b'{"message": "sorry"}'
    for cut in range(1, len(body)):
        reader = AWSEventReader({})
        assert reader.feed(body[:cut]) + reader.feed(body[cut:]) + reader.close() == []
        assert reader.rest == body


def test_page_instead_of_an_event_stream() -> None:
    [failed] = AWSEventReader({}).feed(b"<html>no such page</html>")
    assert isinstance(failed.error, APIResponseValidationError)
    assert "expected an event stream of AWS" in failed.error.message


def test_events_with_any_byte_damaged() -> None:
    whole = event("a", {"x": "y"})
    for position in range(len(whole)):
        body = bytearray(whole)
        body[position] ^= 1
        reader = AWSEventReader({})
        [failed] = reader.feed(bytes(body))
        assert isinstance(failed.error, APIResponseValidationError)


def test_lengths_that_are_damaged_are_noticed_at_once() -> None:
    body = bytearray(event("a", {"x": "y"})[:12])
    body[0] ^= 1
    [failed] = AWSEventReader({}).feed(bytes(body))
    assert isinstance(failed.error, APIResponseValidationError)


def test_many_types_of_events() -> None:
    names = [f"type{number}" for number in range(300)]
    for _ in range(2):
        events = AWSEventReader({}).feed(b"".join(event(name, b"") for name in names))
        assert [found.name for found in events] == names
