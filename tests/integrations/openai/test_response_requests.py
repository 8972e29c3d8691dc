"""What of the SDK's requests for responses reaches the chain and the provider, and what fails."""

from __future__ import annotations

from typing import Any

import openai
import pytest

from tests.integrations import sdk, weather
from tests.support.answers import failing
from tests.support.server import Server, answer_json
from tests.support.worlds import World
from trunkline import APIConnectionError, Client, Request
from trunkline.integrations.openai import http_client
from trunkline.pipeline.json_values import JSON
from trunkline.testing import Cut, FakeProvider

pytestmark = sdk.DROPPED_GENERATORS

RESPONSE: dict[str, Any] = {
    "id": "resp_1",
    "object": "response",
    "created_at": 1700000000,
    "status": "completed",
    "model": "gpt-4o",
    "output": [
        {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "status": "completed",
            "content": [{"type": "output_text", "text": "Hi", "annotations": []}],
        }
    ],
    "x_of_the_provider": [1],
}


def seen_by(*, sdk_arguments: dict[str, Any] | None = None, **params: Any) -> Request:
    """Return the request that a provider gets of a call."""
    fake = FakeProvider(["Hi"])
    client = openai.OpenAI(
        http_client=http_client(fake.client()), api_key=weather.UNUSED_KEY, **sdk_arguments or {}
    )
    ask: Any = client.responses.create
    with client:
        ask(model=sdk.MODEL, input="Hi", **params)
    [request] = fake.requests
    return request


def test_parameters_become_those_of_chat() -> None:
    request = seen_by(
        temperature=0.5,
        reasoning={"effort": "low"},
        max_output_tokens=9,
        extra_body={"top_k": 5},
    )
    assert request.model == sdk.MODEL
    assert request.params == {
        "temperature": 0.5,
        "top_k": 5,
        "reasoning_effort": "low",
        "max_completion_tokens": 9,
    }


def test_options_of_the_chain_are_options() -> None:
    fake = FakeProvider([503, 503, "Hi"])
    extra = {"num_retries": 0, "fallbacks": ["groq/a", "mistral/b"]}
    response = sdk.respond(World("sync"), fake.client(), extra_body=extra)
    assert response.output_text == "Hi"
    assert [request.model for request in fake.requests] == [sdk.MODEL, "groq/a", "mistral/b"]


def test_a_call_goes_before_the_transports_arguments() -> None:
    fake = FakeProvider(["Hi"])
    with sdk.blocking(fake.client(), temperature=0.1, extra_headers={"x-a": "1"}) as client:
        ask: Any = client.responses.create
        ask(model=sdk.MODEL, input="Hi", temperature=0.9, extra_headers={"x-b": "2"})
    [request] = fake.requests
    assert request.params == {"temperature": 0.9}
    assert request.extra_headers == {"x-a": "1", "x-b": "2"}


def test_a_timeout_holds_for_the_whole_call() -> None:
    timeouts = seen_by(timeout=7).timeouts
    assert timeouts.first_event == timeouts.idle == timeouts.answer == 7


def test_a_provider_with_the_api_gets_the_body_as_it_is(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    weather.use_server(server, monkeypatch)
    server.reply(answer_json(RESPONSE, x_request_id="req_1"))
    reasoning: JSON = {"type": "reasoning", "id": "rs_1", "summary": []}
    params: JSON = {
        "input": [reasoning],
        "metadata": {"user": "u1"},
        "store": True,
        "include": ["reasoning.encrypted_content"],
    }
    with sdk.blocking(Client()) as client:
        ask: Any = client.responses.with_raw_response.create
        raw = ask(
            model=weather.ASKED_RESPONSES,
            **params,
            extra_headers={"x-mine": "1"},
            extra_query={"beta": "true"},
        )
    [seen] = server.seen
    assert seen.path == "/v1/responses?beta=true"
    assert seen.json == {"model": "gpt-4o", **params}
    assert seen.headers["x-mine"] == "1"
    assert seen.headers["authorization"] == "Bearer sk-openai"
    assert not [name for name in seen.headers if name.startswith("x-stainless")]
    assert raw.headers["x-trunkline-provider"] == "openai"
    assert raw.request_id == "req_1"
    assert raw.http_response.json() == RESPONSE
    assert raw.parse().output_text == "Hi"


def test_a_status_raises_the_sdks_own_class(
    server: Server, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    weather.use_server(server, monkeypatch)
    server.reply(failing(429, retry_after="0"))
    with pytest.raises(openai.RateLimitError):
        sdk.respond(world, Client(), extra_body={"num_retries": 2})
    assert len(server.seen) == 3


def test_no_connection(world: World) -> None:
    fake = FakeProvider([APIConnectionError("cannot connect")])
    with pytest.raises(openai.APIConnectionError, match="cannot connect"):
        sdk.respond_events(world, fake.client(), extra_body={"num_retries": 0})
    assert len(fake.requests) == 1


def test_a_stream_that_breaks_off(world: World) -> None:
    fake = FakeProvider([["Half an ", Cut()]])
    with pytest.raises(openai.APIError, match="broke") as caught:
        sdk.respond_events(world, fake.client())
    assert not isinstance(caught.value, openai.APIStatusError)
    assert caught.value.type == "StreamInterruptedError"


BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"tools": [{"type": "web_search"}]}, "tools", r"tools \(web_search\): not .* anthropic"),
    (
        {"previous_response_id": "resp_1"},
        "previous_response_id",
        "previous_response_id: not .* anthropic",
    ),
    ({"background": True}, "background", "background: not .* anthropic"),
    ({"input": 3}, "input", "input: expected str or list, got int"),
    (
        {"input": [{"type": "function_call_output", "call_id": "call_1", "output": "21"}]},
        "input[0].call_id",
        r"input\[0\]\.call_id: no earlier function call has the id 'call_1'",
    ),
]


@pytest.mark.parametrize(("params", "param", "message"), BAD)
def test_what_a_provider_lacks_is_a_bad_request(
    params: dict[str, Any], param: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant")
    with pytest.raises(openai.BadRequestError, match=message) as caught:
        sdk.respond(World("sync"), Client(), **params)
    assert caught.value.param == param
    assert caught.value.response.headers["x-should-retry"] == "false"
