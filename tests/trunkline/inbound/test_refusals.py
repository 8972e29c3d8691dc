"""Errors of a server as responses."""

from __future__ import annotations

import pytest

from trunkline import RateLimitError
from trunkline.inbound.exchange import Received
from trunkline.inbound.policy import Network
from trunkline.inbound.refusals import refuse_request

RECEIVED = Received(method="POST", path="/v1/chat/completions", headers={}, query={})


@pytest.mark.parametrize(
    ("waits", "seconds", "milliseconds"),
    [(59.8204, "60", "59821"), (7.0, "7", "7000"), (0.0, "0", "0"), (2e6, "2000000", "2000000000")],
)
def test_a_wait_is_in_whole_seconds(waits: float, seconds: str, milliseconds: str) -> None:
    """RFC 9110, section 10.2.3: urllib3 and others refuse anything else."""
    error = RateLimitError("wait", retry_after=waits)
    headers = refuse_request(error, RECEIVED, Network()).headers
    assert (headers["retry-after"], headers["retry-after-ms"]) == (seconds, milliseconds)


def test_the_header_of_a_provider_is_passed_on() -> None:
    error = RateLimitError("wait", headers={"retry-after": "Wed, 21 Oct 2037 07:28:00 GMT"})
    error.retry_after = 5.0
    headers = refuse_request(error, RECEIVED, Network()).headers
    assert headers["retry-after"].startswith("Wed")
    assert "retry-after-ms" not in headers


def test_a_wait_without_end_has_no_header() -> None:
    error = RateLimitError("wait", retry_after=float("inf"))
    assert "retry-after" not in refuse_request(error, RECEIVED, Network()).headers
