"""What the OpenAI SDK raises through trunkline, and how often anything is sent."""

from __future__ import annotations

import json
from typing import Any, cast

import openai
import pytest

from tests.integrations import sdk, weather
from tests.support.answers import TEXT, chunk_bodies, completion_body, failing
from tests.support.server import Answer, Seen, Server, answer_json
from tests.support.worlds import World
from trunkline import (
    APIConnectionError,
    Budget,
    Client,
    ContextWindowExceededError,
    Handler,
    LimitExceededError,
    Reply,
    Request,
    Timeout,
    default_middlewares,
    tokens_of,
)
from trunkline.testing import Cut, FakeProvider

pytestmark = sdk.DROPPED_GENERATORS


def claude_fails(status: int, kind: str, **headers: str) -> Answer:
    body = {"type": "error", "error": {"type": kind, "message": "no luck"}}
    return answer_json(body, status, **headers)


def body_of(error: openai.APIError) -> dict[str, Any]:
    return cast("dict[str, Any]", error.body)


STATUSES = [
    (400, "invalid_request_error", openai.BadRequestError),
    (401, "authentication_error", openai.AuthenticationError),
    (403, "permission_error", openai.PermissionDeniedError),
    (404, "not_found_error", openai.NotFoundError),
    (409, "conflict", openai.ConflictError),
    (413, "request_too_large", openai.APIStatusError),
    (422, "unprocessable", openai.UnprocessableEntityError),
    (429, "rate_limit_error", openai.RateLimitError),
    (500, "api_error", openai.InternalServerError),
    (504, "timeout_error", openai.InternalServerError),
    (529, "overloaded_error", openai.InternalServerError),
]


@pytest.mark.parametrize(("status", "kind", "error"), STATUSES)
def test_a_status_raises_the_sdks_own_class(
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    kind: str,
    error: type[openai.APIStatusError],
) -> None:
    weather.use_server(server, monkeypatch)
    server.reply(claude_fails(status, kind, request_id="req_7", retry_after="0", x_other="kept"))
    with pytest.raises(error) as caught:
        sdk.create(World("sync"), Client(), extra_body={"num_retries": 0})
    assert caught.value.status_code == status
    assert caught.value.request_id == "req_7"
    assert caught.value.type == kind
    assert caught.value.response.headers["retry-after"] == "0"
    assert caught.value.response.headers["x-other"] == "kept"
    assert body_of(caught.value)["message"] == "no luck"
    assert body_of(caught.value)["provider"] == "anthropic"
    assert len(server.seen) == 1


