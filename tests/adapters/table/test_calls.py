"""Every row of the provider table, called as its users call it."""

from __future__ import annotations

import sys
from urllib.parse import urlsplit

import pytest

from tests.support.answers import MESSAGES, TEXT, failing
from tests.support.calls.wire_answers import TOKEN
from tests.support.provider_rows import (
    CALLED,
    FIELD,
    ROWS,
    called_rows,
    keyed_rows,
    model_of,
    set_token_url,
    set_up,
    tapped,
    value_of,
)
from tests.support.server import Server
from tests.support.worlds import World
from trunkline import AuthenticationError, Client, Provider, RateLimitError

SYNC = World("sync")


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


#: Rows without a variable for the whole address.
WITHOUT_VARIABLE = {"sagemaker"}
OVERRIDABLE = [row for row in CALLED if row.base_url_env]


def test_nearly_every_address_can_be_overridden() -> None:
    assert {row.name for row in CALLED} - {row.name for row in OVERRIDABLE} == WITHOUT_VARIABLE


@pytest.mark.parametrize("row", OVERRIDABLE, ids=[row.name for row in OVERRIDABLE])
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
