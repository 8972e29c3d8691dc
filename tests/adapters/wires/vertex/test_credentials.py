"""Credentials for Vertex AI: service accounts, objects of google-auth, API keys."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.calls.gemini_calls import HELLO, answer
from tests.support.calls.vertex_calls import MODEL, ROOT, TOKEN, GivenCredentials, granted
from tests.support.server import Server, answer_json
from tests.support.worlds import World
from trunkline import APIConnectionError, AuthenticationError, BadRequestError, Client
from trunkline.pipeline.json_values import JSON
from trunkline.pipeline.secret import Secret


def test_a_service_account_gets_a_token_once(server: Server, account: JSON, world: World) -> None:
    server.reply(granted(), answer_json(answer({"text": "Hi"})))
    client = Client()
    for _ in range(2):
        response = world.complete(
            client, MODEL, HELLO, vertex_credentials=account, base_url=server.url
        )
        assert response.choices[0].message.content == "Hi"
    token, first, second = server.seen
    assert token.path == "/token"
    for seen in (first, second):
        assert seen.path == f"{ROOT}/publishers/google/models/gemini-2.5-flash:generateContent"
        assert seen.headers["authorization"] == f"Bearer {TOKEN}"
        assert set(seen.json) == {"contents"}
    client.close()


@pytest.mark.parametrize("form", ["path", "text", "dictionary", "secret", "variable", "default"])
def test_forms_of_credentials(
    server: Server, account: JSON, form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = json.dumps(account)
    path = tmp_path / "account.json"
    path.write_text(text)
    forms: JSON = {"path": str(path), "text": text, "dictionary": account, "secret": Secret(text)}
    if form == "variable":
        monkeypatch.setenv("VERTEXAI_CREDENTIALS", str(path))
    if form == "default":
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))
    server.reply(granted(), answer_json(answer({"text": "Hi"})))
    client = Client()
    client.completion(MODEL, HELLO, vertex_credentials=forms.get(form), base_url=server.url)
    assert server.seen[-1].headers["authorization"] == f"Bearer {TOKEN}"
    assert server.seen[-1].path.startswith(f"{ROOT}/")
    client.close()


def test_an_expired_token_is_replaced(server: Server, account: JSON) -> None:
    reply = answer_json(answer({"text": "Hi"}))
    # A token that is valid for only a few seconds counts as expired.
    server.reply(granted(seconds=1), reply, granted(), reply, reply)
    client = Client()
    for _ in range(3):
        client.completion(MODEL, HELLO, vertex_credentials=account, base_url=server.url)
    paths = [seen.path == "/token" for seen in server.seen]
    assert paths == [True, False, True, False, False]
    client.close()


def test_credentials_objects(server: Server, world: World) -> None:
    given = GivenCredentials()
    server.reply(answer_json(answer({"text": "Hi"})))
    client = Client()
    for project in (None, "other"):
        world.complete(
            client,
            MODEL,
            HELLO,
            vertex_credentials=given,
            vertex_project=project,
            vertex_location="europe-west4",
            base_url=server.url,
        )
    assert given.refreshed == 1
    first, second = (seen.path for seen in server.seen)
    assert first.startswith("/v1beta1/projects/of-the-object/locations/europe-west4/publishers/")
    assert second.startswith("/v1beta1/projects/other/locations/europe-west4/")
    client.close()


def test_the_quota_project_of_credentials_is_sent(server: Server) -> None:
    given = GivenCredentials(quota_project="who-pays")
    server.reply(answer_json(answer({"text": "Hi"})))
    client = Client()
    client.completion(MODEL, HELLO, vertex_credentials=given, base_url=server.url)
    assert server.seen[0].headers["x-goog-user-project"] == "who-pays"
    client.close()


def test_an_api_key_needs_no_project(server: Server) -> None:
    server.reply(answer_json(answer({"text": "Hi"})))
    client = Client()
    client.completion(MODEL, HELLO, api_key="secret-key-1", base_url=server.url)
    (seen,) = server.seen
    assert seen.path == "/v1beta1/publishers/google/models/gemini-2.5-flash:generateContent"
    assert seen.headers["x-goog-api-key"] == "secret-key-1"
    assert "authorization" not in seen.headers
    client.close()


def test_refused_credentials(server: Server, account: JSON) -> None:
    server.reply(answer_json({"error": "invalid_grant", "error_description": "no"}, 400))
    client = Client([])
    with pytest.raises(AuthenticationError, match="invalid_grant") as caught:
        client.completion(MODEL, HELLO, vertex_credentials=account, base_url=server.url)
    assert "PRIVATE KEY" not in repr(caught.value)
    client.close()


def test_a_token_server_that_cannot_be_reached(account: JSON) -> None:
    account["token_uri"] = "http://127.0.0.1:9/token"
    client = Client([])
    with pytest.raises(APIConnectionError, match="Google credentials"):
        client.completion(MODEL, HELLO, vertex_credentials=account)
    client.close()


@pytest.mark.parametrize(
    ("credentials", "error"),
    [
        ("/no/such/file.json", BadRequestError),
        ("{broken", BadRequestError),
        ("[]", BadRequestError),
        (7, BadRequestError),
        ({"type": "service_account"}, AuthenticationError),
        ({"type": "authorized_user"}, AuthenticationError),
        (None, AuthenticationError),
    ],
)
def test_invalid_credentials(credentials: Any, error: type[Exception]) -> None:
    client = Client([])
    with pytest.raises(error, match=r"vertex_credentials|Google credentials"):
        client.completion(MODEL, HELLO, vertex_credentials=credentials)
    client.close()


def test_a_missing_extra_is_an_error_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "google.auth.transport.requests", None)
    client = Client([])
    with pytest.raises(ImportError, match=r'pip install "trunkline\[vertex\]"'):
        client.completion(MODEL, HELLO, vertex_project="p")
    client.close()
