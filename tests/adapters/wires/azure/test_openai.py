"""Azure OpenAI: addresses, credentials, content filters."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from tests.support.answers import HEAD, MESSAGES, TEXT, chunk_body, completion_body, good
from tests.support.recorded.recordings import Row, body_of, rows
from tests.support.server import Server, answer_events, answer_json
from tests.support.worlds import World
from trunkline import (
    AuthenticationError,
    BadRequestError,
    Client,
    ContentPolicyViolationError,
    NotFoundError,
    get_supported_openai_params,
)
from trunkline.adapters.credentials.token_cache import shared_tokens
from trunkline.adapters.table.table import find_provider
from trunkline.adapters.wires.azure import openai as azure
from trunkline.pipeline.port import HTTPResponse
from trunkline.pipeline.secret import Secret

PROVIDER = find_provider("azure")
KEY = "key-of-azure-0123456789"
FILTER = {"hate": {"filtered": False, "severity": "safe"}}
PROMPT_FILTER = [{"prompt_index": 0, "content_filter_results": FILTER}]


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AZURE_API_VERSION", "AZURE_AD_TOKEN", "AZURE_OPENAI_AD_TOKEN", "AZURE_SCOPE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def client() -> Client:
    return Client(middlewares=[])


def call(client: Client, server: Server, model: str = "azure/gpt-4o", **arguments: Any) -> Any:
    """Make a call and return what the server saw of it."""
    server.reply(good("plain"))
    given: dict[str, Any] = {"base_url": server.url, "api_key": KEY, **arguments}
    answer = World("sync").complete(client, model, MESSAGES, **given)
    assert answer.choices[0].message.content == TEXT
    return server.seen[0]


V1 = "/openai/v1/chat/completions"
OLD = "/openai/deployments/gpt-4o/chat/completions"


@pytest.mark.parametrize(
    ("root", "version", "path"),
    [
        ("", None, V1),
        ("/", None, V1),
        ("/openai", None, V1),
        ("/openai/v1/", None, V1),
        ("/openai/v1/", "2025-01-01-preview", V1),
        ("", "v1", V1),
        ("", "preview", f"{V1}?api-version=preview"),
        ("", "latest", f"{V1}?api-version=latest"),
        ("", "2024-10-21", f"{OLD}?api-version=2024-10-21"),
        ("/openai", "2024-10-21", f"{OLD}?api-version=2024-10-21"),
        ("?api-version=2024-10-21", None, f"{OLD}?api-version=2024-10-21"),
        ("/gate", "2024-10-21", f"/gate{OLD}?api-version=2024-10-21"),
        ("/openai/deployments/gpt-4o", "2024-10-21", f"{OLD}?api-version=2024-10-21"),
        (f"{OLD}?api-version=2024-10-21", None, f"{OLD}?api-version=2024-10-21"),
    ],
)
def test_address(client: Client, server: Server, root: str, version: str | None, path: str) -> None:
    seen = call(client, server, base_url=server.url + root, api_version=version)
    assert seen.path == path
    assert seen.headers["api-key"] == KEY
    assert "authorization" not in seen.headers


def test_version_of_a_variable(
    client: Client, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_API_VERSION", "2024-10-21")
    assert call(client, server).path == f"{OLD}?api-version=2024-10-21"
    assert call(client, server, api_version="v1").path == V1
    query = {"api-version": "2025-03-01-preview"}
    assert call(client, server, extra_query=query).path.count("api-version") == 1


def test_deployments_of_any_name(client: Client, server: Server) -> None:
    seen = call(client, server, "azure/our model", api_version="2024-10-21")
    assert seen.path.startswith("/openai/deployments/our%20model/")


def test_renames_of_reasoning_models(client: Client, server: Server) -> None:
    names: dict[str, tuple[dict[str, Any], str]] = {
        "azure/gpt-5-mini": ({}, "gpt-5-mini"),
        "azure/o_series/ours": ({}, "ours"),
        "azure/gpt5_series/ours": ({}, "ours"),
        "azure/ours": ({"base_model": "azure/o3"}, "ours"),
    }
    for model, (arguments, deployment) in names.items():
        body = call(client, server, model, max_tokens=9, **arguments).json
        assert body["max_completion_tokens"] == 9
        assert body.keys() == {"model", "messages", "max_completion_tokens"}
        assert body["model"] == deployment
    assert call(client, server, "azure/gpt-4o", max_tokens=9).json["max_tokens"] == 9


def test_supported_params() -> None:
    reasoning, chat, unknown = (
        set(get_supported_openai_params(f"azure/{name}")) for name in ("o3-mini", "gpt-4o", "ours")
    )
    assert "reasoning_effort" in reasoning & unknown
    assert "reasoning_effort" not in chat
    assert "logprobs" in chat - reasoning
    assert not {"web_search_options", "safety_identifier"} & (reasoning | chat | unknown)


@pytest.mark.parametrize("version", ["2023-07-01-preview", "2024-06-01", "2024-10-21", None])
def test_usage_of_streams(client: Client, server: Server, version: str | None) -> None:
    server.reply(good("stream"))
    stream = client.completion(
        "azure/gpt-4o",
        MESSAGES,
        stream=True,
        stream_options={"include_usage": True},
        base_url=server.url,
        api_key=KEY,
        api_version=version,
    )
    assert list(stream)
    asked = version is None or version > "2024-09"
    assert ("stream_options" in server.seen[0].json) == asked


class TestCredentials:
    """First wins: api_key, azure_ad_token, its provider, an application, variables, the login."""

    def sent(self, world: World, server: Server, **arguments: Any) -> Any:
        server.reply(good("plain"))
        with Client(middlewares=[]) as client:
            world.complete(client, "azure/gpt-4o", MESSAGES, base_url=server.url, **arguments)
        assert server.seen[0].json.keys() == {"model", "messages"}
        return server.seen[0].headers

    def test_token(self, world: World, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AZURE_API_KEY", KEY)
        for token in ("a-token-of-entra", Secret("a-token-of-entra")):
            headers = self.sent(world, server, azure_ad_token=token)
            assert headers["authorization"] == "Bearer a-token-of-entra"
            assert "api-key" not in headers

    def test_key_before_token(self, world: World, server: Server) -> None:
        headers = self.sent(world, server, api_key=KEY, azure_ad_token="a-token-of-entra")
        assert headers["api-key"] == KEY
        assert "authorization" not in headers

    def test_provider(self, world: World, server: Server) -> None:
        headers = self.sent(world, server, azure_ad_token_provider=lambda: "fresh-token")
        assert headers["authorization"] == "Bearer fresh-token"

    def test_async_provider(self, world: World, server: Server) -> None:
        async def get_token() -> str:
            return "fresh-token"

        headers = self.sent(world, server, azure_ad_token_provider=get_token)
        assert headers["authorization"] == "Bearer fresh-token"

    def test_variable(self, world: World, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AZURE_AD_TOKEN", "a-token-of-entra")
        headers = self.sent(world, server)
        assert headers["authorization"] == "Bearer a-token-of-entra"
        monkeypatch.setenv("AZURE_API_KEY", KEY)
        assert self.sent(world, server)["api-key"] == KEY

    def test_own_header(self, world: World, server: Server) -> None:
        headers = self.sent(world, server, extra_headers={"api-key": "another"})
        assert headers["api-key"] == "another"
        assert "authorization" not in headers

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            ({"azure_ad_token_provider": "token"}, "azure_ad_token_provider: expected a function"),
            ({"azure_ad_token_provider": lambda: None}, "azure_ad_token_provider: expected a tok"),
            ({"azure_ad_token": 7}, "azure_ad_token: expected a token that is not empty, got int"),
        ],
    )
    def test_no_tokens(
        self, world: World, server: Server, arguments: dict[str, Any], words: str
    ) -> None:
        with pytest.raises(AuthenticationError, match=words):
            self.sent(world, server, **arguments)
        assert not server.seen

    def test_a_provider_that_fails(self, world: World, server: Server) -> None:
        def get_token() -> str:
            raise LookupError("no luck")

        with pytest.raises(LookupError, match="no luck"):
            self.sent(world, server, azure_ad_token_provider=get_token)
        assert not server.seen


class Login:
    """azure-identity as the network's edge sees it: credentials that give tokens, or none."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[tuple[tuple[str, ...], str]] = []
        self.failure: Exception | None = None
        self.expires = 4_000_000_000
        identity: Any = ModuleType("azure.identity")
        identity.DefaultAzureCredential = self._maker
        identity.ClientSecretCredential = self._maker
        monkeypatch.setitem(sys.modules, "azure.identity", identity)

    def _maker(self, *application: str) -> Any:
        def get_token(scope: str) -> Any:
            self.asked.append((application, scope))
            if self.failure is not None:
                raise self.failure
            return SimpleNamespace(token=f"token-{len(self.asked)}", expires_on=self.expires)

        return SimpleNamespace(get_token=get_token, close=lambda: None)


