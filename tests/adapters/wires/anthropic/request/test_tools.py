"""Tools and the choice among them in requests to Anthropic's Messages API."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.calls.anthropic_calls import WEATHER, body_of_call, refused


def test_tools() -> None:
    assert body_of_call(tools=[WEATHER])["tools"] == [
        {
            "name": "get_weather",
            "description": "Look at the sky",
            "input_schema": WEATHER["function"]["parameters"],
        }
    ]


def test_a_tool_without_parameters() -> None:
    tool = {"type": "function", "function": {"name": "f", "parameters": None}}
    schema = body_of_call(tools=[tool])["tools"][0]["input_schema"]
    assert schema == {"type": "object", "properties": {}}


def test_strict_tools() -> None:
    tool = {"type": "function", "function": {**WEATHER["function"], "strict": True}}
    encoded = body_of_call(tools=[tool])["tools"][0]
    assert encoded["strict"] is True
    assert encoded["input_schema"]["additionalProperties"] is False
    assert "strict" not in body_of_call(tools=[tool], model="claude-sonnet-4-0")["tools"][0]


def test_hosted_and_native_tools_are_passed_on() -> None:
    tools: list[dict[str, Any]] = [
        {"type": "web_search_20250305", "name": "web_search", "max_uses": 3},
        {"type": "bash_20250124", "name": "bash"},
        {"name": "own", "input_schema": {"type": "object"}},
        {"type": "custom", "name": "other", "input_schema": {"type": "object"}},
    ]
    assert body_of_call(tools=tools)["tools"] == tools


@pytest.mark.parametrize("name", ["", "a.b", "x" * 129, None])
def test_names_that_the_api_refuses(name: Any) -> None:
    error = refused(tools=[WEATHER, {"type": "function", "function": {"name": name}}])
    assert "tools[1].function.name" in str(error)


def test_custom_tools_are_refused() -> None:
    assert "tools[0]" in str(refused(tools=[{"type": "custom", "custom": {"name": "x"}}]))


def test_cache_mark_of_a_function() -> None:
    mark = {"type": "ephemeral"}
    tool = {"type": "function", "function": {**WEATHER["function"], "cache_control": mark}}
    assert body_of_call(tools=[tool])["tools"][0]["cache_control"] == mark


@pytest.mark.parametrize(
    ("choice", "encoded"),
    [
        ("auto", {"type": "auto"}),
        ("none", {"type": "none"}),
        ("required", {"type": "any"}),
        ("any", {"type": "any"}),
        ({"type": "function", "function": {"name": "f"}}, {"type": "tool", "name": "f"}),
        ({"type": "any"}, {"type": "any"}),
        ({"type": "tool", "name": "f"}, {"type": "tool", "name": "f"}),
    ],
)
def test_tool_choice(choice: Any, encoded: Any) -> None:
    assert body_of_call(tools=[WEATHER], tool_choice=choice)["tool_choice"] == encoded
    single = body_of_call(tools=[WEATHER], tool_choice=choice, parallel_tool_calls=False)
    more = {} if choice == "none" else {"disable_parallel_tool_use": True}
    assert single["tool_choice"] == {**encoded, **more}


def test_allowed_tools() -> None:
    other = {"type": "function", "function": {"name": "other"}}
    choice = {
        "type": "allowed_tools",
        "allowed_tools": {"mode": "required", "tools": [other]},
    }
    body = body_of_call(tools=[WEATHER, other], tool_choice=choice)
    assert [tool["name"] for tool in body["tools"]] == ["other"]
    assert body["tool_choice"] == {"type": "any"}


def test_unknown_tool_choice() -> None:
    assert refused(tools=[WEATHER], tool_choice="perhaps").param == "tool_choice"


def test_parallel_tool_calls_without_a_choice() -> None:
    body = body_of_call(tools=[WEATHER], parallel_tool_calls=False)
    assert body["tool_choice"] == {"type": "auto", "disable_parallel_tool_use": True}
    assert "tool_choice" not in body_of_call(tools=[WEATHER], parallel_tool_calls=True)
    assert "tool_choice" not in body_of_call(parallel_tool_calls=False)


@pytest.mark.parametrize("choice", ["auto", "none"])
def test_choice_without_tools_is_left_out(choice: str) -> None:
    assert "tool_choice" not in body_of_call(tool_choice=choice)


def test_web_search() -> None:
    place = {"type": "approximate", "approximate": {"city": "Bonn", "country": "DE"}}
    options = {"search_context_size": "medium", "user_location": place}
    assert body_of_call(web_search_options=options)["tools"] == [
        {
            "type": "web_search_20250305",
            "name": "web_search",
            "max_uses": 5,
            "user_location": {"type": "approximate", "city": "Bonn", "country": "DE"},
        }
    ]
    assert len(body_of_call(web_search_options={}, tools=[WEATHER])["tools"]) == 2


@pytest.mark.parametrize(
    "arguments",
    [{"model": "claude-opus-5-5"}, {"thinking": {"type": "enabled", "budget_tokens": 2000}}],
)
def test_models_that_cannot_be_forced(arguments: Any) -> None:
    body = body_of_call(response_format={"type": "json_object"}, **arguments)
    assert body["tool_choice"] == {"type": "auto"}


def test_the_forced_tools_name_is_taken() -> None:
    tool = {"type": "function", "function": {"name": "json_answer"}}
    error = refused(response_format={"type": "json_object"}, tools=[tool])
    assert error.param == "tools"
