"""Every row of the provider table, called as its users call it."""

from __future__ import annotations

import json
import os
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.answers import MESSAGES, TEXT, failing
from tests.support.calls.wire_answers import TOKEN, WIRES, WireAnswers
from tests.support.server import Server
from tests.support.worlds import World
from trunkline import (
    APIConnectionError,
    APIError,
    AuthenticationError,
    Client,
    Provider,
    RateLimitError,
    get_supported_openai_params,
    list_providers,
)
from trunkline.adapters.adapter import ProviderAdapter
from trunkline.adapters.provider.rules import model_flags
from trunkline.adapters.wire import load_wire
from trunkline.adapters.wires.sap import account as sap_account
from trunkline.pipeline.call.arguments import request_fields
from trunkline.pipeline.call.messages import check_messages
from trunkline.pipeline.call.request import Request
from trunkline.pipeline.port import HTTPRequest, HTTPResponse, HTTPStream
from trunkline.pipeline.sync import drive
from trunkline.pipeline.transport.sync_io import SyncIO

SYNC = World("sync")
ROWS = list_providers()
FIELD = re.compile(r"\{([A-Z0-9_|]+)\}")
# Runs a server of its own at an address of its own: tests/adapters/test_local.py.
IN_PROCESS = "local"
CALLED = [row for row in ROWS if row.name != IN_PROCESS]

every_row = pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
KEYED = [row for row in CALLED if row.key_env]
keyed_rows = pytest.mark.parametrize("row", KEYED, ids=[row.name for row in KEYED])
called_rows = pytest.mark.parametrize("row", CALLED, ids=[row.name for row in CALLED])


# Prefixes that people know from litellm 1.109, less those that the changelog says are left out.
KNOWN = """
302ai a2a abacus abliteration ai21 ai21_chat aiand aihubmix aiml aleph_alpha amazon_nova anthropic
apertis assemblyai azure azure_ai baseten bedrock bedrock_mantle bigmodel bytez cerebras
charity_engine chutes clarifai clf_ai_gateway cloudflare codestral cognition cohere cohere_chat
cometapi compactifai coralbricks cortecs crusoe custom_openai darkbloom dashscope databricks
datarobot deepinfra deepseek docker_model_runner edenai empiriolabs fal_ai featherless_ai
fireworks_ai friendliai gdc gemini gigachat github_copilot gmi gradient_ai groq helicone heroku
hosted_vllm hostinger_router huggingface hyperbolic inception inferenceapis kyma lambda_ai langflow
langgraph lemonade libertai litellm_proxy llamafile llamagate lm_studio longcat maritalk meta
minimax mistral modelscope moonshot morph nadir nano-gpt nebius neosantara nlp_cloud novita nscale
nvidia_nim oci ollama ollama_chat oobabooga openai openai_like opencode_go openinfer openrouter
ovhcloud parasail perplexity pinstripes poe predibase prism publicai qwen_ai_platform qwencloud
ragflow refuseless reka replicate sagemaker sagemaker_chat sagemaker_nova sail sambanova sap sarvam
scaleway scx-ai snowflake streamlake synthetic tencent tensormesh together_ai triton v0 veniceai
vercel_ai_gateway vertex_ai vertex_ai_beta vllm volcengine wandb watsonx watsonx_text xai
xiaomi_mimo xinference zai zerogpu
""".split()  # noqa: SIM905  # a list would take a page
STREAMING = {"stream", "stream_options"}
# How variables begin that wires read beside those of the rows.
CLOUDS = (
    "AICORE_",
    "AWS_",
    "AZURE_",
    "DATABRICKS_",
    "GIGACHAT_",
    "GOOGLE_",
    "SNOWFLAKE_",
    "VERTEX",
    "WATSONX_",
    "WX_",
)
# A value of each of OpenAI's parameters.
VALUES: dict[str, Any] = {
    "audio": {"voice": "alloy", "format": "wav"},
    "frequency_penalty": 0.5,
    "function_call": "auto",
    "functions": [{"name": "f"}],
    "logit_bias": {"1": 1},
    "logprobs": True,
    "max_completion_tokens": 9,
    "max_tokens": 9,
    "modalities": ["text"],
    "n": 2,
    "parallel_tool_calls": False,
    "prediction": {"type": "content", "content": "x"},
    "presence_penalty": 0.5,
    "prompt_cache_key": "k",
    "prompt_cache_retention": "24h",
    "reasoning_effort": "low",
    "response_format": {"type": "json_object"},
    "safety_identifier": "u",
    "seed": 1,
    "service_tier": "auto",
    "stop": ["x"],
    "store": True,
    "temperature": 0.5,
    "tool_choice": "auto",
    "tools": [{"type": "function", "function": {"name": "f"}}],
    "top_logprobs": 2,
    "top_p": 0.5,
    "user": "u",
    "verbosity": "low",
    "web_search_options": {},
}
# Where a parameter goes under a name that no row's renames tell.
OTHER_NAMES = {
    "function_call": {"tool_choice", "tool_choice_option"},
    "functions": {"tools"},
    "reasoning_effort": {"thinking", "enable_thinking"},
    "tool_choice": {"tool_choice_option"},
}


