"""What is read of an error in addition to its class."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from trunkline.adapters.decode.classify import read_problem
from trunkline.adapters.decode.retry_after import read_retry_after

PAST = "Wed, 21 Oct 2015 07:28:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": "-1"}, 0.0),
        ({"retry-after": PAST}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after-ms": "250", "retry-after": "7"}, 0.25),
        ({"retry-after-ms": "soon", "retry-after": "7"}, 7.0),
    ],
)
def test_seconds_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    assert read_retry_after(headers) == seconds


@pytest.mark.parametrize(
    ("errors", "message"),
    [
        ([{"code": 1, "message": "No."}, {"code": 2, "message": "Never."}], "No.; Never."),
        ([{"code": 1}], '[{"code":1}]'),
        (["No."], '["No."]'),
        ("No.", "No."),
    ],
)
def test_several_errors(errors: object, message: str) -> None:
    problem = read_problem({"success": False, "errors": errors})
    assert problem is not None
    assert problem.message == message


@pytest.mark.parametrize("gmt", [True, False])
def test_a_date_to_wait_for(gmt: bool) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=gmt)
    assert 0 < (read_retry_after({"retry-after": date}) or 0) <= 3600
