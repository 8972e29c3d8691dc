"""GigaChat: an authorization key, and the token that it is exchanged for."""

from __future__ import annotations

from time import time
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

import pytest

from tests.support.answers import MESSAGES, good
from tests.support.server import Answer, Server, answer_json
from tests.support.worlds import World
from trunkline import AuthenticationError, Client
from trunkline.adapters.credentials.token_cache import shared_tokens

MODEL = "gigachat/GigaChat-2-Max"
KEY = "Y2xpZW50OnNlY3JldA=="


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, server: Server) -> None:
    shared_tokens.clear()
    for name in ("CREDENTIALS", "API_KEY", "ACCESS_TOKEN", "SCOPE"):
        monkeypatch.delenv(f"GIGACHAT_{name}", raising=False)
    monkeypatch.setenv("GIGACHAT_AUTH_URL", f"{server.url}/api/v2/oauth")


def token(value: str = "token-of-half-an-hour", minutes: float = 30) -> Answer:
    """An answer of the token endpoint: its moments are milliseconds."""
    return answer_json({"access_token": value, "expires_at": int((time() + minutes * 60) * 1000)})


def ask(server: Server, **arguments: Any) -> str:
    with Client(middlewares=[]) as client:
        client.completion(MODEL, MESSAGES, base_url=server.url, **arguments)
    return server.seen[-1].headers["authorization"]


def test_key_is_exchanged_once(world: World, server: Server) -> None:
    server.reply(token(), good("plain"))
    with Client(middlewares=[]) as client:
        for _ in range(2):
            world.complete(client, MODEL, MESSAGES, base_url=server.url, api_key=KEY)
    exchange, *calls = server.seen
    assert exchange.path == "/api/v2/oauth"
    assert parse_qs(exchange.body.decode()) == {"scope": ["GIGACHAT_API_PERS"]}
    assert exchange.headers["authorization"] == f"Basic {KEY}"
    assert UUID(exchange.headers["rquid"]).version == 4
    assert [call.headers["authorization"] for call in calls] == ["Bearer token-of-half-an-hour"] * 2
    assert KEY not in str(calls)


def test_and_again_before_it_expires(server: Server) -> None:
    server.reply(token("first", minutes=4), good("plain"), token("second"), good("plain"))
    assert ask(server, api_key=KEY) == "Bearer first"
    assert ask(server, api_key=KEY) == "Bearer second"


def test_each_scope_has_its_own(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.reply(token("corp"), good("plain"), token("b2b"), good("plain"))
    assert ask(server, api_key=KEY, scope="GIGACHAT_API_CORP") == "Bearer corp"
    assert parse_qs(server.seen[0].body.decode()) == {"scope": ["GIGACHAT_API_CORP"]}
    assert "scope" not in server.seen[1].json
    monkeypatch.setenv("GIGACHAT_SCOPE", "GIGACHAT_API_B2B")
    assert ask(server, api_key=KEY) == "Bearer b2b"


@pytest.mark.parametrize(
    ("arguments", "environment", "header"),
    [
        ({"access_token": "given"}, {"CREDENTIALS": KEY}, "Bearer given"),
        ({}, {"ACCESS_TOKEN": "found"}, "Bearer found"),
        ({"extra_headers": {"Authorization": "mine"}}, {"CREDENTIALS": KEY}, "mine"),
    ],
)
def test_tokens_that_are_there(
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
    arguments: dict[str, Any],
    environment: dict[str, str],
    header: str,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(f"GIGACHAT_{name}", value)
    server.reply(good("plain"))
    assert ask(server, **arguments) == header
    assert "access_token" not in server.seen[0].json


def test_no_token(server: Server) -> None:
    server.reply(answer_json({"code": 4, "message": f"Can't decode {KEY}"}, 400))
    with pytest.raises(AuthenticationError, match=r"refused to issue a token.*decode \*\*\*"):
        ask(server, api_key=KEY)
