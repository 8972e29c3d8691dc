"""Vertex AI: where a call goes and what lets it in, for Gemini and for others' models there."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth.credentials import Credentials

from tests.support.answers import completion_body
from tests.support.calls.gemini_calls import HELLO, WEATHER, answer
from tests.support.server import Server, answer_events, answer_json
from tests.support.worlds import World
from trunkline import (
    APIConnectionError,
    AuthenticationError,
    BadRequestError,
    Client,
    RateLimitError,
    get_supported_openai_params,
)
from trunkline.adapters.adapter import ProviderAdapter
from trunkline.adapters.credentials import google_login as google_auth
from trunkline.adapters.provider.rules import wire_of
from trunkline.adapters.table.table import find_provider
from trunkline.adapters.wires import openai
from trunkline.adapters.wires.vertex import project as vertex_project
from trunkline.pipeline.call.request import Request
from trunkline.pipeline.json_values import JSON
from trunkline.pipeline.secret import Secret
from trunkline.pipeline.sync import drive
from trunkline.pipeline.transport.sync_io import SyncIO

MODEL = "vertex_ai/gemini-2.5-flash"
TOKEN = "token-of-the-fake-server"
ROOT = "/v1beta1/projects/my-project/locations/global"
CLAUDE_ANSWER: JSON = {
    "id": "m1",
    "type": "message",
    "role": "assistant",
    "model": "claude-sonnet-4-5",
    "content": [{"type": "text", "text": "Hi"}],
    "stop_reason": "end_turn",
    "usage": {"input_tokens": 1, "output_tokens": 2},
}


class Given(Credentials):
    """Credentials that the caller has made, with a token or an error of their own."""

    def __init__(self, token: str = TOKEN, quota_project: str | None = None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # google-auth's types are half there
        self.refreshed = 0
        self.project_id = "of-the-object"
        self._next = token
        self._paying = quota_project

    @property
    def quota_project_id(self) -> str | None:  # pyright: ignore[reportIncompatibleMethodOverride]  # google-auth's types say None
        return self._paying

    def refresh(self, request: object) -> None:
        self.refreshed += 1
        self.token = self._next
        self.expiry = datetime.now(UTC).replace(tzinfo=None) + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _nothing_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """No project, location or credentials but those of the test, and none kept from another."""
    for names, variables in vertex_project.ARGUMENTS.values():
        for name in (*names, *variables):
            monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path / "nothing"))
    # Whether this machine is one of Google's is not asked.
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    google_auth.forget()
    yield
    google_auth.forget()


@pytest.fixture(scope="session")
def private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


@pytest.fixture
def account(private_key: str, server: Server) -> JSON:
    """A service account whose tokens come from the test's server."""
    return {
        "type": "service_account",
        "project_id": "my-project",
        "private_key_id": "k1",
        "private_key": private_key,
        "client_email": "me@my-project.iam.gserviceaccount.com",
        "token_uri": f"{server.url}/token",
    }


def granted(seconds: int = 3600) -> Any:
    return answer_json({"access_token": TOKEN, "expires_in": seconds, "token_type": "Bearer"})


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
    # A token that lives for seconds alone counts as expired.
    server.reply(granted(seconds=1), reply, granted(), reply, reply)
    client = Client()
    for _ in range(3):
        client.completion(MODEL, HELLO, vertex_credentials=account, base_url=server.url)
    paths = [seen.path == "/token" for seen in server.seen]
    assert paths == [True, False, True, False, False]
    client.close()


def test_credentials_objects(server: Server, world: World) -> None:
    given = Given()
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


def test_the_quota_project_of_credentials_is_named(server: Server) -> None:
    given = Given(quota_project="who-pays")
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


def test_a_token_server_that_does_not_answer(account: JSON) -> None:
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
def test_credentials_that_are_none(credentials: Any, error: type[Exception]) -> None:
    client = Client([])
    with pytest.raises(error, match=r"vertex_credentials|Google credentials"):
        client.completion(MODEL, HELLO, vertex_credentials=credentials)
    client.close()


def test_a_missing_extra_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "google.auth.transport.requests", None)
    client = Client([])
    with pytest.raises(ImportError, match=r'pip install "trunkline\[vertex\]"'):
        client.completion(MODEL, HELLO, vertex_project="p")
    client.close()


def prepared(model: str, **params: Any) -> tuple[Request, str]:
    """A request and the base URL, after all has been found out that it needs."""
    adapter = ProviderAdapter()
    request = Request(model=model, messages=(), params=params, io=SyncIO(), adapter=adapter)
    endpoint = adapter.resolve(request)
    provider = find_provider("vertex_ai")
    request, endpoint = drive(
        vertex_project.enter_project(request, provider, endpoint, "v1", "us-central1")
    )
    return request, endpoint.base_url


