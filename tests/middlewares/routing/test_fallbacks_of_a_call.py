"""Mistakes in the fallbacks of a call are errors before anything is sent."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.answers import MESSAGES
from trunkline import BadRequestError, Client, Fallback, Router
from trunkline.pipeline.call.client import ChainClient
from trunkline.testing import FakeProvider

MODEL = "openai/gpt-4o"
KEY = "k" * 9


def group(name: str) -> dict[str, Any]:
    return {"model_name": name, "litellm_params": {"model": MODEL, "api_key": KEY}}


@pytest.fixture
def router() -> Router:
    return Router([group("chat"), group("big")], model_group_alias={"large": "big"})


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"fallbacks": ["opnai/x"]}, "fallbacks[0]: unknown provider 'opnai': did you mean openai"),
        ({"fallbacks": ["big", "bgi"]}, "fallbacks[1]: 'bgi' is not a group: did you mean 'big'"),
        ({"fallbacks": {"chat": "bgi"}}, "fallbacks['chat']: 'bgi' is not a group"),
        ({"fallbacks": ["openai/"]}, "fallbacks[0]: 'openai/' names no model"),
        (
            {"fallbacks": [{"model": MODEL, "temprature": 1}]},
            "fallbacks[0]: temprature: unknown argument; did you mean temperature?",
        ),
        (
            {"context_window_fallback_dict": {"*": "nope/x"}},
            "context_window_fallback_dict['*']: unknown provider 'nope'",
        ),
        ({"fallbacks": {"chatt": ["big"]}}, "fallbacks['chatt']: 'chatt' is not a group: did you"),
        (
            {"fallbacks": [{"modle": "big", "api_key": KEY}]},
            "fallbacks[0]['modle']: not the name of a model; did you mean 'model'?",
        ),
        (
            {"content_policy_fallbacks": {"chat": ["nope/x"]}},
            "content_policy_fallbacks['chat'][0]: unknown provider 'nope'",
        ),
    ],
)
def test_a_mistake(router: Router, options: dict[str, Any], said: str) -> None:
    provider = FakeProvider(["Hello."])
    with pytest.raises(BadRequestError) as caught:
        router.with_adapter(provider).completion("chat", MESSAGES, **options)
    assert str(caught.value).startswith(said)
    assert caught.value.param in (*options, "temprature")
    assert not provider.requests


@pytest.mark.parametrize("fallback", ["big", "large", "openai/gpt-4o-mini", "gpt-4o-mini"])
def test_what_can_be_called(router: Router, fallback: str) -> None:
    provider = FakeProvider([500, "Hello."])
    client = router.with_adapter(provider)
    response = client.completion("chat", MESSAGES, num_retries=0, fallbacks=[fallback])
    assert response.call.fallback == fallback


def test_a_missing_key_is_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GROQ_API_KEY", raising=False)
    response = Client().completion(
        MODEL, MESSAGES, api_key=KEY, mock_response="Hi", fallbacks=["groq/llama-3.3-70b-versatile"]
    )
    assert response.choices[0].message.content == "Hi"


def test_a_chain_without_groups_takes_any_name() -> None:
    provider = FakeProvider([500, "Hello."])
    client = ChainClient(provider, [Fallback()])
    response = client.completion(MODEL, MESSAGES, fallbacks=["mine"])
    assert response.call.fallback == "mine"


@pytest.mark.parametrize(
    "fallbacks",
    [
        ["quick"],
        "quick",
        {MODEL: ["quick"]},
        {"usual": "quick"},
        [{"*": [{"model": "quick", "temperature": 0}]}],
    ],
)
def test_an_alias_is_replaced(fallbacks: Any) -> None:
    aliases = {"quick": "openai/gpt-4o-mini", "usual": MODEL}
    provider = FakeProvider([500, "Hello."])
    client = Client(model_alias_map=aliases, adapter=provider)
    client.completion("usual", MESSAGES, num_retries=0, fallbacks=fallbacks)
    assert [request.model for request in provider.requests] == [MODEL, "openai/gpt-4o-mini"]


@pytest.mark.parametrize("place", ["fallbacks", "deployment 0 of 'chat'"])
def test_an_alias_in_a_setting_is_refused(place: str) -> None:
    deployments, fallbacks = [group("chat")], ["quick"]
    if place != "fallbacks":
        deployments[0]["litellm_params"]["model"], fallbacks = "quick", []
    with pytest.raises(BadRequestError, match="'quick' is an alias of 'openai/x'; write") as caught:
        Router(deployments, fallbacks=fallbacks, model_alias_map={"quick": "openai/x"})
    assert str(caught.value).startswith(place)
