"""How many requests are made, and when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
import tenacity

from tests.support.answers import MESSAGES, TEXT, chunk_bodies, failing, good
from tests.support.server import Answer, Server, answer_events, answer_json
from tests.support.worlds import World
from trunkline import (
    APIError,
    BadRequestError,
    Client,
    InternalServerError,
    RateLimitError,
    Retry,
    StreamInterruptedError,
    Timeout,
)
from trunkline.middlewares.deadline import Deadline
from trunkline.pipeline.json_values import JSON
from trunkline.testing import FakeProvider, Pause

QUICK = tenacity.wait_none()


@pytest.fixture
def client() -> Client:
    return Client(middlewares=[Retry(wait=QUICK)])


def ask(world: World, client: Client, mode: str, server: Server, **arguments: Any) -> Any:
    return world.answer(
        client, mode, "openai/x", MESSAGES, base_url=server.url, api_key="k" * 9, **arguments
    )


@pytest.mark.parametrize(("num_retries", "requests"), [(None, 3), (0, 1), (1, 2), (2, 3), (5, 6)])
def test_requests_for_every_setting(
    num_retries: int | None, requests: int, world: World, mode: str, server: Server, client: Client
) -> None:
    server.reply(failing(500))
    with pytest.raises(InternalServerError) as caught:
        ask(world, client, mode, server, num_retries=num_retries)
    assert len(server.seen) == requests == caught.value.attempts


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504, 529])
def test_what_may_pass_is_tried_again(
    status: int, world: World, mode: str, server: Server, client: Client
) -> None:
    server.reply(failing(status), good(mode))
    response = ask(world, client, mode, server)
    assert response.choices[0].message.content == TEXT
    assert response.attempts == len(server.seen) == 2


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 413, 422, 501])
def test_what_will_not_pass_is_not(
    status: int, world: World, mode: str, server: Server, client: Client
) -> None:
    server.reply(failing(status))
    with pytest.raises(APIError) as caught:
        ask(world, client, mode, server)
    assert len(server.seen) == caught.value.attempts == 1


@pytest.mark.parametrize(
    "error",
    [
        {"message": "no", "type": "insufficient_quota", "code": "insufficient_quota"},
        {"message": "no", "type": "insufficient_quota", "code": "x"},
        {"message": "no", "type": "exceeded_current_quota_error"},
    ],
)
def test_an_account_without_credit_is_not_asked_again(
    error: JSON, world: World, mode: str, server: Server, client: Client
) -> None:
    server.reply(answer_json({"error": error}, 429))
    with pytest.raises(RateLimitError) as caught:
        ask(world, client, mode, server)
    assert len(server.seen) == caught.value.attempts == 1


@pytest.mark.parametrize(
    ("status", "told", "requests"),
    [(400, "true", 3), (500, "false", 1), (429, "false", 1), (500, "perhaps", 3), (400, "", 1)],
)
def test_the_provider_says_whether_to_try_again(
    status: int,
    told: str,
    requests: int,
    world: World,
    mode: str,
    server: Server,
    client: Client,
) -> None:
    server.reply(failing(status, x_should_retry=told))
    with pytest.raises(APIError):
        ask(world, client, mode, server)
    assert len(server.seen) == requests


def test_an_error_inside_a_success_is_tried_again(
    world: World, server: Server, client: Client
) -> None:
    server.reply(answer_events([{"error": {"message": "busy", "code": 503}}]), good("stream"))
    assert ask(world, client, "stream", server).attempts == 2


def test_no_answer_is_tried_again(world: World, mode: str, server: Server, client: Client) -> None:
    server.reply(Answer([b"{"], ending="cut"), good(mode))
    assert ask(world, client, mode, server).attempts == 2


def test_a_timeout_is_tried_again(world: World, mode: str) -> None:
    fake = FakeProvider([[Pause(3600)]] * 2)
    client = fake.client([Retry(wait=QUICK)])
    with pytest.raises(Timeout) as caught:
        world.answer(client, mode, "openai/x", MESSAGES, timeout=0.01, num_retries=1)
    assert len(fake.requests) == caught.value.attempts == 2


def test_nothing_is_tried_again_after_content(world: World, server: Server, client: Client) -> None:
    server.reply(answer_events(chunk_bodies()[:2], done=False))
    with pytest.raises(StreamInterruptedError) as caught:
        ask(world, client, "stream", server)
    assert len(server.seen) == caught.value.attempts == 1


def test_a_stream_may_be_retried_before_content(
    world: World, server: Server, client: Client
) -> None:
    server.reply(answer_events(chunk_bodies()[:1], done=False), good("stream"))
    chunks, stream = world.stream(
        client, "openai/x", MESSAGES, base_url=server.url, api_key="k" * 9
    )
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == TEXT
    assert stream.attempts == stream.response.attempts == 2


class Waits:
    """A wait policy that notes what it is asked and never waits."""

    def __init__(self) -> None:
        self.attempts: list[int] = []

    def __call__(self, state: tenacity.RetryCallState) -> float:
        self.attempts.append(state.attempt_number)
        return 0.0


def test_the_wait_policy_is_asked_each_time(world: World, mode: str, server: Server) -> None:
    waits = Waits()
    server.reply(failing(500))
    with pytest.raises(InternalServerError):
        ask(world, Client(middlewares=[Retry(attempts=4, wait=waits)]), mode, server)
    assert waits.attempts == [1, 2, 3]


class TestRetryAfter:
    @pytest.mark.parametrize("header", ["0", "0.01", "date", "ms"])
    def test_it_is_honoured(self, header: str, world: World, mode: str, server: Server) -> None:
        headers = {"retry_after": header}
        if header == "date":
            headers = {"retry_after": format_datetime(datetime.now(UTC), usegmt=True)}
        if header == "ms":
            headers = {"retry_after_ms": "10"}
        server.reply(failing(429, **headers), good(mode))
        # The policy would wait for an hour: it is the provider's word that counts.
        client = Client(middlewares=[Retry(wait=tenacity.wait_fixed(3600))])
        assert ask(world, client, mode, server).attempts == 2

    @pytest.mark.parametrize("form", ["seconds", "date"])
    def test_beyond_the_cap_the_error_is_raised_at_once(
        self, form: str, world: World, mode: str, server: Server, client: Client
    ) -> None:
        later = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
        server.reply(failing(429, retry_after="3600" if form == "seconds" else later))
        with pytest.raises(RateLimitError) as caught:
            ask(world, client, mode, server)
        assert len(server.seen) == 1
        assert caught.value.retry_after == pytest.approx(3600, abs=60)

    def test_an_unreadable_one_is_ignored(self, server: Server, client: Client) -> None:
        server.reply(failing(429, retry_after="soon"), good("plain"))
        assert ask(World("sync"), client, "plain", server).attempts == 2


def test_no_wait_that_passes_the_deadline(world: World, mode: str, server: Server) -> None:
    server.reply(failing(500))
    client = Client(middlewares=[Deadline(), Retry(wait=tenacity.wait_fixed(3600))])
    with pytest.raises(InternalServerError):
        ask(world, client, mode, server, timeout={"total": 30})
    assert len(server.seen) == 1


@pytest.mark.parametrize("wrong", [-1, "2", 1.5, True])
def test_a_wrong_number(wrong: Any, client: Client, server: Server) -> None:
    with pytest.raises(BadRequestError, match="num_retries: expected an int of 0 or more"):
        ask(World("sync"), client, "plain", server, num_retries=wrong)
    with pytest.raises(ValueError, match="attempts: expected an int of 1 or more"):
        Retry(attempts=0)


def test_without_the_layer_nothing_is_tried_again(world: World, mode: str, server: Server) -> None:
    server.reply(failing(500))
    with pytest.raises(InternalServerError):
        ask(world, Client(middlewares=[]), mode, server)
    assert len(server.seen) == 1