@pytest.mark.parametrize(
    ("location", "root"),
    [
        ("global", "https://aiplatform.googleapis.com"),
        ("us-east5", "https://us-east5-aiplatform.googleapis.com"),
        ("eu", "https://aiplatform.eu.rep.googleapis.com"),
        ("us", "https://aiplatform.us.rep.googleapis.com"),
        (None, "https://us-central1-aiplatform.googleapis.com"),
    ],
)
def test_hosts_of_locations(location: str | None, root: str) -> None:
    request, url = prepared(
        MODEL,
        vertex_ai_project="p1",
        vertex_ai_location=location,
        vertex_ai_credentials=Given(),
        top_k=1,
    )
    assert url == f"{root}/v1/projects/p1/locations/{location or 'us-central1'}"
    assert dict(request.params) == {"top_k": 1}


def test_variables_stand_for_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "p2")
    monkeypatch.setenv("VERTEXAI_LOCATION", "asia-east1")
    _, url = prepared(MODEL, vertex_credentials=Given())
    assert url == "https://asia-east1-aiplatform.googleapis.com/v1/projects/p2/locations/asia-east1"
    monkeypatch.setenv("VERTEXAI_PROJECT", "p3")
    monkeypatch.setenv("VERTEXAI_API_BASE", "https://proxy.example/vertex/")
    _, url = prepared(MODEL, vertex_credentials=Given())
    assert url == "https://proxy.example/vertex/v1/projects/p3/locations/asia-east1"


@pytest.mark.parametrize(
    ("params", "place"),
    [
        ({"vertex_project": "a/b"}, "vertex_project"),
        ({"vertex_location": "evil.example/"}, "vertex_location"),
        ({"vertex_project": 7}, "vertex_project"),
        ({"vertex_credentials": "no project"}, "vertex_project"),
    ],
)
def test_places_that_are_none(params: JSON, place: str) -> None:
    given = Given()
    if params.get("vertex_credentials"):
        given.project_id = ""
    with pytest.raises(BadRequestError, match=place) as caught:
        prepared(MODEL, **{**params, "vertex_credentials": given})
    assert caught.value.param == place


@pytest.mark.parametrize(
    ("model", "wire", "path"),
    [
        ("gemini-2.5-flash", "vertex/gemini", "publishers/google/models/gemini-2.5-flash"),
        ("google/gemini-2.5-pro", "vertex/gemini", "publishers/google/models/gemini-2.5-pro"),
        ("1234567890", "vertex/gemini", "endpoints/1234567890"),
        ("publishers/google/models/x", "vertex/gemini", "publishers/google/models/x"),
    ],
)
def test_models_and_their_paths(server: Server, model: str, wire: str, path: str) -> None:
    assert wire_of(find_provider("vertex_ai"), model) == wire
    server.reply(answer_json(answer({"text": "Hi"})))
    client = Client()
    client.completion(
        f"vertex_ai/{model}",
        HELLO,
        vertex_credentials=Given(),
        vertex_project="my-project",
        base_url=server.url,
    )
    assert server.seen[0].path == f"{ROOT}/{path}:generateContent"
    client.close()


def test_a_whole_path_as_model(server: Server) -> None:
    server.reply(answer_json(answer({"text": "Hi"})))
    client = Client()
    whole = "projects/x/locations/us-east1/endpoints/7"
    client.completion(
        f"vertex_ai/{whole}",
        HELLO,
        vertex_credentials=Given(),
        base_url=server.url,
        api_version="v1",
    )
    assert server.seen[0].path == f"/v1/{whole}:generateContent"
    assert server.seen[0].headers["authorization"] == f"Bearer {TOKEN}"
    client.close()


def test_vertex_reads_https_addresses_itself(server: Server) -> None:
    picture = answer_json({}, content_type="image/png")
    server.reply(picture, answer_json(answer({"text": "Hi"})))
    parts = [
        {"type": "image_url", "image_url": {"url": "https://example.com/cat.png"}},
        {"type": "image_url", "image_url": {"url": "https://example.com/x", "format": "image/gif"}},
        {"type": "image_url", "image_url": {"url": f"{server.url}/dog"}},
    ]
    client = Client()
    client.completion(
        MODEL,
        [{"role": "user", "content": parts}],
        vertex_credentials=Given(),
        base_url=server.url,
        allow_private_urls=True,
    )
    cat, other, dog = server.seen[1].json["contents"][0]["parts"]
    assert cat == {"fileData": {"fileUri": "https://example.com/cat.png", "mimeType": "image/png"}}
    assert other["fileData"]["mimeType"] == "image/gif"
    assert dog["inlineData"]["mimeType"] == "image/png"
    assert "authorization" not in server.seen[0].headers
    client.close()