class TestLogin:
    """What azure-identity finds, where nothing else is given."""

    @pytest.fixture
    def login(self, monkeypatch: pytest.MonkeyPatch) -> Login:
        pytest.importorskip("azure.identity")
        shared_tokens.clear()
        return Login(monkeypatch)

    def sent(self, world: World, server: Server, **arguments: Any) -> str:
        server.reply(good("plain"))
        with Client(middlewares=[]) as client:
            world.complete(client, "azure/gpt-4o", MESSAGES, base_url=server.url, **arguments)
        assert server.seen[0].json.keys() == {"model", "messages"}
        return server.seen[0].headers["authorization"]

    def test_a_token_is_kept(self, world: World, server: Server, login: Login) -> None:
        for _ in range(2):
            assert self.sent(world, server) == "Bearer token-1"
        assert login.asked == [((), "https://cognitiveservices.azure.com/.default")]

    def test_until_it_expires(self, world: World, server: Server, login: Login) -> None:
        login.expires = 1
        assert self.sent(world, server) == "Bearer token-1"
        assert self.sent(world, server) == "Bearer token-2"

    def test_scope(
        self, world: World, server: Server, login: Login, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AZURE_SCOPE", "https://ai.azure.com/.default")
        self.sent(world, server)
        self.sent(world, server, azure_scope="api://ours/.default")
        assert [scope for _, scope in login.asked] == [
            "https://ai.azure.com/.default",
            "api://ours/.default",
        ]

    def test_application(self, world: World, server: Server, login: Login) -> None:
        application = {"tenant_id": "t", "client_id": "c", "client_secret": "a-secret"}
        assert self.sent(world, server, **application) == "Bearer token-1"
        assert self.sent(world, server, **application) == "Bearer token-1"
        assert self.sent(world, server, **application | {"client_id": "d"}) == "Bearer token-2"
        assert [given for given, _ in login.asked] == [
            ("t", "c", "a-secret"),
            ("t", "d", "a-secret"),
        ]

    def test_no_login(self, world: World, server: Server, login: Login) -> None:
        core = pytest.importorskip("azure.core.exceptions")
        login.failure = core.ClientAuthenticationError("not logged in")
        with pytest.raises(AuthenticationError, match=r"AZURE_API_KEY.*not logged in"):
            self.sent(world, server)
        assert not server.seen

    def test_not_installed(
        self, world: World, server: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "azure.identity", None)
        with pytest.raises(AuthenticationError, match=r"AZURE_API_KEY.*trunkline\[azure\]"):
            self.sent(world, server)
        assert not server.seen


def test_filters_are_kept(client: Client, server: Server, mode: str) -> None:
    if mode == "plain":
        body = completion_body() | {"prompt_filter_results": PROMPT_FILTER}
        body["choices"][0]["content_filter_results"] = FILTER
        server.reply(answer_json(body))
    else:
        first = {**HEAD, "choices": [], "prompt_filter_results": PROMPT_FILTER}
        said = chunk_body({"role": "assistant", "content": TEXT})
        said["choices"][0]["content_filter_results"] = FILTER
        server.reply(answer_events([first, said, chunk_body({}, "stop")]))
    answer = World("sync").answer(
        client, mode, "azure/gpt-4o", MESSAGES, base_url=server.url, api_key=KEY
    )
    assert answer.choices[0].message.content == TEXT
    assert (answer.provider_specific_fields or {})["prompt_filter_results"] == PROMPT_FILTER
    fields = answer.choices[0].provider_specific_fields or {}
    assert fields["content_filter_results"] == FILTER


def test_filters_of_a_response_without_a_stream(client: Client, server: Server) -> None:
    body = completion_body() | {"prompt_filter_results": PROMPT_FILTER}
    server.reply(answer_json(body))
    answer = World("sync").answer(
        client, "stream", "azure/gpt-4o", MESSAGES, base_url=server.url, api_key=KEY
    )
    assert answer.provider_specific_fields == {"prompt_filter_results": PROMPT_FILTER}


@pytest.mark.parametrize("code", ["content_filter", None])
def test_filtered_prompts(client: Client, server: Server, mode: str, code: str | None) -> None:
    found = {"violence": {"filtered": True, "severity": "high"}}
    inner = {"code": "ResponsibleAIPolicyViolation", "content_filter_result": found}
    problem = {"message": "The response was filtered.", "code": code, "innererror": inner}
    server.reply(answer_json({"error": problem}, 400))
    with pytest.raises(ContentPolicyViolationError, match="filtered") as caught:
        World("sync").answer(
            client, mode, "azure/gpt-4o", MESSAGES, base_url=server.url, api_key=KEY
        )
    body: Any = caught.value.body
    assert body["error"]["innererror"]["content_filter_result"] == found
    assert caught.value.code == (code or "ResponsibleAIPolicyViolation")


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (404, "DeploymentNotFound", NotFoundError),
        (400, "OperationNotSupported", BadRequestError),
        (401, "401", AuthenticationError),
    ],
)
def test_errors(
    client: Client, server: Server, status: int, code: str, kind: type[Exception]
) -> None:
    server.reply(answer_json({"error": {"code": code, "message": "no"}}, status))
    with pytest.raises(kind):
        client.completion("azure/gpt-4o", MESSAGES, base_url=server.url, api_key=KEY)


def test_no_address(client: Client) -> None:
    with pytest.raises(BadRequestError, match="AZURE_API_BASE"):
        client.completion("azure/gpt-4o", MESSAGES, api_key=KEY)


@rows("openai", provider="azure", status=200)
def test_recordings(row: Row) -> None:
    if row["stream"]:
        decoder = azure.Decoder(PROVIDER, {})
        chunks = decoder.feed(body_of(row)) + decoder.close()
        assert decoder.error is None
        assert chunks
        found = [chunk.provider_specific_fields or {} for chunk in chunks]
        kept = any("prompt_filter_results" in fields for fields in found)
    else:
        response = HTTPResponse(status=200, headers={}, body=body_of(row))
        answer = azure.decode(response, PROVIDER)
        kept = "prompt_filter_results" in (answer.provider_specific_fields or {})
    assert kept == (b'"prompt_filter_results":[{' in body_of(row).replace(b" ", b""))
