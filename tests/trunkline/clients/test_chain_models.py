"""Mistakes in fallbacks and deployments show when a client is built."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.answers import MESSAGES
from trunkline import Client, Fallback, Route, Router, default_middlewares
from trunkline.testing import FakeProvider

KEY = "k" * 9


def group(name: str = "chat", **params: Any) -> dict[str, Any]:
    given = {"model": "openai/gpt-4o", "api_key": KEY, **params}
    return {"model_name": name, "litellm_params": given}


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"model": "opneai/x"}, "unknown provider 'opneai': did you mean openai"),
        ({"temprature": 1}, "did you mean temperature"),
        ({"model": "anthropic/claude-sonnet-4-5", "seed": 1}, "does not support seed"),
        ({"model": "claude-sonnet-4-5"}, "write 'anthropic/claude-sonnet-4-5'"),
        ({"model": "openai/"}, "names no model"),
    ],
)
def test_a_deployment(params: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=f"deployment 1 of 'chat': .*{said}"):
        Router([group(), group(**params)])


@pytest.mark.parametrize("layer", [False, True])
@pytest.mark.parametrize(
    ("fallbacks", "said"),
    [
        (["nope/x"], r"fallbacks\[0\]: unknown provider 'nope'"),
        ([{"chat": ["bgi"]}], r"fallbacks\[0\]\['chat'\]\[0\]: 'bgi' is not a group: did you mean"),
        (
            [{"model": "anthropic/claude-sonnet-4-5", "api_key": KEY, "seed": 1}],
            r"fallbacks\[0\]: .*does not support seed",
        ),
        ([{"model": "openai/x", "api_key": KEY, "max_token": 1}], "did you mean max_tokens"),
    ],
)
def test_a_fallback(fallbacks: Any, said: str, layer: bool) -> None:
    groups = [group(), group("big")]
    chain = default_middlewares(fallback=Fallback(fallbacks), route=Route(groups))
    with pytest.raises(ValueError, match=said):
        _ = Client(chain) if layer else Router(groups, fallbacks=fallbacks)


def test_a_key_that_is_missing_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GROQ_API_KEY", raising=False)
    with pytest.warns(UserWarning, match=r"fallbacks\[0\]: .* set GROQ_API_KEY") as caught:
        Client(default_middlewares(fallback=Fallback(["groq/llama-3.3-70b-versatile"])))
    assert caught[0].filename == __file__


@pytest.mark.parametrize(
    "fallbacks",
    [
        ["big"],
        {"chat": ["big", "alias"], "*": "big"},
        [{"model": "big", "temperature": 0}],
        [{"model": "some-model", "base_url": "http://localhost:1/v1", "api_key": KEY}],
        [{"model": "openai/x", "api_key": KEY}],
    ],
)
def test_what_is_right_builds(fallbacks: Any) -> None:
    Router([group(), group("big")], fallbacks=fallbacks, model_group_alias={"alias": "chat"})


def test_drop_params_drops_it() -> None:
    claude = group(model="anthropic/claude-sonnet-4-5", seed=1)
    Router([claude], drop_params=True)
    Router([group(model="anthropic/claude-sonnet-4-5", seed=1, drop_params=True)])


def test_another_adapter_has_its_own_models() -> None:
    client = Client([Fallback(["nope/x"])], adapter=FakeProvider(["Hi"]))
    assert client.completion("openai/x", MESSAGES).choices[0].message.content == "Hi"