def test_openais_own_error_comes_back_as_it_is(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    weather.use_server(server, monkeypatch)
    said = {"message": "no such", "type": "invalid_request_error", "param": "n", "code": "bad"}
    server.reply(answer_json({"error": said}, 400))
    with pytest.raises(openai.BadRequestError) as caught:
        sdk.create(World("sync"), Client(), model="openai/gpt-4o")
    error = caught.value
    assert (error.type, error.param, error.code) == ("invalid_request_error", "n", "bad")
    assert said.items() <= body_of(error).items()


def test_the_chain_retries_and_the_sdk_does_not(
    server: Server, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    weather.use_server(server, monkeypatch)
    server.reply(failing(429, retry_after="0"))
    with pytest.raises(openai.RateLimitError) as caught:
        sdk.create(world, Client(), model="openai/gpt-4o", extra_body={"num_retries": 2})
    assert len(server.seen) == 3
    assert body_of(caught.value)["attempts"] == 3


def test_no_connection(world: World) -> None:
    fake = FakeProvider([APIConnectionError("cannot connect")])
    with pytest.raises(openai.APIConnectionError, match="cannot connect") as caught:
        sdk.create(world, fake.client(), extra_body={"num_retries": 0})
    assert isinstance(caught.value.__cause__, APIConnectionError)
    assert len(fake.requests) == 1


def test_nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = Server()
    weather.use_server(gone, monkeypatch)
    gone.close()
    with pytest.raises(openai.APIConnectionError, match="cannot connect"):
        sdk.create(World("sync"), Client(), extra_body={"num_retries": 0})


def test_a_limit_that_passes(server: Server, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    weather.use_server(server, monkeypatch)
    server.reply(Answer([], ending="silent"))
    with pytest.raises(openai.APITimeoutError) as caught:
        sdk.create(world, Client(), timeout=0.05, extra_body={"num_retries": 0})
    assert isinstance(caught.value.__cause__, Timeout)
    assert len(server.seen) <= 1


def test_an_answer_that_cannot_be_read(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    weather.use_server(server, monkeypatch)
    server.reply(Answer([b"<html>"], headers={"content-type": "text/html"}))
    with pytest.raises(openai.APIResponseValidationError, match="<html>") as caught:
        sdk.create(World("sync"), Client(), extra_body={"num_retries": 0})
    assert caught.value.body == "<html>"


def test_an_error_inside_a_success_is_an_error(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    weather.use_server(server, monkeypatch)
    server.reply(answer_json({"error": {"message": "broken", "type": "weird"}}))
    with pytest.raises(openai.InternalServerError, match="broken"):
        sdk.create(World("sync"), Client(), model="openai/gpt-4o", extra_body={"num_retries": 0})


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ContextWindowExceededError("too long"), "context_length_exceeded"),
        (LimitExceededError("enough", retry_after=3), None),
    ],
)
def test_errors_have_openais_codes(error: Exception, code: str | None) -> None:
    fake = FakeProvider([error])
    with pytest.raises(openai.APIStatusError) as caught:
        sdk.create(World("sync"), fake.client())
    assert caught.value.code == code


def test_the_wait_that_is_asked_for_is_told() -> None:
    fake = FakeProvider([LimitExceededError("enough", retry_after=3)])
    with pytest.raises(openai.RateLimitError) as caught:
        sdk.create(World("sync"), fake.client())
    assert caught.value.response.headers["retry-after"] == "3"


def test_a_parameter_that_is_not_taken() -> None:
    with pytest.raises(openai.BadRequestError, match="drop_params") as caught:
        sdk.create(World("sync"), FakeProvider().client(), seed=1)
    assert caught.value.code == "unsupported_parameter"
    assert caught.value.param == "seed"


def test_a_budget_that_is_spent() -> None:
    client = Client(
        [Budget(1, cost=tokens_of), *default_middlewares()], adapter=FakeProvider(["a b"])
    )
    sdk.create(World("sync"), client)
    with pytest.raises(openai.APIStatusError) as caught:
        sdk.create(World("sync"), client)
    assert caught.value.status_code == 402


async def broken(_request: Request, _call_next: Handler) -> Reply:
    raise ValueError("a mistake of mine")


def test_a_middlewares_own_mistake_is_raised_once(world: World) -> None:
    seen: list[str] = []

    async def counting(request: Request, call_next: Handler) -> Reply:
        seen.append(request.model)
        return await call_next(request)

    with pytest.raises(openai.APIConnectionError, match=r"ValueError in .* mistake") as caught:
        sdk.create(world, Client([counting, broken]))
    assert isinstance(caught.value.__cause__, ValueError)
    assert len(seen) == 1


def test_a_stream_that_fails_at_once_is_an_error_of_the_call(world: World) -> None:
    fake = FakeProvider([503])
    with pytest.raises(openai.InternalServerError):
        sdk.stream(world, fake.client(), extra_body={"num_retries": 0})
    assert len(fake.requests) == 1


def test_a_stream_that_breaks_off(world: World) -> None:
    fake = FakeProvider([["Half an ", Cut()]])
    with pytest.raises(openai.APIError, match="broke") as caught:
        sdk.stream(world, fake.client())
    assert not isinstance(caught.value, openai.APIStatusError)
    assert caught.value.type == "StreamInterruptedError"


def test_what_came_before_the_break_is_handed_out() -> None:
    fake = FakeProvider([["Half an ", Cut()]])
    with sdk.blocking(fake.client()) as client:
        params: Any = {"model": sdk.MODEL, "messages": sdk.MESSAGES, "stream": True}
        ask: Any = client.chat.completions.create
        stream = ask(**params)
        assert next(stream).choices[0].delta.content == "Half an "
        with pytest.raises(openai.APIError):
            next(stream)


def test_an_error_that_the_provider_sends_in_a_stream(
    server: Server, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    weather.use_server(server, monkeypatch)
    answer = weather.claude_says("stream", TEXT)
    error = {"type": "error", "error": {"type": "overloaded_error", "message": "too busy"}}
    event = f"event: error\ndata: {json.dumps(error)}\n\n".encode()
    server.reply(Answer([*answer.pieces[:3], event], headers=answer.headers))
    with pytest.raises(openai.APIError, match="too busy") as caught:
        sdk.stream(world, Client())
    assert caught.value.type == "overloaded_error"


@pytest.mark.parametrize("ask", [sdk.create, sdk.stream])
def test_no_key_is_in_what_is_raised(
    server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, ask: Any
) -> None:
    weather.use_server(server, monkeypatch)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-very-secret")

    def echo(seen: Seen) -> Answer:
        message = f"invalid key: {seen.headers['x-api-key']}"
        body = {"type": "error", "error": {"type": "authentication_error", "message": message}}
        return answer_json(body, 401, x_echo=seen.headers["x-api-key"])

    server.reply(echo)
    with caplog.at_level(0), pytest.raises(openai.AuthenticationError, match="invalid") as caught:
        ask(World("sync"), Client())
    error = caught.value
    shown = f"{error!r} {error.body} {error.response.headers} {error.response.text} {caplog.text}"
    assert "secret" not in shown
    assert weather.UNUSED_KEY not in shown


def test_a_stream_that_ends_too_early(
    server: Server, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    weather.use_server(server, monkeypatch)
    pieces = [f"data: {json.dumps(chunk)}\n\n".encode() for chunk in chunk_bodies()]
    server.reply(Answer(pieces[:2], headers={"content-type": "text/event-stream"}))
    with pytest.raises(openai.APIError, match="ended"):
        sdk.stream(world, Client(), model="openai/gpt-4o")


def test_an_odd_body_of_a_success_survives(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    weather.use_server(server, monkeypatch)
    server.reply(answer_json(completion_body() | {"x_of_the_provider": [1]}))
    answer = sdk.create(World("sync"), Client(), model="openai/gpt-4o")
    assert answer.model_extra is not None
    assert answer.model_extra["x_of_the_provider"] == [1]
