"""Every row of the provider table, called as its users call it."""

from __future__ import annotations

import os
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.adapters.wire_answers import WIRES, WireAnswers
from tests.answers import MESSAGES, TEXT, failing
from tests.server import Server
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
from trunkline.adapters.wires import load_wire
from trunkline.pipeline.arguments import request_fields
from trunkline.pipeline.messages import check_messages
from trunkline.pipeline.port import HTTPRequest, HTTPResponse, HTTPStream
from trunkline.pipeline.request import Request
from trunkline.pipeline.sync import drive
from trunkline.pipeline.transport import SyncIO

ROWS = list_providers()
FIELD = re.compile(r"\{([A-Z0-9_|]+)\}")
# Runs a server of its own at an address of its own: tests/adapters/test_local.py.
IN_PROCESS = "local"
CALLED = [row for row in ROWS if row.name != IN_PROCESS]

every_row = pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
KEYED = [row for row in CALLED if row.key_env]
keyed_rows = pytest.mark.parametrize("row", KEYED, ids=[row.name for row in KEYED])
called_rows = pytest.mark.parametrize("row", CALLED, ids=[row.name for row in CALLED])


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
        if name.startswith(("AWS_", "AZURE_", "GOOGLE_", "VERTEX", "WATSONX_", "WX_")):
            monkeypatch.delenv(name)


def fields_of(row: Provider) -> list[str]:
    """The variables that stand in a row's address."""
    return [name for found in FIELD.findall(row.base_url or "") for name in found.split("|")]


def set_up(row: Provider, monkeypatch: pytest.MonkeyPatch) -> WireAnswers:
    """Set what a call of this row needs beside its key."""
    wire = WIRES[row.wire]
    for name, value in wire.environment.items():
        monkeypatch.setenv(name, value)
    for found in FIELD.findall(row.base_url or ""):
        monkeypatch.setenv(found.split("|")[-1], "acme")
    if row.base_url is None:
        monkeypatch.setenv(row.base_url_env[0], "https://llm.acme.example/root")
    return wire


def model_of(row: Provider) -> str:
    return f"{row.name}/{WIRES[row.wire].model}"


class Wiretap(SyncIO):
    """The end of the network: keeps what would go out, and lets a token endpoint answer."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[HTTPRequest] = []

    async def send(self, request: HTTPRequest) -> HTTPResponse:
        self.sent.append(request)
        body = b'{"access_token": "a-token-of-ibm", "expires_in": 3600}'
        return HTTPResponse(status=200, headers={}, body=body)

    async def open(self, request: HTTPRequest) -> HTTPStream:
        self.sent.append(request)
        raise APIConnectionError("the wire ends here")


def tapped(row: Provider, *, stream: bool = False) -> HTTPRequest:
    """Return what a call of this row would send to its real address."""
    adapter, wiretap = ProviderAdapter(), Wiretap()
    request = Request(
        model=model_of(row),
        messages=check_messages(MESSAGES),
        **request_fields(WIRES[row.wire].arguments),
        stream=stream,
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
    assert {"stream", "temperature"} <= load_wire(row.wire).PARAMS
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
    address = row.base_url or "https://llm.acme.example/root"
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
        expected = "a-token-of-ibm" if wire.before else value_of(variable)
        assert expected in headers


@called_rows
def test_missing_key(
    row: Provider, client: Client, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Else Azure's own login would be asked.
    monkeypatch.setitem(sys.modules, "azure.identity", None)
    wire = set_up(row, monkeypatch)
    server.reply(*wire.make("plain", server))
    needs_key = (
        row.key_env
        and row.auth not in ("none", "optional")
        and not wire.environment.get("AWS_ACCESS_KEY_ID")
    )
    if not needs_key:
        answer = client.completion(model_of(row), MESSAGES, base_url=server.url, **wire.arguments)
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
    monkeypatch.setenv("WATSONX_IAM_URL", f"{server.url}/{mode}/token")
    for variable in row.key_env[:1]:
        monkeypatch.setenv(variable, value_of(variable))
    server.reply(*wire.make(mode, server))
    own = {"base_url": server.url, **wire.arguments}
    if mode == "plain":
        answer = client.completion(model_of(row), MESSAGES, **own)
    else:
        with client.completion(model_of(row), MESSAGES, stream=True, **own) as stream:
            assert "".join(
                chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices
            )
            answer = stream.response
    assert answer.choices[0].message.content == TEXT
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage is not None
    assert answer.usage.prompt_tokens > answer.usage.completion_tokens > 0
    assert answer.call.provider == row.name


@called_rows
def test_error(
    row: Provider, mode: str, client: Client, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire = set_up(row, monkeypatch)
    monkeypatch.setenv("WATSONX_IAM_URL", f"{server.url}/{mode}/error/token")
    for variable in row.key_env[:1]:
        monkeypatch.setenv(variable, value_of(variable))
    before = wire.make(mode, server)[: wire.before]
    server.reply(*before, failing(429, "slow down", retry_after="7"))
    with pytest.raises(RateLimitError, match="slow down") as caught:
        client.completion(
            model_of(row), MESSAGES, stream=mode == "stream", base_url=server.url, **wire.arguments
        )
    assert caught.value.provider == row.name
    assert caught.value.retry_after == 7
    assert value_of(row.key_env[0] if row.key_env else "none") not in repr(caught.value)


@called_rows
def test_address_of_a_variable(
    row: Provider, client: Client, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire = set_up(row, monkeypatch)
    monkeypatch.setenv("WATSONX_IAM_URL", f"{server.url}/variable/token")
    for variable in row.key_env[:1]:
        monkeypatch.setenv(variable, value_of(variable))
    for variable in row.base_url_env:
        monkeypatch.setenv(variable, server.url)
        server.reply(*wire.make("plain", server)[wire.before * (variable != row.base_url_env[0]) :])
        client.completion(model_of(row), MESSAGES, **wire.arguments)
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
