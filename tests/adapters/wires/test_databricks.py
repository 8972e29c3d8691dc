"""Databricks: who calls, and with which token."""

from __future__ import annotations

from base64 import b64encode
from typing import Any
from urllib.parse import parse_qs

import pytest

from tests.support.answers import MESSAGES, completion_body, failing, good
from tests.support.server import Answer, Seen, Server, answer_events, answer_json
from tests.support.worlds import World
from trunkline import AuthenticationError, Client, RateLimitError
from trunkline.adapters.credentials.token_cache import shared_tokens

MODEL = "databricks/databricks-claude-sonnet-4-5"
SECRET = "secret-of-the-principal"
PRINCIPAL = {"client_id": "principal-1", "client_secret": SECRET}


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    shared_tokens.clear()
    for name in ("TOKEN", "API_KEY", "CLIENT_ID", "CLIENT_SECRET"):
        monkeypatch.delenv(f"DATABRICKS_{name}", raising=False)


def token(value: str = "token-of-an-hour", **more: Any) -> Answer:
    return answer_json({"access_token": value, "token_type": "Bearer", "expires_in": 3600, **more})


def ask(server: Server, **arguments: Any) -> str:
    """Return what the last request was let in with."""
    with Client(middlewares=[]) as client:
        client.completion(MODEL, MESSAGES, base_url=f"{server.url}/serving-endpoints", **arguments)
    return server.seen[-1].headers["authorization"]


def test_a_service_principal(world: World, mode: str, server: Server) -> None:
    server.reply(token(), good(mode))
    with Client(middlewares=[]) as client:
        for _ in range(2):
            world.answer(
                client,
                mode,
                MODEL,
                MESSAGES,
                base_url=f"{server.url}/serving-endpoints",
                **PRINCIPAL,
            )
    exchange, *calls = server.seen
    assert exchange.path == "/oidc/v1/token"
    assert parse_qs(exchange.body.decode()) == {
        "grant_type": ["client_credentials"],
        "scope": ["all-apis"],
    }
    basic = b64encode(f"principal-1:{SECRET}".encode()).decode()
    assert exchange.headers["authorization"] == f"Basic {basic}"
    assert [call.headers["authorization"] for call in calls] == ["Bearer token-of-an-hour"] * 2
    assert [call.path for call in calls] == ["/serving-endpoints/chat/completions"] * 2
    assert SECRET not in str(calls)
    assert "client_id" not in calls[0].json


def test_a_token_that_is_refused(mode: str, server: Server) -> None:
    refused = failing(401, "revoked")
    server.reply(token("first"), refused, token("second"), good(mode))
    address = f"{server.url}/serving-endpoints"
    with Client(middlewares=[]) as client:
        with pytest.raises(AuthenticationError, match="revoked"):
            World("sync").answer(client, mode, MODEL, MESSAGES, base_url=address, **PRINCIPAL)
        World("sync").answer(client, mode, MODEL, MESSAGES, base_url=address, **PRINCIPAL)
    called = [seen.headers["authorization"] for seen in server.seen[1::2]]
    assert called == ["Bearer first", "Bearer second"]


@pytest.mark.parametrize(("lifetime", "fetched"), [("3600", 1), ("soon", 1), (60, 2), ("60", 2)])
def test_how_long_a_token_is_kept(server: Server, lifetime: object, fetched: int) -> None:
    def answer(seen: Seen) -> Answer:
        return token(expires_in=lifetime) if seen.path.endswith("token") else good("plain")

    server.reply(answer)
    for _ in range(2):
        ask(server, **PRINCIPAL)
    assert sum(seen.path == "/oidc/v1/token" for seen in server.seen) == fetched


def test_one_of_the_environment(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABRICKS_CLIENT_ID", "principal-1")
    monkeypatch.setenv("DATABRICKS_CLIENT_SECRET", SECRET)
    server.reply(token(), good("plain"))
    assert ask(server) == "Bearer token-of-an-hour"


@pytest.mark.parametrize(
    ("arguments", "environment", "header"),
    [
        ({"api_key": "dapi-given", **PRINCIPAL}, {}, "Bearer dapi-given"),
        ({}, {"TOKEN": "dapi-1", "CLIENT_ID": "a", "CLIENT_SECRET": "b"}, "Bearer dapi-1"),
        ({"extra_headers": {"Authorization": "mine"}, **PRINCIPAL}, {}, "mine"),
    ],
)
def test_what_goes_first(
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
    arguments: dict[str, Any],
    environment: dict[str, str],
    header: str,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(f"DATABRICKS_{name}", value)
    server.reply(good("plain"))
    assert ask(server, **arguments) == header
    assert len(server.seen) == 1


def test_the_calls_principal_before_the_environments_token(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABRICKS_TOKEN", "dapi-1")
    server.reply(token(), good("plain"))
    assert ask(server, **PRINCIPAL) == "Bearer token-of-an-hour"


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (
            answer_json(
                {"error": "invalid_client", "error_description": f"{SECRET} is wrong"}, 401
            ),
            AuthenticationError,
            r"127\.0\.0\.1 refused to issue a token.*\*\*\* is wrong",
        ),
        (answer_json({"error": "no"}, 400), AuthenticationError, ": no"),
        (answer_json({"message": "later"}, 429), RateLimitError, "later"),
    ],
)
def test_no_token(server: Server, answer: Answer, kind: type[Exception], words: str) -> None:
    server.reply(answer)
    with pytest.raises(kind, match=words) as caught:
        ask(server, **PRINCIPAL)
    assert len(server.seen) == 1
    assert SECRET not in repr(caught.value) + str(getattr(caught.value, "body", ""))


def test_half_a_principal(server: Server) -> None:
    server.reply(token(), good("plain"))
    with pytest.raises(AuthenticationError, match="DATABRICKS_CLIENT_SECRET"):
        ask(server, client_id="principal-1")
    assert not server.seen


def thought(text: str, signature: str) -> dict[str, Any]:
    summary = {"type": "summary_text", "text": text, "signature": signature}
    return {"type": "reasoning", "summary": [summary]}


def test_signed_reasoning_goes_back(mode: str, server: Server) -> None:
    """As in Databricks' description of Claude: reasoning in content, with its signature."""
    text = {"type": "text", "text": "Yes."}
    if mode == "plain":
        message = {"role": "assistant", "content": [thought("Hm, so.", "signed"), text]}
        body = completion_body() | {"choices": [{"message": message, "finish_reason": "stop"}]}
        answer = answer_json(body)
    else:
        pieces: list[Any] = [[thought("Hm, ", "")], [thought("so.", "")], [thought("", "signed")]]
        answer = answer_events(
            [
                {"choices": [{"delta": {"role": "assistant", "content": piece}}]}
                for piece in [*pieces, [text]]
            ]
            + [{"choices": [{"delta": {}, "finish_reason": "stop"}]}]
        )
    server.reply(answer, good("plain"))
    options = {"api_key": "dapi", "base_url": f"{server.url}/serving-endpoints"}
    with Client(middlewares=[]) as client:
        reply = World("sync").answer(client, mode, MODEL, MESSAGES, **options)
        told = reply.choices[0].message
        assert (told.reasoning_content, told.content) == ("Hm, so.", "Yes.")
        World("sync").complete(client, MODEL, [*MESSAGES, told, *MESSAGES], **options)
    assert server.seen[-1].json["messages"][1] == {
        "role": "assistant",
        "content": [thought("Hm, so.", "signed"), text],
    }
