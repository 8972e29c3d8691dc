"""Arguments of a wrong type get one clear error of litellm's, before anything is sent."""

from __future__ import annotations

from typing import Any

import pytest

import trunkline.compat as litellm
from tests.support.answers import MESSAGES
from trunkline import InvalidArgumentError

MODEL = "openai/gpt-4o"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("gpt-4o", "model_list: expected a list of dictionaries, got str"),
        ({"model_name": "m"}, "model_list: expected a list of dictionaries, got dict"),
        (5, "model_list: expected a list of dictionaries, got int"),
        (["gpt-4o"], r"model_list\[0\]: expected a dict, got str"),
        ([None], r"model_list\[0\]: expected a dict, got NoneType"),
        ([{"model_name": "m"}], r"model_list\[0\]\.litellm_params: expected a dict with 'model'"),
    ],
)
def test_a_model_list(given: object, said: str) -> None:
    with pytest.raises(InvalidArgumentError, match=said):
        litellm.Router(model_list=given)


def test_aliases_of_groups() -> None:
    with pytest.raises(InvalidArgumentError, match="model_group_alias: expected a dict, got int"):
        litellm.Router(model_group_alias=3)


def test_a_model_list_may_be_any_iterable() -> None:
    params = {"model": MODEL, "api_key": "k"}
    deployment = litellm.types.router.Deployment(model_name="b", litellm_params=params)
    given = ({"model_name": "a", "litellm_params": params}, deployment)
    for model_list in (given, list(given), iter(given)):
        assert litellm.Router(model_list=model_list).model_names == ["a", "b"]
    assert litellm.Router().model_names == []


@pytest.mark.parametrize("model", [None, 5])
@pytest.mark.parametrize("name", ["completion", "responses", "get_llm_provider", "get_model_info"])
def test_a_model(name: str, model: object) -> None:
    needed: dict[str, dict[str, Any]] = {
        "responses": {"input": "x"},
        "completion": {"messages": MESSAGES},
    }
    with pytest.raises(litellm.BadRequestError, match='model: expected "provider/model", got'):
        getattr(litellm, name)(model=model, **needed.get(name, {}))


def test_a_model_of_a_router_that_is_not_a_name() -> None:
    entry = {"model_name": "chat", "litellm_params": {"model": "openai/m", "api_key": "k" * 9}}
    router = litellm.Router([entry, {**entry, "model_name": "openai/*"}])
    odd: Any = ["chat"]
    assert router.get_model_list(odd) == []
    with pytest.raises(litellm.BadRequestError, match='expected "provider/model", got'):
        router.completion(odd, MESSAGES)


def test_facts_about_no_model() -> None:
    assert litellm.supports_vision(None) is False
    assert litellm.get_supported_openai_params(None) is None
    assert litellm.token_counter(model=None, text="hello world") == 2


POINTS = "cache_control_injection_points"
BY_ROLE = [{"location": "message", "role": "user"}]


CASES: list[tuple[dict[str, Any], str]] = [
    ({"headers": {"a": "b"}, "extra_headers": 5}, "extra_headers: expected dict, got int"),
    ({"model_info": 5, "api_base": "http://a.example"}, "model_info: expected a dictionary"),
    ({POINTS: 5}, f"{POINTS}: expected a list of dictionaries, got int"),
    ({POINTS: ["x"]}, f"{POINTS}: expected a list of dictionaries, got list"),
    ({POINTS: [{"location": "message", "index": "a"}]}, "index: expected int, got str"),
    ({POINTS: BY_ROLE, "messages": 5}, "messages: expected a list of messages, got int"),
    ({POINTS: BY_ROLE, "messages": [5]}, r"messages\[0\]: expected object, got int"),
    ({POINTS: BY_ROLE, "messages": [{}]}, r"messages\[0\]"),
]


@pytest.mark.parametrize(("given", "said"), CASES)
def test_other_arguments(given: dict[str, Any], said: str) -> None:
    arguments = {"messages": MESSAGES, "mock_response": "Hi", **given}
    with pytest.raises(litellm.BadRequestError, match=said):
        litellm.completion(MODEL, **arguments)
