"""Sampling parameters that Claude refuses: some models take one of them, newer ones none."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.calls.bedrock_calls import answer_body
from tests.support.calls.vertex_calls import GivenCredentials
from tests.support.server import Server, answer_json
from trunkline import Client, UnsupportedParamsError

MESSAGE = {"content": [{"type": "text", "text": "Hi"}], "stop_reason": "end_turn"}
VERTEX: dict[str, Any] = {"vertex_credentials": GivenCredentials(), "vertex_project": "p"}
ONE = (
    "anthropic/claude-sonnet-4-5",
    "anthropic/claude-haiku-4-5-20251001",
    "anthropic/claude-opus-4-1-20250805",
    "anthropic/claude-opus-4-6",
    "azure_ai/claude-sonnet-4-5",
    "vertex_ai/claude-sonnet-4-5@20250929",
    "bedrock/eu.anthropic.claude-sonnet-4-5-20250929-v1:0",
)
NONE = (
    "anthropic/claude-opus-4-7",
    "anthropic/claude-sonnet-5",
    "azure_ai/claude-opus-5-5",
    "vertex_ai/claude-opus-4-8",
    "bedrock/us.anthropic.claude-opus-4-7-v1:0",
)
BOTH = ("anthropic/claude-sonnet-4-20250514", "bedrock/anthropic.claude-3-5-haiku-20241022-v1:0")


def sent(server: Server, model: str, **arguments: Any) -> set[str]:
    """Return the names of the sampling parameters in the body of a call."""
    bedrock = model.startswith("bedrock/")
    server.reply(answer_json(answer_body({"text": "Hi"}) if bedrock else MESSAGE))
    login = VERTEX if model.startswith("vertex") else {}
    with Client() as client:
        client.completion(
            model,
            [{"role": "user", "content": "Hello"}],
            api_key="key",
            base_url=server.url,
            num_retries=0,
            **login,
            **arguments,
        )
    body = server.seen[-1].json
    fields = {
        **body,
        **body.get("inferenceConfig", {}),
        **body.get("additionalModelRequestFields", {}),
    }
    names = {"temperature": "temperature", "top_p": "top_p", "topP": "top_p", "top_k": "top_k"}
    return {names[name] for name in fields.keys() & names.keys()}


@pytest.mark.parametrize("model", ONE)
def test_one_of_temperature_and_top_p(model: str, server: Server) -> None:
    given = {"temperature": 0.5, "top_p": 0.9}
    with pytest.raises(UnsupportedParamsError, match=r"top_p.*together with temperature"):
        sent(server, model, **given)
    assert sent(server, model, drop_params=True, **given) == {"temperature"}
    for name, value in given.items():
        assert sent(server, model, **{name: value}) == {name}
    # These are the API's defaults, so that leaving them out changes nothing.
    assert sent(server, model, temperature=0.5, top_p=1) == {"temperature"}
    assert sent(server, model, temperature=1, top_p=0.9) == {"top_p"}


@pytest.mark.parametrize("model", NONE)
def test_none_at_all(model: str, server: Server) -> None:
    for given in ({"top_k": 5}, {"temperature": 0.5}, {"top_p": 0.9}):
        [name] = given
        with pytest.raises(UnsupportedParamsError, match=name):
            sent(server, model, **given)
        assert sent(server, model, drop_params=True, **given) == set()


@pytest.mark.parametrize("model", BOTH)
def test_all_of_them(model: str, server: Server) -> None:
    given = {"temperature": 0.5, "top_p": 0.9, "top_k": 5}
    assert sent(server, model, **given) == given.keys()
