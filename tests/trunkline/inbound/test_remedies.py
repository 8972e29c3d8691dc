"""Errors of a server name remedies that its clients or its operator have."""

from __future__ import annotations

import json
from collections.abc import Iterable

import pytest

from trunkline import APIError, Client
from trunkline.inbound.caller import Blocking
from trunkline.inbound.exchange import Received
from trunkline.inbound.front import Front
from trunkline.inbound.in_process import InProcess
from trunkline.inbound.policy import Network, Policy
from trunkline.inbound.refusals import refuse_request
from trunkline.pipeline.json_values import JSON
from trunkline.pipeline.sync import drive

HI: JSON = {"messages": [{"role": "user", "content": "Hi"}]}
CLAUDE = "anthropic/claude-sonnet-4-5"
TOLD = "drop_params in the server's configuration"
OF_PROGRAMS = (
    "=True",
    "allowed_openai_params",
    "extra_body",
    "base_url",
    "api_key",
    "Client(",
    "wire=",
    "register_",
)

REFUSED: list[tuple[str, JSON, str]] = [
    ("chat/completions", {"model": CLAUDE, **HI, "logit_bias": {"1": 2}}, TOLD),
    ("chat/completions", {"model": "openai/gpt-5-pro", **HI, "seed": 3}, TOLD),
    (
        "chat/completions",
        {"model": "groq/x", **HI, "tools": [{"type": "custom", "custom": {"name": "a"}}]},
        TOLD,
    ),
    ("responses", {"model": CLAUDE, "input": "Hi", "background": True}, TOLD),
    ("responses", {"model": "deepseek/x", "input": "Hi", "background": True}, TOLD),
    (
        "responses",
        {"model": CLAUDE, "input": "Hi", "previous_response_id": "resp_1"},
        "a store for responses in the server's configuration keeps",
    ),
    ("chat/completions", {"model": "claude-x", **HI}, "(or 'openai/claude-x')"),
    ("chat/completions", {"model": "nosuch/x", **HI}, "(for an OpenAI model with a slash"),
    (
        "chat/completions",
        {"model": "mistral/x", **HI},
        "the server has no key for Mistral AI: it needs MISTRAL_API_KEY",
    ),
    (
        "messages",
        {"model": "oci/x", **HI, "max_tokens": 9},
        "set that variable in the server's environment",
    ),
    (
        "chat/completions",
        {"model": "azure/x", **HI},
        "the server has no address: it needs",
    ),
]


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ANTHROPIC", "OPENAI", "GROQ", "DEEPSEEK", "OCI_GENAI", "AZURE"):
        monkeypatch.setenv(f"{name}_API_KEY", "sk-0123456789")
    for name in ("MISTRAL_API_KEY", "OCI_REGION", "AZURE_API_BASE", "AZURE_OPENAI_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)


def refused(path: str, body: JSON, policy: Policy) -> tuple[str, APIError]:
    """Return the message that a client gets, and the error that the chain raised."""
    received = Received(
        method="POST", path=f"/v1/{path}", headers={}, query={}, body=json.dumps(body).encode()
    )
    with Client() as client, pytest.raises(APIError) as caught:
        drive(Front(client, Blocking(), policy).answer(received))
    sent = refuse_request(caught.value, received, policy)
    assert isinstance(sent.body, bytes)
    return json.loads(sent.body)["error"]["message"], caught.value


def names_in(text: str, names: Iterable[str]) -> list[str]:
    return [name for name in names if name in text]


@pytest.mark.parametrize(("path", "body", "told"), REFUSED)
def test_over_a_network(path: str, body: JSON, told: str) -> None:
    message, error = refused(path, body, Network())
    assert told in message
    assert not names_in(message, OF_PROGRAMS)
    # Callbacks have the error that programs get.
    assert names_in(error.message, OF_PROGRAMS)


@pytest.mark.parametrize(("path", "body", "told"), REFUSED)
def test_in_process(path: str, body: JSON, told: str) -> None:
    message, error = refused(path, body, InProcess({}))
    assert message == error.message
    assert told not in message


def test_a_value_with_a_slip() -> None:
    body: JSON = {"model": "openai/gpt-5.6", **HI, "reasoning_effort": "hgih"}
    message, error = refused("chat/completions", body, Network())
    assert message == "reasoning_effort: unknown value 'hgih'; did you mean high?"
    assert "extra_body" in error.message


def test_a_server_that_allows_it() -> None:
    path, body, _ = REFUSED[0]
    message, error = refused(path, body, Network(["drop_params"]))
    assert message == error.message


def test_what_a_provider_says_is_not_changed() -> None:
    error = APIError("no key for you: set it or pass api_key")
    error.attempts = 1
    assert Network().explain(error) == error.message
