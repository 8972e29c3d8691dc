"""The forms of tools and of the choice among them: those that are sent, and those refused."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

import httpx
import pytest

from tests.support.answers import MESSAGES
from trunkline import (
    BadRequestError,
    Handler,
    Reply,
    Request,
    completion,
    default_middlewares,
    replace,
)
from trunkline.pipeline.call.tool_params import nest_choice, nest_functions
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
    [{"type": "function", "function": {"name": "look"}}, {"type": "any"}, {"name": "look"}],
)
def test_other_choices_stay(choice: JSON) -> None:
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


def named(name: object) -> JSON:
    return {"type": "function", "function": {"name": name}}


WRONG: list[tuple[str, Any, str]] = [
    ("tools", [{"type": "function"}], 'tools[0].function: missing; expected {"name": ...}'),
    ("tools", [NESTED, named(None)], "tools[1].function.name: missing; expected str"),
    ("tools", [named("")], "tools[0].function.name: missing; expected str"),
    ("tools", [named(5)], "tools[0].function.name: expected str, got int"),
    ("tools", [{"type": "function", "function": "look"}], "tools[0].function: expected dict"),
    (
        "tools",
        [{**NESTED, "type": "function_"}],
        "tools[0].type: unknown type 'function_'; did you",
    ),
    ("tools", [{}], "tools[0]: expected {"),
    ("tools", [{"name": "look", "parameters": {}}], "got one without a type"),
    ("functions", [{}], "functions[0].name: missing; expected str"),
    ("tool_choice", "ato", 'tool_choice: expected "auto", "none", "required" or {"type": "fun'),
    ("tool_choice", "look", "got 'look'"),
    ("tool_choice", "", "got ''"),
    ("tool_choice", {}, "got an empty dict"),
    ("tool_choice", {"type": "function"}, "tool_choice.function: missing"),
    ("tool_choice", {"type": "function", "function": {}}, "tool_choice.function.name: missing"),
    ("tool_choice", {"type": "functoin", "name": "look"}, "tool_choice.type: unknown type"),
    ("tool_choice", named("lok"), "'lok' is not the name of a tool; the functions are look"),
]


@pytest.mark.parametrize(("name", "value", "said"), WRONG, ids=str)
@pytest.mark.parametrize("model", ["openai/gpt-4o", "anthropic/claude-sonnet-4-5", "vllm/m"])
def test_what_no_provider_accepts(model: str, name: str, value: Any, said: str) -> None:
    fake = FakeProvider(["Hi"])
    given: dict[str, Any] = {"tools": [FLAT], name: value}
    with pytest.raises(BadRequestError) as caught:
        fake.client().completion(model, MESSAGES, **given)
    assert said in caught.value.message
    assert caught.value.param == name
    assert not fake.requests


ACCEPTED: list[tuple[list[JSON], Any]] = [
    ([SEARCH], None),
    ([ANTHROPIC], {"type": "tool", "name": "look"}),
    ([{"type": "builtin_function", "function": {"name": "$web_search"}}], None),
    ([{"function": {"name": "look"}}], "any"),
    ([{"googleSearch": {}}], "validated"),
    ([{"type": "custom", "custom": {"name": "look"}}], {"type": "custom", "name": "look"}),
    ([{"type": "mcp", "server_url": "https://x"}], named("of_the_server")),
    ([NESTED], {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": []}}),
    ([NESTED, {**NESTED, "strict": True}], "REQUIRED"),
    # As OpenAI's library writes a choice without a name.
    ([{"type": "mcp", "server_label": "x"}], {"type": "mcp", "server_label": "x", "name": None}),
    ([{"type": "tool_of_x", "function": "look"}], named("look")),
]


@pytest.mark.parametrize(("tools", "choice"), ACCEPTED, ids=str)
def test_what_some_provider_accepts(tools: list[JSON], choice: Any) -> None:
    fake = FakeProvider(["Hi"])
    fake.client().completion("vllm/m", MESSAGES, tools=tools, tool_choice=choice)
    assert fake.requests[0].params["tools"] == tools
    assert fake.requests[0].params.get("tool_choice") == choice


def test_a_tool_of_a_middleware_may_be_chosen() -> None:
    def with_tools(request: Request, call_next: Handler) -> Awaitable[Reply]:
        return call_next(replace(request, params={**request.params, "tools": [NESTED]}))

    fake = FakeProvider(["Hi"])
    client = fake.client([with_tools, *default_middlewares()])
    client.completion("openai/gpt-4o", MESSAGES, tool_choice=named("look"))
    assert fake.requests[0].params["tool_choice"] == named("look")


@pytest.mark.parametrize(
    "given", [{"functions": [{"name": "web_search"}]}, {"web_search_options": {}}], ids=str
)
def test_a_tool_of_another_parameter_may_be_chosen(given: dict[str, Any]) -> None:
    fake = FakeProvider(["Hi"])
    model, choice = "anthropic/claude-sonnet-4-5", named("web_search")
    fake.client().completion(model, MESSAGES, tool_choice=choice, **given)
    assert len(fake.requests) == 1


def test_a_tool_in_extra_body_may_be_chosen() -> None:
    fake = FakeProvider(["Hi"])
    given: dict[str, Any] = {"tool_choice": named("look"), "extra_body": {"tools": [NESTED]}}
    fake.client().completion("openai/gpt-4o", MESSAGES, **given)
    assert len(fake.requests) == 1


@pytest.mark.parametrize("model", ["anthropic/claude-sonnet-4-5", "gemini/gemini-2.5-flash"])
def test_two_functions_of_one_name(model: str) -> None:
    given: dict[str, Any] = {"tools": [NESTED, {**NESTED, "function": {"name": "look"}}]}
    http = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(500)))
    with pytest.raises(BadRequestError, match="two of them have the name 'look'") as caught:
        completion(model, MESSAGES, api_key="k" * 9, client=http, **given)
    assert caught.value.param == "tools"
    assert caught.value.attempts == 0
