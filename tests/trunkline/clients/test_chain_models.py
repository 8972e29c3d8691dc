"""Mistakes in fallbacks and deployments show when a client is built."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.answers import MESSAGES
from trunkline import (
    BadRequestError,
    Client,
    Fallback,
    Route,
    Router,
    completion,
    default_middlewares,
)
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
        ({"rmp": 5}, "did you mean rpm"),
        ({"wieght": 5}, "did you mean weight"),
        ({"timeout": "abc"}, "timeout: expected seconds or a dict"),
        ({"stream_timeout": -1}, "stream_timeout: expected more than 0 seconds"),
        ({"base_url": 5}, "base_url: expected str, got int"),
        ({"wire": "smtp"}, 'wire: expected "chat" or "responses"'),
        ({"api_key": 5}, "api_key: expected str, got int"),
        ({"stream": True}, "stream can only be given to completion"),
        ({"input_cost_per_token": "x"}, "input_cost_per_token"),
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
        ([{"caht": ["big"]}], r"fallbacks\[0\]\['caht'\]: 'caht' is not a group: did you mean"),
        ({"nope/x": "big"}, r"fallbacks\['nope/x'\]: unknown provider 'nope'"),
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
        [{"alias": "big"}, {"openai/gpt-4o": ["big"], "gpt-4o": "chat"}],
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


def test_fallbacks_are_for_the_model_that_an_alias_names() -> None:
    given: dict[str, Any] = {
        "fallbacks": [{"quick": ["big"]}],
        "model_alias_map": {"quick": "chat"},
    }
    with pytest.raises(ValueError, match="'quick' is an alias of 'chat'; write 'chat'"):
        Router([group(), group("big")], **given)


@pytest.mark.parametrize(
    ("make", "name", "meant"),
    [
        (Client, "num_retry", "num_retries"),
        (Client, "callback", "callbacks"),
        (Client, "engin", "engine"),
        (Router, "num_retry", "num_retries"),
        (Router, "fallback", "fallbacks"),
        (Router, "routing_strateg", "routing_strategy"),
    ],
)
def test_a_slip_in_the_arguments_of_a_client(make: type[Client], name: str, meant: str) -> None:
    wrong: dict[str, Any] = {name: 1}
    with pytest.raises(TypeError, match=f"'{name}'; did you mean {meant}[?]"):
        make(**wrong)


@pytest.mark.parametrize(
    ("name", "meant"),
    [("base_modle", "base_model"), ("input_cost_per_tokens", "input_cost_per_token")],
)
def test_a_slip_in_the_facts_of_a_model(name: str, meant: str) -> None:
    said = f"model_info.{name}: did you mean {meant}[?]"
    with pytest.raises(ValueError, match=rf"model_list\[0\].{said}"):
        Router([{**group(), "model_info": {name: "openai/gpt-4o"}}])
    with pytest.raises(BadRequestError, match=said):
        completion("openai/x", MESSAGES, mock_response="Hi", model_info={name: "openai/gpt-4o"})


@pytest.mark.parametrize(
    "name",
    # litellm's, and some that programs make up.
    [
        "cache_read_input_audio_token_cost",
        "db_model",
        "id",
        "input_cost_per_token_above_128k_tokens",
        "input_cost_per_token_flex",
        "input_cost_per_video_token",
        "output_cost_per_image_token",
        "output_cost_per_token_batches",
        "team",
    ],
)
def test_facts_of_a_model_that_are_no_slips(name: str) -> None:
    Router([{**group(), "model_info": {name: 1}}])
    completion("openai/x", MESSAGES, mock_response="Hi", model_info={name: 1})
