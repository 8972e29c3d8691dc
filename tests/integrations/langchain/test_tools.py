"""Tools that a chat model is given, and objects that it answers with."""

from __future__ import annotations

import asyncio
from typing import Any, TypedDict

import pytest

from trunkline import BadRequestError
from trunkline.pipeline.json_values import JSON
from trunkline.testing import FakeProvider, tool_call

pytest.importorskip("langchain_core", reason="langchain-core is not installed")

from langchain_core.exceptions import OutputParserException
from langchain_core.messages import AIMessage
from langchain_core.tools import tool
from pydantic import BaseModel

from trunkline.integrations.langchain import ChatTrunkline


class City(BaseModel):
    """A city."""

    name: str
    people: int


class CityDict(TypedDict):
    """A city."""

    name: str
    people: int


@tool
def weather(city: str) -> str:
    """Tell the weather of a city."""
    return f"sunny in {city}"


def make(*script: Any) -> tuple[ChatTrunkline, FakeProvider]:
    fake = FakeProvider(script)
    return ChatTrunkline("openai/gpt-4o", client=fake.client()), fake


FUNCTION = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "Tell the weather of a city.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    },
}
NAMED = {"type": "function", "function": {"name": "weather"}}


@pytest.mark.parametrize(
    ("choice", "sent"),
    [
        (None, None),
        (False, None),
        ("auto", "auto"),
        ("none", "none"),
        ("any", "required"),
        ("required", "required"),
        (True, "required"),
        ("weather", NAMED),
        (NAMED, NAMED),
        ({"type": "tool", "name": "weather"}, NAMED),
        ({"type": "any"}, "required"),
        ({"type": "auto"}, "auto"),
    ],
)
def test_tools_and_the_choice_among_them(choice: Any, sent: Any) -> None:
    model, fake = make([tool_call("weather", city="Paris")])
    answer = model.bind_tools([weather], tool_choice=choice).invoke("Hi")
    assert answer.tool_calls[0]["args"] == {"city": "Paris"}
    assert fake.requests[0].params["tools"] == [FUNCTION]
    assert fake.requests[0].params.get("tool_choice") == sent


def test_tools_in_other_forms() -> None:
    model, fake = make("Hi")
    own = {"type": "web_search_20250305", "name": "web_search", "max_uses": 3}
    of_anthropic: JSON = {
        "name": "find",
        "description": "Find.",
        "input_schema": {"type": "object", "properties": {}},
        "cache_control": {"type": "ephemeral"},
    }

    @tool(extras={"defer_loading": True})
    def later() -> None:
        """Do it later."""

    model.bind_tools([own, of_anthropic, later], strict=True, parallel_tool_calls=False).invoke(
        "Hi"
    )
    params = fake.requests[0].params
    assert params["parallel_tool_calls"] is False
    first, second, third = params["tools"]
    assert first == own
    assert second["cache_control"] == {"type": "ephemeral"}
    assert second["function"]["strict"] is True
    assert second["function"]["parameters"]["additionalProperties"] is False
    assert third["defer_loading"] is True
    assert third["function"]["name"] == "later"


@pytest.mark.parametrize("choice", ["sunshine", {"type": "tool", "name": "sunshine"}, 7])
def test_a_choice_that_is_none_is_refused(choice: Any) -> None:
    model, _ = make()
    with pytest.raises(BadRequestError, match="tool_choice: "):
        model.bind_tools([weather], tool_choice=choice)


SCHEMA = {
    "title": "City",
    "type": "object",
    "properties": {"name": {"type": "string"}, "people": {"type": "integer"}},
    "required": ["name", "people"],
}
TOKYO: dict[str, Any] = {"name": "Tokyo", "people": 37}
TEXT = '{"name": "Tokyo", "people": 37}'
FORMS: list[tuple[Any, Any]] = [(City, City(**TOKYO)), (CityDict, TOKYO), (SCHEMA, TOKYO)]