def value_of(variable: str) -> str:
    return f"value-of-{variable.lower().replace('_', '-')}"


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """A client without retries."""
    with Client(middlewares=[]) as bare:
        yield bare


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable that any row reads is set, nor any that a cloud's own tools read."""
    for row in ROWS:
        for name in (*row.key_env, *row.base_url_env, *fields_of(row)):
            monkeypatch.delenv(name, raising=False)
    for name in list(os.environ):
        if name.startswith(CLOUDS):
            monkeypatch.delenv(name)
    # Else the next server at a port would be asked for the deployment of the one before it.
    sap_account.forget()


def fields_of(row: Provider) -> list[str]:
    """The variables that stand in a row's address."""
    return [name for found in FIELD.findall(row.base_url or "") for name in found.split("|")]


def set_up(row: Provider, monkeypatch: pytest.MonkeyPatch) -> WireAnswers:
    """Set what a call of this row needs beside its key."""
    wire = WIRES[row.wire]
    for name, value in wire.environment.items():
        monkeypatch.setenv(name, value)
    set_token_url(wire, monkeypatch, "https://tokens.acme.example/oauth/token")
    for found in FIELD.findall(row.base_url or ""):
        monkeypatch.setenv(found.split("|")[-1], "acme")
    if row.base_url is None:
        monkeypatch.setenv(row.base_url_env[0], "https://llm.acme.example/root")
    return wire