@pytest.mark.parametrize(
    "model",
    ["vertex_ai/claude-sonnet-4-5@20250929", "vertex_ai/anthropic/claude-sonnet-4-5@20250929"],
)
def test_claude(server: Server, world: World, mode: str, model: str) -> None:
    events: list[JSON] = [
        {"type": "message_start", "message": {**CLAUDE_ANSWER, "content": []}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hi"}},
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": "end_turn"},
            "usage": {"output_tokens": 2},
        },
        {"type": "message_stop"},
    ]
    plain = mode == "plain"
    server.reply(answer_json(CLAUDE_ANSWER) if plain else answer_events(events, done=False))
    client = Client()
    response = world.answer(
        client,
        mode,
        model,
        HELLO,
        vertex_credentials=Given(),
        vertex_project="my-project",
        max_tokens=10,
        tools=[WEATHER],
        base_url=server.url,
        extra_headers={"anthropic-beta": "b1"},
    )
    assert response.choices[0].message.content == "Hi"
    assert response.choices[0].finish_reason == "stop"
    (seen,) = server.seen
    method = "rawPredict" if plain else "streamRawPredict"
    assert seen.path == (
        "/v1/projects/my-project/locations/global/publishers/anthropic/models/"
        f"claude-sonnet-4-5@20250929:{method}"
    )
    assert seen.json["anthropic_version"] == "vertex-2023-10-16"
    assert seen.json["max_tokens"] == 10
    assert "model" not in seen.json
    assert seen.json.get("stream", False) is not plain
    assert not any(name.startswith("vertex_") for name in seen.json)
    assert seen.headers["anthropic-beta"] == "b1"
    assert seen.headers["authorization"] == f"Bearer {TOKEN}"
    client.close()


@pytest.mark.parametrize(
    ("model", "path", "sent"),
    [
        (
            "meta/llama-3.3-70b-instruct-maas",
            "endpoints/openapi/chat/completions",
            "meta/llama-3.3-70b-instruct-maas",
        ),
        ("openai/gpt-oss-120b-maas", "endpoints/openapi/chat/completions", None),
        (
            "mistral-small-2503@001",
            "publishers/mistralai/models/mistral-small-2503@001:rawPredict",
            "mistral-small-2503",
        ),
        (
            "mistralai/codestral-2",
            "publishers/mistralai/models/codestral-2:rawPredict",
            "codestral-2",
        ),
        ("jamba-1.5-mini", "publishers/ai21/models/jamba-1.5-mini:rawPredict", None),
    ],
)
def test_models_of_other_makers(server: Server, model: str, path: str, sent: str | None) -> None:
    server.reply(answer_json(completion_body("Hi")))
    client = Client()
    response = client.completion(
        f"vertex_ai/{model}",
        HELLO,
        vertex_credentials=Given(),
        vertex_project="my-project",
        max_completion_tokens=5,
        base_url=server.url,
    )
    assert response.choices[0].message.content == "Hi"
    (seen,) = server.seen
    assert seen.path == f"/v1/projects/my-project/locations/us-central1/{path}"
    assert seen.headers["authorization"] == f"Bearer {TOKEN}"
    assert seen.json == {"model": sent or model, "messages": HELLO, "max_tokens": 5}
    client.close()


def test_streams_of_other_makers_have_a_path_of_their_own(server: Server) -> None:
    chunk = {
        "id": "1",
        "choices": [{"index": 0, "delta": {"content": "Hi"}, "finish_reason": "stop"}],
    }
    server.reply(answer_events([chunk]))
    client = Client()
    stream = client.completion(
        "vertex_ai/mistral-medium-3",
        HELLO,
        stream=True,
        vertex_credentials=Given(),
        base_url=server.url,
    )
    assert [part.choices[0].delta.content for part in stream] == ["Hi"]
    assert server.seen[0].path.endswith("/models/mistral-medium-3:streamRawPredict")
    client.close()


@pytest.mark.parametrize("model", ["gemini-2.5-flash", "claude-sonnet-4-5", "meta/llama-4"])
def test_googles_errors_whatever_the_model(server: Server, model: str) -> None:
    problem = {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "slowly"}
    server.reply(answer_json([{"error": problem}], 429, retry_after="7"))
    client = Client([])
    with pytest.raises(RateLimitError, match="slowly") as caught:
        client.completion(
            f"vertex_ai/{model}",
            HELLO,
            vertex_credentials=Given(),
            max_tokens=1,
            base_url=server.url,
        )
    assert caught.value.retry_after == 7
    assert TOKEN not in str(caught.value)
    client.close()


def test_what_each_family_supports() -> None:
    assert "logprobs" in get_supported_openai_params("vertex_ai/gemini-2.5-flash")
    assert "logprobs" not in get_supported_openai_params("vertex_ai/claude-sonnet-4-5")
    llama = get_supported_openai_params("vertex_ai/meta/llama-3.3-70b-instruct-maas")
    assert set(llama) < openai.PARAMS
    assert "verbosity" not in llama
    assert "thinking" not in get_supported_openai_params("vertex_ai/gemini-2.0-flash")