@pytest.mark.parametrize(("schema", "wanted"), FORMS)
@pytest.mark.parametrize("method", ["json_schema", "function_calling", "json_mode"])
def test_objects(method: Any, schema: Any, wanted: Any) -> None:
    name = "CityDict" if schema is CityDict else "City"
    script = [tool_call(name, **TOKYO)] if method == "function_calling" else TEXT
    model, fake = make(*[script] * 3)
    objects = model.with_structured_output(schema, method=method)
    assert objects.invoke("Hi") == wanted
    assert list(objects.stream("Hi"))[-1] == wanted
    both = model.with_structured_output(schema, method=method, include_raw=True).invoke("Hi")
    assert isinstance(both, dict)
    assert both["parsed"] == wanted
    assert both["parsing_error"] is None
    assert isinstance(both["raw"], AIMessage)
    params = fake.requests[0].params
    if method == "json_schema":
        described = params["response_format"]["json_schema"]
        assert described["name"] == name
        assert described["schema"]["required"] == ["name", "people"]
    elif method == "json_mode":
        assert params["response_format"] == {"type": "json_object"}
    else:
        assert params["tool_choice"] == {"type": "function", "function": {"name": name}}


@pytest.mark.parametrize("method", ["json_schema", "function_calling", "json_mode"])
def test_an_object_that_does_not_fit(method: Any) -> None:
    script = [tool_call("City", name="Tokyo")] if method == "function_calling" else "no JSON"
    model, _ = make(script, script)
    with pytest.raises((OutputParserException, ValueError)):
        model.with_structured_output(City, method=method).invoke("Hi")
    both = model.with_structured_output(City, method=method, include_raw=True).invoke("Hi")
    assert isinstance(both, dict)
    assert both["parsed"] is None
    assert both["parsing_error"] is not None


CUT_OFF = '{"name": "Tokyo", "people": 3'


def answer_of(finish_reason: str, **message: Any) -> JSON:
    said = {"role": "assistant", "content": None, **message}
    return {"choices": [{"message": said, "finish_reason": finish_reason}]}


def call_of(arguments: str) -> list[JSON]:
    function = {"name": "City", "arguments": arguments}
    return [{"id": "call_1", "type": "function", "function": function}]


@pytest.mark.parametrize("schema", [City, SCHEMA])
@pytest.mark.parametrize(
    ("method", "answer", "why"),
    [
        ("json_schema", answer_of("length", content=CUT_OFF), "maximum length"),
        ("json_mode", answer_of("length", content=CUT_OFF), "maximum length"),
        ("function_calling", answer_of("length", tool_calls=call_of(CUT_OFF)), "maximum length"),
        ("json_schema", answer_of("content_filter", content=CUT_OFF), "content filter"),
        ("json_schema", answer_of("stop", refusal="Not that."), "refused: Not that."),
    ],
)
def test_an_answer_that_is_not_whole_is_no_object(
    method: Any, answer: JSON, why: str, schema: Any
) -> None:
    model, _ = make(*[answer] * 4)
    objects = model.with_structured_output(schema, method=method)
    with pytest.raises(OutputParserException, match=why):
        objects.invoke("Hi")
    with pytest.raises(OutputParserException, match=why):
        asyncio.run(objects.ainvoke("Hi"))
    with pytest.raises(OutputParserException, match=why):
        list(objects.stream("Hi"))
    both = model.with_structured_output(schema, method=method, include_raw=True).invoke("Hi")
    assert isinstance(both, dict)
    assert both["parsed"] is None
    assert why in str(both["parsing_error"])


def test_a_call_with_arguments_that_are_no_object_is_none() -> None:
    model, _ = make(answer_of("tool_calls", tool_calls=call_of("[1]")))
    with pytest.raises(OutputParserException, match="not a JSON object"):
        model.with_structured_output(City, method="function_calling").invoke("Hi")


def test_objects_that_cannot_be_asked_for() -> None:
    model, fake = make('{"a": 1}', TEXT)
    with pytest.raises(ValueError, match="schema: method 'json_schema' needs one"):
        model.with_structured_output()
    with pytest.raises(ValueError, match="method: expected"):
        model.with_structured_output(City, method="magic")  # type: ignore[arg-type]  # the error is wanted
    assert model.with_structured_output(method="json_mode").invoke("Hi") == {"a": 1}
    model.with_structured_output(City, strict=True, seed=1).invoke("Hi")
    params = fake.requests[-1].params
    assert params["seed"] == 1
    assert params["response_format"]["json_schema"]["strict"] is True