def set_token_url(wire: WireAnswers, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """Have tokens come from here; each address has its own, so that none is kept from before."""
    if wire.token_url:
        monkeypatch.setenv(wire.token_url, url)


def model_of(row: Provider) -> str:
    return f"{row.name}/{WIRES[row.wire].model}"


class Wiretap(SyncIO):
    """The end of the network: keeps what would go out, and lets a token endpoint answer."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[HTTPRequest] = []

    async def send(self, request: HTTPRequest) -> HTTPResponse:
        self.sent.append(request)
        deployment = {"id": "d1", "createdAt": "2026-01-01T00:00:00Z"}
        answer = {"access_token": TOKEN, "expires_in": 3600, "resources": [deployment]}
        body = json.dumps(answer).encode()
        return HTTPResponse(status=200, headers={}, body=body)

    async def open(self, request: HTTPRequest) -> HTTPStream:
        self.sent.append(request)
        raise APIConnectionError("the wire ends here")


def tapped(row: Provider, **params: Any) -> HTTPRequest:
    """Return what a call of this row would send to its real address."""
    adapter, wiretap = ProviderAdapter(), Wiretap()
    request = Request(
        model=model_of(row),
        messages=check_messages(MESSAGES),
        **request_fields(WIRES[row.wire].arguments),
        params=params,
        io=wiretap,
        adapter=adapter,
    )
    with pytest.raises(APIError):
        drive(adapter(request))
    return wiretap.sent[-1]


def test_enough_rows_need_nothing_but_a_key() -> None:
    callable_rows = [
        row for row in ROWS if row.base_url and not FIELD.search(row.base_url) and row.key_env
    ]
    assert len(callable_rows) >= 140


def test_known_prefixes() -> None:
    prefixes = {prefix for row in ROWS for prefix in (row.name, *row.aliases)}
    assert not set(KNOWN) - prefixes


def test_every_wire_has_its_answers_here() -> None:
    assert {row.wire for row in CALLED} == WIRES.keys()


def test_prefixes_are_unique() -> None:
    prefixes = [prefix for row in ROWS for prefix in (row.name, *row.aliases)]
    assert len(prefixes) == len(set(prefixes))
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9._-]*", prefix) for prefix in prefixes)


@every_row
def test_row_is_complete(row: Provider) -> None:
    assert row.title
    assert row.docs.startswith("https://")
    assert row.base_url or row.base_url_env
    host = urlsplit(row.base_url or "https://own").hostname or ""
    at_home = host in ("localhost", "127.0.0.1")
    assert at_home or (row.base_url or "https://").startswith("https://")
    assert "stream" in load_wire(row.wire).PARAMS
    if row.auth != "wire" and row.name != IN_PROCESS:
        assert row.key_env
        assert row.base_url_env
    for rule in row.models:
        re.compile(rule.pattern)


def test_openais_key_and_host_are_openais() -> None:
    for row in ROWS:
        if row.name != "openai":
            variables = (*row.key_env, *row.base_url_env)
            assert not any(name.startswith("OPENAI") for name in variables), row.name
            assert "openai.com" not in (row.base_url or ""), row.name


def test_no_key_has_two_hosts() -> None:
    """A variable in two rows would send one provider's key to the other."""
    users: dict[str, set[str]] = defaultdict(set)
    for row in ROWS:
        for variable in row.key_env:
            users[variable].add(row.name)
        assert not set(row.key_env) & set(row.base_url_env)
    shared = {variable: names for variable, names in users.items() if len(names) > 1}
    # One service each: of Amazon's, and of Ollama's.
    assert shared == {
        "AWS_BEARER_TOKEN_BEDROCK": {"bedrock", "bedrock_mantle"},
        "OLLAMA_API_KEY": {"ollama", "ollama_cloud"},
    }


@called_rows
def test_address_and_key(row: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """All keys of the table are set: only the row's own goes out, and only to its own host."""
    for other in ROWS:
        for variable in other.key_env:
            monkeypatch.setenv(variable, value_of(variable))
    wire = set_up(row, monkeypatch)
    request = tapped(row)
    own_address = wire.environment.get(row.base_url_env[0]) if row.base_url_env else None
    address = own_address or row.base_url or "https://llm.acme.example/root"
    root = FIELD.sub("acme", address).replace("{region}", "us-east-1")
    assert urlsplit(request.url).hostname == urlsplit(root).hostname
    assert request.url.startswith(root)
    keys = [value_of(variable) for each in ROWS for variable in each.key_env]
    own = value_of(row.key_env[0]) if row.key_env else None
    carried = [key for key in keys if any(key in value for value in request.headers.values())]
    assert carried == ([own] * keys.count(own) if own and wire.before == 0 else [])
    assert not any(key in request.url or key.encode() in request.body for key in keys)


@keyed_rows
def test_keys_are_tried_in_order(row: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    wire = set_up(row, monkeypatch)
    for variable in reversed(row.key_env):
        monkeypatch.setenv(variable, value_of(variable))
        headers = " ".join(tapped(row).headers.values())
        expected = TOKEN if wire.before else value_of(variable)
        assert expected in headers


@called_rows
def test_missing_key(
    row: Provider, client: Client, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    if row.name != "openai":
        monkeypatch.setenv("OPENAI_API_KEY", value_of("OPENAI_API_KEY"))
    # Else Azure's own login would be asked.
    monkeypatch.setitem(sys.modules, "azure.identity", None)
    wire = set_up(row, monkeypatch)
    server.reply(*wire.make("plain", server))
    needs_key = (
        row.key_env
        and row.auth not in ("none", "optional")
        and not wire.keyless
        and not wire.environment.get("AWS_ACCESS_KEY_ID")
    )
    if not needs_key:
        answer = SYNC.complete(
            client, model_of(row), MESSAGES, base_url=server.url, **wire.arguments
        )
        assert answer.choices[0].message.content == TEXT
        assert "Bearer" not in server.seen[0].headers.get("authorization", "")
        return
    with pytest.raises(AuthenticationError) as caught:
        client.completion(model_of(row), MESSAGES, base_url=server.url)
    assert all(variable in caught.value.message for variable in row.key_env)
    assert caught.value.provider == row.name
    assert server.seen == []


@called_rows
def test_call(
    row: Provider, mode: str, client: Client, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire = set_up(row, monkeypatch)
    set_token_url(wire, monkeypatch, f"{server.url}/{mode}/token")
    for variable in row.key_env[:1]:
        monkeypatch.setenv(variable, value_of(variable))
    server.reply(*wire.make(mode, server))
    answer = SYNC.answer(
        client, mode, model_of(row), MESSAGES, base_url=server.url, **wire.arguments
    )
    assert answer.choices[0].message.content == TEXT
    assert answer.choices[0].finish_reason == "stop"
    if wire.counts:
        assert answer.usage is not None
        assert answer.usage.prompt_tokens > answer.usage.completion_tokens > 0
    assert answer.call.provider == row.name


@called_rows
def test_error(
    row: Provider, mode: str, client: Client, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire = set_up(row, monkeypatch)
    set_token_url(wire, monkeypatch, f"{server.url}/{mode}/error/token")
    for variable in row.key_env[:1]:
        monkeypatch.setenv(variable, value_of(variable))
    before = wire.make(mode, server)[: wire.before]
    server.reply(*before, failing(429, "slow down", retry_after="7"))
    with pytest.raises(RateLimitError, match="slow down") as caught:
        SYNC.answer(client, mode, model_of(row), MESSAGES, base_url=server.url, **wire.arguments)
    assert caught.value.provider == row.name
    assert caught.value.retry_after == 7
    assert value_of(row.key_env[0] if row.key_env else "none") not in repr(caught.value)


@called_rows
def test_address_of_a_variable(
    row: Provider, client: Client, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire = set_up(row, monkeypatch)
    set_token_url(wire, monkeypatch, f"{server.url}/variable/token")
    for variable in row.key_env[:1]:
        monkeypatch.setenv(variable, value_of(variable))
    for variable in row.base_url_env:
        monkeypatch.setenv(variable, server.url)
        server.reply(*wire.make("plain", server)[wire.before * (variable != row.base_url_env[0]) :])
        SYNC.complete(client, model_of(row), MESSAGES, **wire.arguments)
        assert server.seen
        monkeypatch.delenv(variable)


@every_row
def test_supported_params(row: Provider) -> None:
    """What is listed is of the wire, and nothing is dropped that the wire does not have."""
    model = WIRES[row.wire].model if row.wire in WIRES else "a-model"
    supported = get_supported_openai_params(model, custom_llm_provider=row.name)
    assert supported == sorted(set(supported))
    assert not row.drops & set(supported)
    assert "stream" in supported


@pytest.mark.parametrize(
    ("model", "taken", "not_taken"),
    [
        ("openai/gpt-4o", "stop temperature logprobs max_tokens", "reasoning_effort verbosity"),
        ("openai/ft:gpt-4.1:us::1", "stop", "reasoning_effort verbosity"),
        ("openai/o1", "stop reasoning_effort", "temperature top_p logprobs verbosity"),
        ("openai/o3", "reasoning_effort", "stop temperature parallel_tool_calls logit_bias"),
        ("openai/gpt-5", "reasoning_effort verbosity", "temperature top_p logprobs stop"),
        ("openai/gpt-5-mini-2025-08-07", "verbosity", "temperature top_p frequency_penalty"),
        ("openai/gpt-5.1", "reasoning_effort temperature top_p logprobs", "stop logit_bias"),
        ("openai/gpt-5-chat-latest", "temperature stop", "reasoning_effort verbosity"),
        ("openai/gpt-10", "reasoning_effort", "stop"),
        ("openai/our-own-model", "reasoning_effort temperature stop logprobs", ""),
        ("xai/grok-4", "tools", "stop presence_penalty reasoning_effort"),
        ("xai/grok-3-mini", "reasoning_effort", "stop frequency_penalty"),
        ("xai/grok-4-fast-non-reasoning", "stop presence_penalty", "reasoning_effort"),
        ("perplexity/sonar", "web_search_options response_format", "tools stop reasoning_effort"),
        ("perplexity/sonar-reasoning-pro", "reasoning_effort", "tools"),
        ("mistral/mistral-large", "seed prediction prompt_cache_key", "logprobs user logit_bias"),
        ("groq/openai/gpt-oss-20b", "reasoning_effort service_tier", "logprobs store"),
        ("openrouter/x/y", "verbosity web_search_options prediction", "store"),
        ("vllm/x", "logprobs logit_bias seed reasoning_effort", "store service_tier audio"),
    ],
)
def test_families(model: str, taken: str, not_taken: str) -> None:
    supported = set(get_supported_openai_params(model))
    assert set(taken.split()) <= supported
    assert not set(not_taken.split()) & supported


OPENAI_BODIES = {
    "azure/openai",
    "azure/foundry",
    "databricks",
    "gigachat",
    "openai",
    "sagemaker",
    "snowflake",
    "watsonx",
}
OPENAI_LIKE = [row for row in CALLED if row.wire in OPENAI_BODIES]


@pytest.mark.parametrize(
    "row",
    [row for row in CALLED if row.wire in {*OPENAI_BODIES, "sap"}],
    ids=lambda row: row.name,
)
def test_marks_of_prompt_caching(row: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tool keeps its mark only where the row takes marks."""
    set_up(row, monkeypatch)
    for variable in row.key_env[:1]:
        monkeypatch.setenv(variable, value_of(variable))
    mark = {"cache_control": {"type": "ephemeral"}}
    function = {"name": "f", "parameters": {"type": "object"}}
    marked = {"type": "function", "function": {**function, **mark}, **mark}
    sent = tapped(row, tools=[marked]).body
    assert (b"cache_control" in sent) == (not row.strips)
    assert b'"function":{"name":"f","parameters":{"type":"object"}' in sent


@pytest.mark.filterwarnings("ignore:functions, function_call:DeprecationWarning")
@pytest.mark.parametrize("row", OPENAI_LIKE, ids=[row.name for row in OPENAI_LIKE])
def test_supported_params_are_sent(row: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    set_up(row, monkeypatch)
    for variable in row.key_env[:1]:
        monkeypatch.setenv(variable, value_of(variable))
    model = WIRES[row.wire].model
    flags = model_flags(row, model)
    for name in get_supported_openai_params(model, custom_llm_provider=row.name):
        if name in STREAMING:
            continue
        body = json.loads(tapped(row, **{name: VALUES[name]}).body)
        added = body.keys() - {"messages", "model", "model_id", "project_id"}
        if name == "response_format" and "forced_json" in flags:
            assert added == ({"tools"} if "unforced_tools" in flags else {"tools", "tool_choice"})
            continue
        assert len(added) == 1
        assert added <= {name, row.renames.get(name, name)} | OTHER_NAMES.get(name, set())
