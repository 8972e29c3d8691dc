"""What of a request of the OpenAI SDK reaches the chain and the provider."""

from __future__ import annotations

import logging
from typing import Any

import openai
import pytest

from tests.integrations import sdk, weather
from tests.support.answers import completion_body
from tests.support.server import Server, answer_json
from tests.support.worlds import World
from trunkline import Client, Request
from trunkline.integrations.inbound.transports import note_unused
from trunkline.integrations.openai import http_client
from trunkline.pipeline.call.arguments import DEFAULT_TIMEOUTS
from trunkline.testing import FakeProvider


def seen_by(*, sdk_arguments: dict[str, Any] | None = None, **params: Any) -> Request:
    """Return the request that a provider gets of a call."""
    fake = FakeProvider(["Hi"])
    given: dict[str, Any] = {"model": sdk.MODEL, "messages": sdk.MESSAGES, **params}
    client = openai.OpenAI(
        http_client=http_client(fake.client()), api_key=weather.UNUSED_KEY, **sdk_arguments or {}
    )
    with client:
        client.chat.completions.create(**given)
    [request] = fake.requests
    return request


def test_parameters_arrive_as_they_are() -> None:
    request = seen_by(temperature=0.5, extra_body={"top_k": 5, "thinking": {"type": "adaptive"}})
    assert request.params == {
        "temperature": 0.5,
        "top_k": 5,
        "thinking": {"type": "adaptive"},
    }
    assert request.model == sdk.MODEL
    assert list(request.messages) == sdk.MESSAGES


def test_options_of_the_chain_are_options() -> None:
    fake = FakeProvider([503, 503, "Hi"])
    extra = {"num_retries": 0, "fallbacks": ["groq/a", "mistral/b"], "drop_params": True}
    answer = sdk.create(World("sync"), fake.client(), seed=3, extra_body=extra)
    assert answer.choices[0].message.content == "Hi"
    assert [request.model for request in fake.requests] == [sdk.MODEL, "groq/a", "mistral/b"]
    assert [request.params.get("seed") for request in fake.requests] == [None, 3, 3]


def test_a_call_goes_before_the_transports_arguments() -> None:
    fake = FakeProvider(["a", "b"])
    with sdk.blocking(fake.client(), temperature=0.1, extra_headers={"x-a": "1"}) as client:
        ask: Any = client.chat.completions.create
        ask(model=sdk.MODEL, messages=sdk.MESSAGES)
        ask(model=sdk.MODEL, messages=sdk.MESSAGES, temperature=0.9, extra_headers={"x-b": "2"})
    first, second = fake.requests
    assert first.params == {"temperature": 0.1}
    assert second.params == {"temperature": 0.9}
    assert second.extra_headers == {"x-a": "1", "x-b": "2"}


def test_answers_are_kept_in_a_cache() -> None:
    fake = FakeProvider(["once"])
    client = fake.client()
    for _ in range(2):
        answer = sdk.create(World("sync"), client, extra_body={"cache": True})
        assert answer.choices[0].message.content == "once"


