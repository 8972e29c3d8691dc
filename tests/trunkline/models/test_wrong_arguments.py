"""Functions about models and costs that are called with values of other types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trunkline import (
    APIError,
    InvalidArgumentError,
    completion_cost,
    cost_per_token,
    fold_chunks,
    get_llm_provider,
    get_max_tokens,
    get_model_info,
    get_supported_openai_params,
    register_model,
    register_provider,
    supports_vision,
    token_counter,
)

ODD: list[Any] = [3, True, b"x", ["openai/gpt-4o"], {"model": "x"}, object()]
BY_MODEL: list[Callable[..., object]] = [
    cost_per_token,
    get_llm_provider,
    get_max_tokens,
    get_model_info,
    get_supported_openai_params,
    supports_vision,
]


@pytest.mark.parametrize("function", BY_MODEL)
@pytest.mark.parametrize("odd", [None, *ODD])
def test_a_model(function: Callable[..., object], odd: Any) -> None:
    with pytest.raises(APIError, match='model: expected "provider/model", got ') as caught:
        function(odd)
    assert getattr(caught.value, "param", None) == "model"


@pytest.mark.parametrize("function", BY_MODEL)
@pytest.mark.parametrize("odd", ODD)
def test_a_provider(function: Callable[..., object], odd: Any) -> None:
    with pytest.raises(APIError, match="custom_llm_provider: expected str, got "):
        function("gpt-4o", custom_llm_provider=odd)


def test_a_model_of_a_count() -> None:
    with pytest.raises(APIError, match="model: expected"):
        token_counter(3, "text")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


ANY: Any = None
WRONG: list[tuple[Callable[[], object], str]] = [
    (lambda: cost_per_token("openai/gpt-4o", "1", 1), "prompt_tokens: expected int, got str"),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    (lambda: cost_per_token("openai/gpt-4o", 1, ANY), "completion_tokens: expected int, got None"),
    (lambda: completion_cost(3), "completion_response: Expected `object`, got `int`"),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    (
        lambda: cost_per_token("openai/gpt-4o", usage_object=[1]),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        "usage_object: Expected `object`, got `array`",
    ),
    (lambda: register_model(ANY), "model_cost: expected dict, got NoneType"),
    (lambda: register_model({"a": 1}), "model_cost['a']: expected dict, got int"),  # type: ignore[dict-item]  # pyright: ignore[reportArgumentType]
]


@pytest.mark.parametrize(("call", "message"), WRONG)
def test_other_arguments(call: Callable[[], object], message: str) -> None:
    with pytest.raises(APIError) as caught:
        call()
    assert message in caught.value.message


@pytest.mark.parametrize("odd", ODD)
def test_a_row(odd: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="expected a Provider or its fields by name"):
        register_provider(odd)


@pytest.mark.parametrize("odd", ["text", [{"id": "x"}], [None]])
def test_chunks(odd: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=r"chunks\[0\]: expected a ModelResponseStream"):
        fold_chunks(odd)
