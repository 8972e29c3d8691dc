"""Azure AI Foundry: OpenAI's language for most models, Anthropic's for Claude."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.answers import MESSAGES, TEXT, USAGE, completion_body, failing, good
from tests.support.calls.wire_answers import WIRES
from tests.support.recorded.expectations import check_answer
from tests.support.recorded.recordings import Row, body_of, rows
from tests.support.server import Server, answer_json
from tests.support.vendors.anthropic_types import check_request
from tests.support.worlds import World
from trunkline import (
    AuthenticationError,
    Client,
    RateLimitError,
    fold_chunks,
    get_supported_openai_params,
)
from trunkline.adapters.adapter import ProviderAdapter
from trunkline.adapters.table.table import find_provider
from trunkline.adapters.wires.azure import foundry as azure_ai
from trunkline.pipeline.call.messages import check_messages
from trunkline.pipeline.call.request import Request
from trunkline.pipeline.port import HTTPResponse
from trunkline.pipeline.secret import Secret
from trunkline.pipeline.transport.sync_io import SyncIO

PROVIDER = find_provider("azure_ai")
KEY = "key-of-azure-ai-0123456789"
CLAUDE = "azure_ai/claude-sonnet-4-5"


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AZURE_AI_API_VERSION", "AZURE_AD_TOKEN", "AZURE_OPENAI_AD_TOKEN"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def client() -> Client:
    return Client(middlewares=[])


V1 = "/openai/v1/chat/completions"
MODELS = "/models/chat/completions?api-version"


@pytest.mark.parametrize(
    ("root", "version", "path"),
    [
        ("", None, V1),
        ("/openai/v1", None, V1),
        ("/openai", "v1", V1),
        ("", "preview", f"{V1}?api-version=preview"),
        ("", "2024-05-01-preview", f"{MODELS}=2024-05-01-preview"),
        ("/models", None, f"{MODELS}=2024-05-01-preview"),
        ("/models/", "2025-04-01", f"{MODELS}=2025-04-01"),
        ("/models/chat/completions?api-version=2025-04-01", None, f"{MODELS}=2025-04-01"),
    ],
)
def test_address(client: Client, server: Server, root: str, version: str | None, path: str) -> None:
    server.reply(good("plain"))
    url = server.url + root
    answer = client.completion(
        "azure_ai/grok-4", MESSAGES, base_url=url, api_key=KEY, api_version=version
    )
    assert answer.choices[0].message.content == TEXT
    seen = server.seen[0]
    assert seen.path == path
    assert seen.headers["api-key"] == KEY
    assert seen.json["model"] == "grok-4"
    # Only there are parameters refused that are not handed on.
    assert seen.headers.get("extra-parameters") == ("pass-through" if "/models" in path else None)


def test_endpoints_of_single_models() -> None:
    """They take the key as a bearer, and have no /models in their address."""
    request = Request(
        model="azure_ai/any",
        messages=check_messages(MESSAGES),
        base_url="https://ours.eastus2.models.ai.azure.com",
        api_key=Secret(KEY),
        io=SyncIO(),
        adapter=ProviderAdapter(),
    )
    outgoing = azure_ai.encode(request, PROVIDER, ProviderAdapter().resolve(request))
    assert outgoing.url == "https://ours.eastus2.models.ai.azure.com/chat/completions"
    assert outgoing.headers["Authorization"] == f"Bearer {KEY}"
    assert "api-key" not in outgoing.headers


def test_token(client: Client, server: Server) -> None:
    server.reply(good("plain"))
    client.completion("azure_ai/x", MESSAGES, base_url=server.url, azure_ad_token="a-token")
    assert server.seen[0].headers["authorization"] == "Bearer a-token"
    assert server.seen[0].json.keys() == {"model", "messages"}


def test_reasoning_beside_completion(client: Client, server: Server) -> None:
    """Grok does not count reasoning as part of the answer here either."""
    usage = {**USAGE, "total_tokens": 18, "completion_tokens_details": {"reasoning_tokens": 10}}
    server.reply(answer_json(completion_body() | {"usage": usage}))
    answer = client.completion("azure_ai/grok-4", MESSAGES, base_url=server.url, api_key=KEY)
    assert answer.usage is not None
    assert answer.usage.completion_tokens == 13


def test_supported_params() -> None:
    names = ("gpt-5-mini", "gpt-4o", "grok-4", "grok-4.3", "claude-opus-4-6", "claude-2")
    found = {name: set(get_supported_openai_params(f"azure_ai/{name}")) for name in names}
    reasons = [name for name in names if "reasoning_effort" in found[name]]
    # xAI's API refuses an effort for grok-4.
    assert reasons == ["gpt-5-mini", "grok-4.3", "claude-opus-4-6"]
    assert "seed" in found["gpt-4o"] - found["claude-opus-4-6"]


class TestClaude:
    """Claude in Foundry: Anthropic's body at Azure's address with Azure's credentials."""

    @pytest.mark.parametrize("root", ["", "/anthropic", "/anthropic/v1/messages", "/openai/v1"])
    def test_call(self, client: Client, server: Server, mode: str, root: str) -> None:
        server.reply(*WIRES["anthropic"].make(mode, server))
        answer = World("sync").answer(
            client, mode, CLAUDE, MESSAGES, base_url=server.url + root, api_key=KEY
        )
        assert answer.choices[0].message.content == TEXT
        assert answer.call.provider == "azure_ai"
        seen = server.seen[0]
        assert seen.path == "/anthropic/v1/messages"
        assert seen.headers["x-api-key"] == KEY
        assert seen.headers["anthropic-version"] == "2026-10-21"
        assert seen.json["model"] == "claude-sonnet-4-5"
        check_request({name: value for name, value in seen.json.items() if name != "stream"})

    def test_token(self, client: Client, server: Server) -> None:
        server.reply(*WIRES["anthropic"].make("plain", server))
        client.completion(CLAUDE, MESSAGES, base_url=server.url, azure_ad_token="a-token")
        seen = server.seen[0]
        assert seen.headers["authorization"] == "Bearer a-token"
        assert "x-api-key" not in seen.headers
        assert "azure_ad_token" not in seen.json

    def test_cache_marks_are_kept(self, client: Client, server: Server) -> None:
        server.reply(*WIRES["anthropic"].make("plain", server))
        part = {"type": "text", "text": "Hi", "cache_control": {"type": "ephemeral"}}
        client.completion(
            CLAUDE, [{"role": "user", "content": [part]}], base_url=server.url, api_key=KEY
        )
        assert server.seen[0].json["messages"][0]["content"] == [part]

    def test_error(self, client: Client, server: Server) -> None:
        server.reply(failing(429, "slow down"))
        with pytest.raises(RateLimitError, match="slow down") as caught:
            client.completion(CLAUDE, MESSAGES, base_url=server.url, api_key=KEY)
        assert caught.value.provider == "azure_ai"


@rows("openai", provider="azure_ai", status=200)
def test_recordings(row: Row) -> None:
    if row["stream"]:
        decoder = azure_ai.Decoder(PROVIDER, {})
        check_answer(fold_chunks(decoder.feed(body_of(row)) + decoder.close()), row)
    else:
        response = HTTPResponse(status=200, headers={}, body=body_of(row))
        check_answer(azure_ai.decode(response, PROVIDER), row)


@rows("openai", provider="azure_ai")
def test_recorded_errors(row: Row) -> None:
    if row["status"] == 200:
        return
    response = HTTPResponse(status=row["status"], headers={}, body=body_of(row))
    error = azure_ai.error(response, PROVIDER)
    assert error.status_code == row["status"]
    assert row["expect"]["error_message"] in error.message
    kinds: dict[int, Any] = {401: AuthenticationError, 429: RateLimitError}
    assert isinstance(error, kinds[row["status"]])
