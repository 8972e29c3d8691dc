"""A key of the environment that is about to go to an unknown host causes one warning per host."""

from __future__ import annotations

from typing import Any

import pytest

import trunkline
from tests.support.answers import MESSAGES, good
from tests.support.server import Answer, Server, answer_json
from tests.support.worlds import World
from trunkline import Client, Router
from trunkline.adapters.credentials import trusted_hosts
from trunkline.adapters.credentials.trusted_hosts import warn_of_host
from trunkline.adapters.table.table import find_provider, list_providers

KEY = "sk-of-the-environment-0123456789"


@pytest.fixture(autouse=True)
def _forget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trusted_hosts, "_warned", set[str]())
    monkeypatch.setenv("OPENAI_API_KEY", KEY)


def _elsewhere(server: Server) -> str:
    """Return the server's address in a form that is not known as that of the user's machine."""
    return server.url.replace("127.0.0.1", "127.1")


def _warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]


def test_once_per_host(
    server: Server, world: World, mode: str, caplog: pytest.LogCaptureFixture
) -> None:
    with Client() as client:
        for _ in range(3):
            server.reply(good(mode))
            world.answer(client, mode, "openai/a", MESSAGES, base_url=_elsewhere(server))
    (warning,) = _warnings(caplog)
    assert "OPENAI_API_KEY from the environment is sent to 127.1" in warning
    assert "OPENAI_BASE_URL" in warning
    assert KEY not in caplog.text


@pytest.mark.parametrize(
    ("settings", "given", "variables"),
    [
        ({}, {"api_key": "sk-of-the-call-0123456789"}, {}),
        ({}, {}, {"OPENAI_BASE_URL": "http://127.1:1/v1"}),
        ({"trusted_hosts": ["127.1"]}, {}, {}),
        ({"trusted_hosts": [".1"]}, {}, {}),
    ],
    ids=["a key of the call", "a variable", "a host", "a domain"],
)
def test_no_warning(
    server: Server,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    settings: dict[str, Any],
    given: dict[str, Any],
    variables: dict[str, str],
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    server.reply(good("plain"))
    with Client(**settings) as client:
        client.completion("openai/a", MESSAGES, stream=False, base_url=_elsewhere(server), **given)
    assert _warnings(caplog) == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_the_users_own_machine(server: Server, caplog: pytest.LogCaptureFixture, host: str) -> None:
    server.reply(good("plain"))
    with Client() as client:
        client.completion("openai/a", MESSAGES, base_url=server.url.replace("127.0.0.1", host))
    assert _warnings(caplog) == []


_AWS = {
    "aws_access_key_id": "AKIAOFTHETESTS",
    "aws_secret_access_key": "secret-of-the-tests",
    "aws_session_token": "token-of-the-tests",
}


@pytest.mark.parametrize("given", [_AWS, {}], ids=["of the call", "of the environment"])
def test_keys_that_only_sign(
    server: Server,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    given: dict[str, Any],
) -> None:
    """The secret is not sent, and a signature is valid only for the host that it was made for."""
    if not given:
        for name, value in _AWS.items():
            monkeypatch.setenv(name.upper(), value)
    server.reply(_of_bedrock())
    _call_bedrock(server, given)
    assert "Signature=" in server.seen[0].headers["authorization"]
    assert _warnings(caplog) == []


def test_a_bearer_token_of_the_environment(
    server: Server, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", KEY)
    server.reply(_of_bedrock())
    _call_bedrock(server, {})
    assert server.seen[0].headers["authorization"] == f"Bearer {KEY}"
    (warning,) = _warnings(caplog)
    assert "AWS_BEARER_TOKEN_BEDROCK from the environment is sent to 127.1" in warning


def _of_bedrock() -> Answer:
    message = {"role": "assistant", "content": [{"text": "Hi"}]}
    return answer_json({"output": {"message": message}, "stopReason": "end_turn"})


def _call_bedrock(server: Server, given: dict[str, Any]) -> None:
    region: dict[str, Any] = {"aws_region_name": "eu-central-1"}
    with Client() as client:
        client.completion(
            "bedrock/amazon.nova-lite-v1:0",
            MESSAGES,
            base_url=_elsewhere(server),
            **region,
            **given,
        )


def test_a_setting_of_the_module(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    server.reply(good("plain"))
    trunkline.trusted_hosts = ["127.1"]
    try:
        trunkline.completion("openai/a", MESSAGES, base_url=_elsewhere(server))
    finally:
        trunkline.trusted_hosts = []
    assert _warnings(caplog) == []


def test_a_router(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    server.reply(good("plain"))
    deployment = {"model": "openai/a", "base_url": _elsewhere(server)}
    with Router([{"model_name": "chat", "litellm_params": deployment}]) as router:
        router.completion("chat", MESSAGES)
    assert len(_warnings(caplog)) == 1


@pytest.mark.parametrize(
    "wrong", ["example.com", [5], ["https://example.com"], [""], None], ids=str
)
def test_a_setting_of_a_wrong_type(wrong: Any) -> None:
    with pytest.raises(TypeError, match="trusted_hosts: expected a list of hosts"):
        Client(trusted_hosts=wrong)


@pytest.mark.parametrize(
    ("provider", "url", "known"),
    [
        ("openai", "https://eu.api.openai.com/v1", True),
        ("openai", "https://api.openai.com.evil.test/v1", False),
        ("openai", "https://evilopenai.com/v1", False),
        ("bedrock", "https://bedrock-runtime.eu-west-1.amazonaws.com", True),
        ("bedrock", "https://amazonaws.com.evil.test", False),
        ("vllm", "http://gpu.test:8000/v1", True),
        ("anthropic", "http://gateway.test", False),
    ],
)
def test_the_vendors_own_hosts(
    caplog: pytest.LogCaptureFixture, provider: str, url: str, known: bool
) -> None:
    warn_of_host(find_provider(provider), url, ())
    assert (not _warnings(caplog)) is known


def test_no_row_warns_of_its_own_address(caplog: pytest.LogCaptureFixture) -> None:
    for row in list_providers():
        if row.base_url is not None and "{" not in row.base_url:
            warn_of_host(row, row.base_url, ())
    assert _warnings(caplog) == []
