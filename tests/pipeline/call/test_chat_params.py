"""Functions in the form of responses() are tools of completion() too."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.answers import MESSAGES
from trunkline import BadRequestError
from trunkline.pipeline.call.chat_params import nest_choice, nest_functions
from trunkline.pipeline.json_values import JSON
from trunkline.testing import FakeProvider

FLAT: JSON = {"type": "function", "name": "look", "parameters": {}, "defer_loading": True}
NESTED: JSON = {"type": "function", "function": {"name": "look", "parameters": {}}}
SEARCH: JSON = {"type": "web_search"}
ANTHROPIC: JSON = {"name": "look", "input_schema": {}}


def test_flat_functions_are_nested() -> None:
    nested = {**NESTED, "defer_loading": True}
    assert nest_functions([FLAT, SEARCH, NESTED]) == [nested, SEARCH, NESTED]
    assert FLAT["name"] == "look"


@pytest.mark.parametrize("tools", [[], [NESTED], [SEARCH, ANTHROPIC], [{"type": "function"}]])
def test_other_tools_stay(tools: list[JSON]) -> None:
    assert nest_functions(tools) is tools


@pytest.mark.parametrize(
    "choice",
    ["auto", {"type": "function", "function": {"name": "look"}}, {"type": "any"}, {"name": "look"}],
)
def test_other_choices_stay(choice: object) -> None:
    assert nest_choice(choice) is choice


def test_a_flat_choice_is_nested_with_its_tool() -> None:
    fake = FakeProvider(["Hi"])
    choice = {"type": "function", "name": "look"}
    fake.client().completion("openai/gpt-4o", MESSAGES, tools=[FLAT], tool_choice=choice)
    wanted = {"type": "function", "function": {"name": "look"}}
    assert fake.requests[0].params["tool_choice"] == wanted
    assert choice == {"type": "function", "name": "look"}


@pytest.mark.parametrize("model", ["gemini/gemini-2.5-pro", "openai/gpt-5.6", "groq/m"])
def test_every_provider_gets_one_form(model: str) -> None:
    fake = FakeProvider([503, "Hi"])
    tools = [{"type": "function", "name": "look"}]
    fallback = {"model": "openai/gpt-4o", "tools": [FLAT]}
    fake.client().completion(model, MESSAGES, tools=tools, fallbacks=[fallback], num_retries=0)
    first, second = fake.requests
    assert first.params["tools"] == [{"type": "function", "function": {"name": "look"}}]
    assert second.params["tools"] == [{**NESTED, "defer_loading": True}]


def test_a_wrong_type_is_still_an_error() -> None:
    odd: Any = ["look"]
    with pytest.raises(BadRequestError, match=r"tools\[0\]: expected dict, got str"):
        FakeProvider(["Hi"]).client().completion("openai/m", MESSAGES, tools=odd)
