"""Arguments of odd forms raise an error that names them, on every wire, and never another one."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.provider_rows import CALLED, model_of, set_up, value_of
from trunkline import APIError, AuthenticationError, BadRequestError, Client, Provider, completion

MESSAGES: list[Any] = [{"role": "user", "content": "Hello"}]
HALF = "\ud800"
ONE_OF_EACH_WIRE = list({row.wire: row for row in CALLED}.values())
ODD: list[Any] = [[], ["f"], {}, 5, HALF]
# Nothing listens here.
NOWHERE = "http://127.0.0.1:9"


def function(**fields: object) -> dict[str, Any]:
    return {"type": "function", "function": {"name": "f", **fields}}


def calling(identity: str, name: str) -> list[Any]:
    call = {"id": identity, "type": "function", "function": {"name": name, "arguments": "{}"}}
    result = {"role": "tool", "tool_call_id": identity, "content": HALF}
    return [*MESSAGES, {"role": "assistant", "tool_calls": [call]}, result]


def odd_arguments() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for odd in ODD:
        schema = {"type": "object", "properties": odd}
        named = {"name": "n", "schema": {**schema, "$defs": odd}}
        found += [
            {"tools": [function()], "tool_choice": {"type": "function", "function": {"name": odd}}},
            {"tools": [function()], "tool_choice": {"type": odd}},
            {"tools": [function()], "tool_choice": odd},
            {"tools": [function(parameters=odd)]},
            {"tools": [function(parameters=schema)]},
            {"tools": [function(parameters={**schema, "properties": {"a": schema}})]},
            {"tools": [function(name=odd)]},
            {"tools": [{"type": odd}]},
            {"response_format": {"type": "json_schema", "json_schema": named}},
            {"response_format": {"type": odd}},
            {"extra_query": {"a": odd}},
        ]
    return [
        *found,
        {"extra_query": {HALF: "a"}},
        {"extra_headers": {HALF: "a"}},
        {"extra_headers": {"a": HALF}},
        {"extra_headers": {5: "a"}},
        {"api_version": HALF},
        {"base_url": HALF},
        {"base_url": ""},
        {"base_url": "http://[::1"},
        {"messages": [{"role": HALF, "content": "Hello"}]},
        {"messages": calling(HALF, "f")},
        {"messages": calling("1", HALF)},
    ]


@pytest.mark.parametrize("row", ONE_OF_EACH_WIRE, ids=lambda row: row.wire)
def test_odd_arguments(row: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    wire = set_up(row, monkeypatch)
    if wire.token_url:
        monkeypatch.setenv(wire.token_url, f"{NOWHERE}/token")
    for variable in row.key_env[:1]:
        monkeypatch.setenv(variable, value_of(variable))
    with Client(middlewares=[]) as client:
        for odd in odd_arguments():
            arguments: dict[str, Any] = {"base_url": NOWHERE, **wire.arguments, **odd}
            messages = arguments.pop("messages", MESSAGES)
            with pytest.raises(APIError) as caught:
                client.completion(model_of(row), messages, **arguments)
            assert not isinstance(caught.value, BadRequestError) or caught.value.param


@pytest.mark.parametrize("model", [[], {}, 5, None, ["openai/gpt-4o"]])
def test_models(model: Any) -> None:
    with Client(middlewares=[]) as client, pytest.raises(BadRequestError) as caught:
        client.completion(model, MESSAGES)
    assert caught.value.param == "model"


def test_half_of_a_character_in_a_key() -> None:
    with Client(middlewares=[]) as client, pytest.raises(AuthenticationError) as caught:
        client.completion("openai/gpt-4o", MESSAGES, api_key=f"sk-secret{HALF}")
    assert "sk-secret" not in str(caught.value)


@pytest.mark.parametrize("engine", ["h11", "httptools", "httpx"])
@pytest.mark.parametrize(
    "name", ["Content-Length", "transfer-encoding", "HOST", "Connection", " host "]
)
def test_headers_of_the_connection(name: str, engine: Any) -> None:
    with Client(middlewares=[], engine=engine) as client, pytest.raises(BadRequestError) as caught:
        client.completion(
            "openai/gpt-4o", MESSAGES, api_key="k", base_url=NOWHERE, extra_headers={name: "1"}
        )
    assert caught.value.param == "extra_headers"


@pytest.mark.parametrize(
    "proxy",
    [
        "http://user:pass-word@[::1",
        "http://user:pass-word@host:port",
        "http://user:pass-word@host:99999",
        "http://user:pass-word@",
        "ftp://user:pass-word@host:1",
        "http://user:pass-word@ho st:1",
        "user:pass-word/x@host:1",
    ],
)
def test_proxies(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", proxy)
    monkeypatch.delenv("no_proxy", raising=False)
    with Client(middlewares=[]) as client, pytest.raises(BadRequestError) as caught:
        client.completion("openai/gpt-4o", MESSAGES, api_key="k", base_url="http://one.test")
    assert caught.value.param == "HTTP_PROXY"
    assert "pass-word" not in repr(caught.value)


@pytest.mark.parametrize(
    "arguments",
    [
        {"base_url": "localhost:8000/v1"},
        {"base_url": "https://example.test/v1#part"},
        {"extra_headers": {"X y": "a"}},
        {"extra_headers": {"X": "a\nb"}},
        {"api_key": "a\nb"},
    ],
)
def test_what_a_connection_refuses_was_not_sent(arguments: dict[str, Any]) -> None:
    given: dict[str, Any] = {
        "api_key": "k",
        "base_url": "http://127.0.0.1:9/v1",
        **arguments,
    }
    with pytest.raises(BadRequestError) as caught:
        completion("openai/x", MESSAGES, num_retries=0, **given)
    assert caught.value.attempts == 0
    assert "(status" not in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"timeout": 0}, "timeout: expected more than 0 seconds, got 0"),
        ({"timeout": {"idle": True}}, "timeout.idle: expected more than 0 seconds, got True"),
        ({"stream_timeout": "1", "stream": True}, "stream_timeout: expected seconds or a dict"),
        ({"stream_timeout": {"x": 1}, "stream": True}, "stream_timeout.x: unknown limit"),
        ({"attempt_callbacks": print}, "attempt_callbacks: expected a list of callbacks"),
        ({"attempt_callbacks": [3]}, "attempt_callbacks[0]: 3 is not a callback"),
    ],
)
def test_an_argument_is_named_as_it_was_given(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(BadRequestError) as caught:
        completion("openai/gpt-4o", MESSAGES, base_url=NOWHERE, api_key="k", **arguments)
    assert message in caught.value.message
    assert caught.value.param == message.partition(":")[0].partition(".")[0].partition("[")[0]


def test_names_that_are_not_text() -> None:
    info: dict[Any, Any] = {1: 2}
    response = completion("openai/gpt-4o", MESSAGES, model_info=info, mock_response="Hello")
    assert response.choices[0].message.content == "Hello"


@pytest.mark.parametrize("allowed", ["false", 1, []])
def test_private_addresses_are_allowed_by_true_only(allowed: Any) -> None:
    picture = {"type": "image_url", "image_url": {"url": f"{NOWHERE}/a.png"}}
    with pytest.raises(BadRequestError, match="allow_private_urls: expected bool") as caught:
        completion(
            "gemini/gemini-2.5-flash",
            [{"role": "user", "content": [picture]}],
            base_url=NOWHERE,
            api_key="k",
            allow_private_urls=allowed,
        )
    assert caught.value.param == "allow_private_urls"
