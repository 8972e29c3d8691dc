"""IBM watsonx.ai: tokens, projects, and what differs from OpenAI's body."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs

import pytest

from tests.support.answers import MESSAGES, TEXT, chunk_bodies, completion_body, good
from tests.support.server import Answer, Server, answer_json
from tests.support.worlds import World
from trunkline import (
    AuthenticationError,
    BadRequestError,
    Client,
    ContextWindowExceededError,
    InternalServerError,
    NotFoundError,
    RateLimitError,
    ServiceUnavailableError,
    get_supported_openai_params,
)
from trunkline.adapters.adapter import ProviderAdapter
from trunkline.adapters.credentials.token_cache import shared_tokens
from trunkline.pipeline.call.request import Handler, Reply, Request
from trunkline.pipeline.transport.sync_io import SyncIO

KEY = "key-of-ibm-0123456789"
MODEL = "watsonx/ibm/granite-4-h-small"
TOOL: dict[str, Any] = {
    "type": "function",
    "function": {"name": "add", "parameters": {"type": "object"}, "strict": True},
}


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, server: Server) -> None:
    shared_tokens.clear()
    for name in ("WATSONX_TOKEN", "WATSONX_ZENAPIKEY", "WATSONX_URL", "WATSONX_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("WATSONX_IAM_URL", f"{server.url}/identity/token")
    monkeypatch.setenv("WATSONX_PROJECT_ID", "our-project")


@pytest.fixture
def client() -> Client:
    return Client(middlewares=[])


def token(value: str = "a-token-of-ibm", expires_in: int = 3600) -> Answer:
    return answer_json({"access_token": value, "expires_in": expires_in, "token_type": "Bearer"})


def body_of_call(client: Client, server: Server, model: str = MODEL, **arguments: Any) -> Any:
    server.reply(good("plain"))
    client.completion(
        model,
        arguments.pop("messages", MESSAGES),
        base_url=server.url,
        token="a-token",
        **arguments,
    )
    return server.seen[-1].json


class TestTokens:
    def test_key_is_exchanged_once(self, world: World, server: Server) -> None:
        server.reply(token(), good("plain"))
        with Client(middlewares=[]) as client:
            for _ in range(2):
                world.complete(client, MODEL, MESSAGES, base_url=server.url, api_key=KEY)
        exchange, *calls = server.seen
        assert exchange.path == "/identity/token"
        assert exchange.headers["content-type"] == "application/x-www-form-urlencoded"
        assert parse_qs(exchange.body.decode()) == {
            "grant_type": ["urn:ibm:params:oauth:grant-type:apikey"],
            "apikey": [KEY],
        }
        assert [call.headers["authorization"] for call in calls] == ["Bearer a-token-of-ibm"] * 2
        assert KEY not in str(calls)

    def test_and_again_when_it_expires(self, client: Client, server: Server) -> None:
        server.reply(token("first", 60), good("plain"), token("second"), good("plain"))
        for _ in range(2):
            client.completion(MODEL, MESSAGES, base_url=server.url, api_key=KEY)
        sent = [call.headers["authorization"] for call in server.seen[1::2]]
        assert sent == ["Bearer first", "Bearer second"]

    def test_each_key_has_its_own(self, client: Client, server: Server) -> None:
        server.reply(token("first"), good("plain"), token("second"), good("plain"))
        for key in (KEY, KEY + "-2"):
            client.completion(MODEL, MESSAGES, base_url=server.url, api_key=key)
        assert server.seen[3].headers["authorization"] == "Bearer second"

    @pytest.mark.parametrize(
        ("arguments", "environment", "header"),
        [
            ({"token": "given"}, {}, "Bearer given"),
            ({"zen_api_key": "zen"}, {}, "ZenApiKey zen"),
            ({}, {"WATSONX_TOKEN": "given"}, "Bearer given"),
            ({}, {"WATSONX_ZENAPIKEY": "zen"}, "ZenApiKey zen"),
            ({"extra_headers": {"Authorization": "mine"}}, {}, "mine"),
            ({"token": "given"}, {"WATSONX_API_KEY": KEY}, "Bearer given"),
        ],
    )
    def test_without_a_key(
        self,
        client: Client,
        server: Server,
        monkeypatch: pytest.MonkeyPatch,
        arguments: dict[str, Any],
        environment: dict[str, str],
        header: str,
    ) -> None:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        server.reply(good("plain"))
        client.completion(MODEL, MESSAGES, base_url=server.url, **arguments)
        assert server.seen[0].headers["authorization"] == header
        assert not {"token", "zen_api_key"} & server.seen[0].json.keys()

    @pytest.mark.parametrize(
        ("model", "argument"), [(MODEL, "token"), ("gigachat/GigaChat-2", "access_token")]
    )
    def test_middlewares_do_not_see_it(self, server: Server, model: str, argument: str) -> None:
        seen: list[str] = []

        async def peek(request: Request, call_next: Handler) -> Reply:
            seen.append(repr(request))
            return await call_next(request)

        arguments: dict[str, Any] = {argument: "a-secret-token"}
        server.reply(good("plain"))
        with Client([peek]) as client:
            client.completion(model, MESSAGES, base_url=server.url, **arguments)
        assert server.seen[0].headers["authorization"] == "Bearer a-secret-token"
        assert "a-secret-token" not in seen[0]

    @pytest.mark.parametrize(
        ("answer", "kind", "words"),
        [
            (
                answer_json({"errorCode": "BXNIM0415E", "errorMessage": f"No key {KEY}."}, 400),
                AuthenticationError,
                r"refused to issue a token.*No key \*\*\*",
            ),
            (answer_json({"token": 1}), AuthenticationError, "status 200"),
            (Answer([b"<html>"], status=403), AuthenticationError, "status 403"),
            (Answer([b"<html>"], status=503), ServiceUnavailableError, "html"),
            (answer_json({"errorMessage": "wait"}, 429), RateLimitError, "wait"),
        ],
    )
    def test_no_token(
        self,
        client: Client,
        server: Server,
        answer: Answer,
        kind: type[Exception],
        words: str,
    ) -> None:
        server.reply(answer)
        with pytest.raises(kind, match=words) as caught:
            client.completion(MODEL, MESSAGES, base_url=server.url, api_key=KEY)
        assert len(server.seen) == 1
        assert KEY not in repr(caught.value) + str(getattr(caught.value, "body", ""))


@pytest.mark.parametrize(
    ("model", "mode", "path"),
    [
        (MODEL, "plain", "/ml/v1/text/chat"),
        (MODEL, "stream", "/ml/v1/text/chat_stream"),
        ("watsonx/deployment/our one", "plain", "/ml/v1/deployments/our%20one/text/chat"),
        ("watsonx/deployment/d1", "stream", "/ml/v1/deployments/d1/text/chat_stream"),
    ],
)
def test_address(client: Client, server: Server, model: str, mode: str, path: str) -> None:
    server.reply(good(mode))
    answer = World("sync").answer(
        client, mode, model, MESSAGES, base_url=server.url, token="t", api_version="2025-01-01"
    )
    assert answer.choices[0].message.content == TEXT
    assert server.seen[0].path == f"{path}?version=2025-01-01"
    body = server.seen[0].json
    wanted = {"messages"} if "deployment" in model else {"messages", "model_id", "project_id"}
    assert body.keys() == wanted


def test_address_of_a_region(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadRequestError, match="WATSONX_REGION"):
        client.completion(MODEL, MESSAGES, api_key=KEY)
    monkeypatch.setenv("WATSONX_REGION", "eu-de")
    request = Request(model=MODEL, messages=(), io=SyncIO(), adapter=ProviderAdapter())
    endpoint = ProviderAdapter().resolve(request)
    assert endpoint.base_url == "https://eu-de.ml.cloud.ibm.com"


def test_default_version(client: Client, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    body_of_call(client, server)
    assert server.seen[0].path == "/ml/v1/text/chat?version=2025-02-11"
    monkeypatch.setenv("WATSONX_API_VERSION", "2025-06-01")
    body_of_call(client, server)
    assert server.seen[0].path == "/ml/v1/text/chat?version=2025-06-01"


@pytest.mark.parametrize(
    ("arguments", "environment", "place"),
    [
        ({}, {"WATSONX_PROJECT_ID": "p"}, {"project_id": "p"}),
        ({}, {"WX_PROJECT_ID": "p", "WATSONX_SPACE_ID": "s"}, {"project_id": "p"}),
        ({}, {"WATSONX_DEPLOYMENT_SPACE_ID": "s"}, {"space_id": "s"}),
        ({"space_id": "s"}, {"WATSONX_PROJECT_ID": "p"}, {"space_id": "s"}),
        ({"project_id": "q"}, {"WATSONX_PROJECT_ID": "p"}, {"project_id": "q"}),
        ({"project_id": "q", "space_id": "s"}, {}, {"project_id": "q"}),
    ],
)
def test_project_or_space(
    client: Client,
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
    arguments: dict[str, str],
    environment: dict[str, str],
    place: dict[str, str],
) -> None:
    monkeypatch.delenv("WATSONX_PROJECT_ID")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    body = body_of_call(client, server, **arguments)
    assert {name: body[name] for name in ("project_id", "space_id") if name in body} == place


def test_neither_project_nor_space(
    client: Client, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WATSONX_PROJECT_ID")
    with pytest.raises(BadRequestError, match=r"project_id.*WATSONX_PROJECT_ID"):
        body_of_call(client, server)
    assert not server.seen


def test_tools(client: Client, server: Server) -> None:
    named = {"type": "function", "function": {"name": "add"}}
    body = body_of_call(client, server, tools=[TOOL], tool_choice=named)
    assert body["tools"][0]["function"] == {"name": "add", "parameters": {"type": "object"}}
    assert body["tool_choice"] == named
    assert TOOL["function"]["strict"]  # the caller's own is not changed
    for choice in ("auto", "none", "required"):
        body = body_of_call(client, server, tools=[TOOL], tool_choice=choice)
        assert body["tool_choice_option"] == choice
        assert "tool_choice" not in body


def test_messages(client: Client, server: Server) -> None:
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}
    words = [{"type": "text", "text": "Be"}, {"type": "text", "text": " brief."}]
    messages = [
        {"role": "developer", "content": words},
        {"role": "user", "content": [*words, picture]},
        {"role": "assistant", "content": "Yes?", "reasoning_content": "hm"},
    ]
    sent = body_of_call(client, server, messages=messages)["messages"]
    assert sent[0] == {"role": "system", "content": "Be brief."}
    assert sent[1]["content"] == [*words, picture]
    assert sent[2] == {"role": "assistant", "content": "Yes?"}
    server.reply()
    with pytest.raises(BadRequestError, match=r"messages\[0\].content\[0\]"):
        body_of_call(client, server, messages=[{"role": "system", "content": [picture]}])


def test_params_of_its_own(client: Client, server: Server) -> None:
    body = body_of_call(
        client, server, max_tokens=9, time_limit=1000, reasoning_effort="low", stop="END"
    )
    assert body["stop"] == ["END"]
    assert body["max_tokens"] == 9
    assert body["time_limit"] == 1000
    assert body["reasoning_effort"] == "low"
    supported = get_supported_openai_params(MODEL)
    assert "reasoning_effort" in supported
    assert "parallel_tool_calls" not in supported


def test_stream_as_ibm_writes_it(client: Client, server: Server) -> None:
    """With ids and names of events, and no end marker."""
    pieces = [
        f"id: {number}\nevent: message\ndata: {json.dumps(chunk)}\n\n".encode()
        for number, chunk in enumerate(chunk_bodies())
    ]
    server.reply(Answer(pieces, headers={"content-type": "text/event-stream"}))
    stream = client.completion(
        MODEL,
        MESSAGES,
        stream=True,
        base_url=server.url,
        token="t",
        stream_options={"include_usage": True},
    )
    assert [chunk.usage for chunk in stream][-1]
    assert stream.response.choices[0].message.content == TEXT
    assert not {"stream", "stream_options"} & server.seen[0].json.keys()


def test_prompt_that_is_too_long(client: Client, server: Server) -> None:
    message = "the number of input tokens 5000 cannot exceed the total tokens limit 4096"
    errors = [{"code": "invalid_input_argument", "message": message}]
    server.reply(answer_json({"errors": errors}, 400))
    with pytest.raises(ContextWindowExceededError):
        client.completion(MODEL, MESSAGES, base_url=server.url, token="t")


def test_time_limit(client: Client, server: Server) -> None:
    server.reply(answer_json(completion_body(finish="time_limit")))
    choice = client.completion(MODEL, MESSAGES, base_url=server.url, token="t").choices[0]
    assert choice.finish_reason == "length"
    assert choice.provider_specific_fields == {"native_finish_reason": "time_limit"}


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (404, "model_not_supported", NotFoundError),
        (400, "invalid_input_argument", BadRequestError),
        (403, "token_quota_reached", RateLimitError),
        (429, "rate_limit_reached_requests", RateLimitError),
        (500, "downstream_request_failed", InternalServerError),
        (401, "authentication_token_expired", AuthenticationError),
    ],
)
def test_errors(
    client: Client, server: Server, status: int, code: str, kind: type[Exception]
) -> None:
    body = {
        "errors": [{"code": code, "message": "It is so."}],
        "trace": "t1",
        "status_code": status,
    }
    server.reply(answer_json(body, status, retry_after="3"))
    with pytest.raises(kind, match="It is so") as caught:
        client.completion(MODEL, MESSAGES, base_url=server.url, token="t")
    found: Any = caught.value
    assert (found.code, found.status_code, found.retry_after) == (code, status, 3)
    assert found.body == body
