"""Retry's numbers by class of error."""

from __future__ import annotations

from typing import Any

import pytest
import tenacity

from tests.support.answers import MESSAGES, failing
from tests.support.server import Server
from tests.support.worlds import World
from trunkline import (
    APIError,
    AuthenticationError,
    BadGatewayError,
    Client,
    InternalServerError,
    RateLimitError,
    Retry,
)

STATUS: dict[type[APIError], int] = {
    AuthenticationError: 401,
    BadGatewayError: 502,
    InternalServerError: 500,
    RateLimitError: 429,
}


def requests_of(
    server: Server, policy: dict[type[APIError], int], error: type[APIError], **more: Any
) -> int:
    server.reply(failing(STATUS[error]))
    with (
        Client([Retry(2, policy=policy, wait=tenacity.wait_none())]) as client,
        pytest.raises(error) as caught,
    ):
        client.completion("openai/x", MESSAGES, base_url=server.url, api_key="k" * 9, **more)
    assert caught.value.attempts == len(server.seen)
    assert len(caught.value.tried) == (len(server.seen) if len(server.seen) > 1 else 0)
    return len(server.seen)


@pytest.mark.parametrize(
    ("policy", "error", "requests"),
    [
        ({}, RateLimitError, 2),
        ({RateLimitError: 4}, RateLimitError, 4),
        ({RateLimitError: 1}, RateLimitError, 1),
        ({RateLimitError: 4}, InternalServerError, 2),
        ({InternalServerError: 3}, BadGatewayError, 3),
        ({InternalServerError: 3, BadGatewayError: 1}, BadGatewayError, 1),
        ({BadGatewayError: 1, InternalServerError: 3}, BadGatewayError, 1),
        ({AuthenticationError: 3}, AuthenticationError, 3),
        ({}, AuthenticationError, 1),
        ({APIError: 3}, AuthenticationError, 3),
    ],
)
def test_the_nearest_class_counts(
    server: Server, policy: dict[type[APIError], int], error: type[APIError], requests: int
) -> None:
    assert requests_of(server, policy, error) == requests


@pytest.mark.parametrize(
    ("policy", "num_retries", "requests"),
    [
        ({RateLimitError: 4}, 0, 1),
        ({RateLimitError: 4}, 2, 3),
        ({RateLimitError: 4}, 9, 4),
        ({}, 3, 4),
    ],
)
def test_a_call_may_lower_them(
    server: Server, policy: dict[type[APIError], int], num_retries: int, requests: int
) -> None:
    assert requests_of(server, policy, RateLimitError, num_retries=num_retries) == requests


def test_in_every_world(server: Server, world: World, mode: str) -> None:
    server.reply(failing(429), failing(429), failing(500))
    client = Client([Retry(1, policy={RateLimitError: 5}, wait=tenacity.wait_none())])
    with pytest.raises(InternalServerError) as caught:
        world.answer(client, mode, "openai/x", MESSAGES, base_url=server.url, api_key="k" * 9)
    assert len(server.seen) == 3
    assert [attempt.status_code for attempt in caught.value.tried] == [429, 429, 500]


@pytest.mark.parametrize("arguments", [{"attempts": 0}, {"policy": {RateLimitError: 0}}])
def test_less_than_one_request(arguments: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="expected an int of 1 or more, got 0"):
        Retry(**arguments)
