"""The exceptions of `litellm`: their texts, their constructors, and their list."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from importlib import import_module
from typing import Any
from unittest.mock import patch

import pytest

import trunkline
from tests.support.answers import MESSAGES, failing
from tests.support.server import Server
from tests.trunkline.compat.stand_in import installed

# The list of aider 0.86.2, which refuses any other name that ends in "Error".
AIDERS = frozenset(
    {
        "APIConnectionError",
        "APIError",
        "APIResponseValidationError",
        "AuthenticationError",
        "AzureOpenAIError",
        "BadGatewayError",
        "BadRequestError",
        "BudgetExceededError",
        "ContentPolicyViolationError",
        "ContextWindowExceededError",
        "ImageFetchError",
        "InternalServerError",
        "InvalidRequestError",
        "JSONSchemaValidationError",
        "NotFoundError",
        "OpenAIError",
        "RateLimitError",
        "RouterRateLimitError",
        "ServiceUnavailableError",
        "UnprocessableEntityError",
        "UnsupportedParamsError",
    }
)


@pytest.fixture
def litellm() -> Iterator[Any]:
    with installed() as module:
        yield module


def test_the_list_is_aiders(litellm: Any) -> None:
    assert {name for name in dir(litellm) if name.endswith("Error")} <= AIDERS
    for name in [*AIDERS, "Timeout", "PermissionDeniedError", "MidStreamFallbackError"]:
        assert issubclass(getattr(litellm, name), Exception)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("RateLimitError", ("m", "openai", "gpt")),
        ("AuthenticationError", ("m", "openai", "gpt")),
        ("InternalServerError", ("m", "openai", "gpt")),
        ("APIConnectionError", ("m", "openai", "gpt")),
        ("UnsupportedParamsError", ("m", "openai", "gpt")),
        ("BadRequestError", ("m", "gpt", "openai")),
        ("NotFoundError", ("m", "gpt", "openai")),
        ("ContextWindowExceededError", ("m", "gpt", "openai")),
        ("ContentPolicyViolationError", ("m", "gpt", "openai")),
        ("Timeout", ("m", "gpt", "openai")),
        ("APIError", (500, "m", "openai", "gpt")),
    ],
)
def test_the_order_of_arguments(litellm: Any, name: str, values: tuple[Any, ...]) -> None:
    error = getattr(litellm, name)(*values)
    assert (error.llm_provider, error.model) == ("openai", "gpt")
    assert str(error) == error.message == f"litellm.{name}: m"
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_texts_of_facts(litellm: Any) -> None:
    budget = litellm.BudgetExceededError(current_cost=1.5, max_budget=1.0)
    assert "Current cost: 1.5, Max budget: 1.0" in str(budget)
    assert (budget.current_cost, budget.max_budget) == (1.5, 1.0)
    schema = litellm.JSONSchemaValidationError("gpt", "openai", "raw", "a schema")
    assert "response=raw, for schema=a schema" in str(schema)
    assert schema.raw_response == "raw"


def test_the_module_has_the_classes_in_its_dictionary(litellm: Any) -> None:
    # graphrag finds them there.
    module = import_module("litellm.exceptions")
    assert vars(module)["RateLimitError"] is litellm.RateLimitError
    assert set(module.__all__) <= vars(module).keys()
    with patch("litellm.exceptions.RateLimitError", None):
        assert vars(module)["RateLimitError"] is None
    assert module.RateLimitError is litellm.RateLimitError


def test_retries_are_part_of_the_text(litellm: Any) -> None:
    error = litellm.RateLimitError("m", "openai", "gpt", num_retries=2, max_retries=3)
    assert str(error).endswith("m LiteLLM Retried: 2 times, LiteLLM Max Retries: 3")


def test_the_name_is_in_front_once(litellm: Any) -> None:
    error = litellm.RateLimitError("litellm.RateLimitError: m", "openai", "gpt")
    assert str(error) == "litellm.RateLimitError: m"


def test_an_error_of_a_call(litellm: Any, server: Server) -> None:
    server.reply(failing(429, "slow down"))
    with pytest.raises(litellm.RateLimitError) as caught:
        litellm.completion(
            "openai/gpt-4o", MESSAGES, api_base=server.url, api_key="k", num_retries=0
        )
    error = caught.value
    assert str(error) == "litellm.RateLimitError: openai/gpt-4o: slow down (status 429)"
    assert error.message == "litellm.RateLimitError: slow down"
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
    cause = error.__cause__
    assert isinstance(cause, trunkline.RateLimitError)
    assert str(cause) == "openai/gpt-4o: slow down (status 429)"