def test_headers_and_query_go_along_and_the_sdks_own_do_not(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    weather.use_server(server, monkeypatch)
    server.reply(weather.claude_says("plain"))
    with (
        Client() as own,
        openai.OpenAI(
            http_client=http_client(own),
            api_key=weather.UNUSED_KEY,
            organization="org-of-mine",
            project="project-of-mine",
        ) as client,
    ):
        client.chat.completions.create(
            model=sdk.MODEL,
            messages=sdk.MESSAGES,
            extra_headers={"anthropic-beta": "a-feature"},
            extra_query={"beta": "true"},
        )
    [seen] = server.seen
    assert seen.path == "/v1/messages?beta=true"
    assert seen.headers["anthropic-beta"] == "a-feature"
    assert seen.headers["x-api-key"] == "sk-ant"
    assert not [name for name in seen.headers if name.startswith(("x-stainless", "openai-"))]
    everything = str(seen.headers)
    assert weather.UNUSED_KEY not in everything
    assert "of-mine" not in everything


def test_a_key_of_ones_own_is_given_as_an_argument() -> None:
    request = seen_by(extra_body={"api_key": "sk-explicit"})
    assert request.api_key is not None
    assert request.api_key.reveal() == "sk-explicit"


def test_without_a_timeout_the_chains_own_limits_hold() -> None:
    assert seen_by().timeouts == DEFAULT_TIMEOUTS


@pytest.mark.parametrize("where", ["client", "call"])
def test_a_timeout_holds_for_the_whole_call(where: str) -> None:
    if where == "client":
        timeouts = seen_by(sdk_arguments={"timeout": 7}).timeouts
    else:
        timeouts = seen_by(timeout=openai.Timeout(7, connect=7)).timeouts
    assert timeouts.connect == timeouts.first_event == timeouts.idle == timeouts.answer == 7


def test_no_timeout_is_no_limit() -> None:
    timeouts = seen_by(sdk_arguments={"timeout": None}).timeouts
    assert timeouts.connect is timeouts.first_event is timeouts.idle is timeouts.answer is None


def test_metadata_is_for_the_chain() -> None:
    request = seen_by(metadata={"user": "u1"})
    assert request.metadata == {"user": "u1"}
    assert request.extra_body == {}


def test_metadata_of_a_stored_completion_reaches_openai_and_no_fallback(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    weather.use_server(server, monkeypatch)
    server.reply(answer_json(completion_body()))
    sdk.create(World("sync"), Client(), model="openai/gpt-4o", store=True, metadata={"user": "u1"})
    assert server.seen[0].json["store"] is True
    assert server.seen[0].json["metadata"] == {"user": "u1"}

    server.reply(answer_json({"error": {"message": "down"}}, 503), weather.claude_says("plain"))
    sdk.create(
        World("sync"),
        Client(),
        model="openai/gpt-4o",
        store=True,
        metadata={"user": "u1"},
        extra_body={"fallbacks": [sdk.MODEL], "num_retries": 0, "drop_params": True},
    )
    assert "metadata" not in server.seen[1].json
    assert "store" not in server.seen[1].json


def test_an_address_is_said_not_to_be_used(caplog: pytest.LogCaptureFixture) -> None:
    note_unused.cache_clear()
    with caplog.at_level(logging.WARNING, "trunkline"):
        seen_by(sdk_arguments={"base_url": "https://elsewhere.example/v1"})
        seen_by(sdk_arguments={"base_url": "https://elsewhere.example/v1"})
        seen_by(sdk_arguments={"base_url": "http://trunkline.invalid/v1"})
        seen_by()
    [record] = caplog.records
    assert record.getMessage() == (
        "base_url: elsewhere.example is not used; the model names the provider"
    )


def test_openais_own_address_is_used(
    server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    note_unused.cache_clear()
    monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-openai")
    server.reply(answer_json(completion_body()))
    with Client() as own, openai.OpenAI(http_client=http_client(own)) as client:
        client.chat.completions.create(model="gpt-4o", messages=sdk.MESSAGES)
    assert len(server.seen) == 1
    assert caplog.records == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "the request's body is not JSON"),
        (b"\xff", "the request's body is not JSON"),
        (b"[]", "the request's body is not a JSON object"),
        (b'{"messages": []}', "model"),
        (b'{"model": "openai/gpt-4o"}', "messages"),
        (b'{"model": "a/b", "messages": [], "client": {}}', "client: pass it to http_client()"),
        (
            b'{"model": "a/b", "messages": [{"role": "user", "content": "a"}], "extra_headers": 1}',
            "extra_headers: expected",
        ),
    ],
)
def test_a_body_that_cannot_be_right_is_a_bad_request(content: bytes, message: str) -> None:
    with http_client(FakeProvider().client()) as client:
        response = client.post(
            "https://api.openai.com/v1/chat/completions", content=content, headers={"x-a": "b"}
        )
    assert response.status_code == 400
    assert message in response.json()["error"]["message"]
    assert response.headers["x-should-retry"] == "false"
