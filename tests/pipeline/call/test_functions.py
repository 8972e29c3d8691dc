"""Python functions as tools: their schema, and the arguments that a model writes."""

from __future__ import annotations

import dataclasses
import functools
from enum import Enum
from typing import Annotated, Any, Literal

import msgspec
import pydantic
import pytest

from tests.support.answers import MESSAGES, good
from tests.support.server import Server
from tests.support.worlds import World
from trunkline import BadRequestError, Client
from trunkline.pipeline.call.docstrings import read_docstring
from trunkline.pipeline.call.functions import function_tool, write_result
from trunkline.testing import FakeProvider, tool_call


class Unit(Enum):
    C = "celsius"
    F = "fahrenheit"


class Place(msgspec.Struct):
    city: str
    country: str = "FR"


@dataclasses.dataclass
class Period:
    days: int


class Options(pydantic.BaseModel):
    detailed: bool = False


def weather(
    city: str,
    unit: Unit = Unit.C,
    days: Annotated[int, "how many days"] = 1,
    mode: Literal["short", "long"] = "short",
) -> str:
    """Return the weather.

    It is a forecast.

    Args:
        city: name of the city,
            in English
        unit (Unit): the unit of temperatures

    Returns:
        A text.
    """
    return f"{city} {unit.value} {days} {mode}"


async def plan(
    place: Place, period: Period, options: Options, tags: list[str] | None = None
) -> str:
    """Plan a journey."""
    return f"{place.city} {period.days} {options.detailed} {tags}"


def test_schema_from_signature_and_docstring() -> None:
    assert function_tool(weather).definition == {
        "type": "function",
        "function": {
            "name": "weather",
            "description": "Return the weather.\n\nIt is a forecast.",
            "parameters": {
                "type": "object",
                "properties": {
                    "city": {"type": "string", "description": "name of the city, in English"},
                    "unit": {
                        "$ref": "#/$defs/Unit",
                        "description": "the unit of temperatures",
                    },
                    "days": {"type": "integer", "description": "how many days"},
                    "mode": {"enum": ["long", "short"]},
                },
                "required": ["city"],
                "additionalProperties": False,
                "$defs": {"Unit": {"title": "Unit", "enum": ["celsius", "fahrenheit"]}},
            },
        },
    }


class Town(pydantic.BaseModel):
    """A town."""

    name: str


def travel(origin: Town, goal: Annotated[Town, "Where to."]) -> str:
    """Travel.

    Args:
        origin: Where from.
        goal: Not used.
    """
    return f"{origin}{goal}"


def test_what_the_function_says_of_an_argument_comes_before_what_its_class_says() -> None:
    properties = function_tool(travel).definition["function"]["parameters"]["properties"]
    described = {name: schema["description"] for name, schema in properties.items()}
    assert described == {"origin": "Where from.", "goal": "Where to."}


def test_arguments_of_classes() -> None:
    tool = function_tool(plan)
    schema = tool.definition["function"]["parameters"]
    assert schema["required"] == ["place", "period", "options"]
    assert set(schema["$defs"]) >= {"Place", "Period"}
    assert schema["properties"]["options"]["properties"]["detailed"]["type"] == "boolean"
    read = tool.read_arguments(
        {"place": {"city": "Nice"}, "period": {"days": "3"}, "options": {"detailed": True}}
    )
    assert read == {
        "place": Place("Nice"),
        "period": Period(3),
        "options": Options(detailed=True),
    }
    assert tool.is_async
    assert not function_tool(weather).is_async


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "city: missing argument"),
        ({"city": "x", "town": 1}, "town: unknown argument; expected city, unit, days, mode"),
        ({"city": 3}, "city: Expected `str`, got `int`"),
        ({"city": "x", "unit": "kelvin"}, "unit: Invalid enum value 'kelvin'"),
    ],
)
def test_arguments_that_do_not_fit(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        function_tool(weather).read_arguments(given)


def test_a_pydantic_model_that_does_not_fit() -> None:
    with pytest.raises(ValueError, match="options: 1 validation error"):
        function_tool(plan).read_arguments(
            {"place": {"city": "x"}, "period": {"days": 1}, "options": {"detailed": "often"}}
        )


class Search:
    """Search the notes."""

    def find(self, query: str) -> str:
        """Find a note."""
        return query

    def __call__(self, query: str, limit: int = 3) -> str:
        """Search."""
        return query * limit


def test_methods_partials_and_callable_objects() -> None:
    method = function_tool(Search().find)
    assert method.definition["function"]["parameters"]["required"] == ["query"]
    partial = function_tool(functools.partial(Search().find, query="tides"))
    assert (partial.name, partial.required) == ("find", frozenset())
    called = function_tool(Search())
    assert (called.name, list(called.types)) == ("Search", ["query", "limit"])


def no_type(city) -> str:  # type: ignore[no-untyped-def]
    return city  # type: ignore[no-any-return]


NO_TYPE: Any = [no_type]


def many(*cities: str) -> None: ...


def options(**given: str) -> None: ...


def odd(value: set[object]) -> None: ...


def strange(value: Strange) -> None: ...  # type: ignore[name-defined]  # noqa: F821


class Custom:
    pass


def custom(value: Custom) -> None: ...


WITHOUT_A_SCHEMA: list[Any] = [
    (no_type, "no_type: argument 'city' has no type, so it has no schema; write 'city: str'"),
    (many, "a model passes arguments by name"),
    (options, "name each argument"),
    (strange, "strange: a type cannot be found .*Strange"),
    (custom, "custom: value: the type .*Custom.* has no schema"),
    (lambda: None, "<lambda>: a tool needs a name"),
    (Place, "expected a function, got <class"),
    (3, "expected a function, got 3"),
]


@pytest.mark.parametrize(("function", "message"), WITHOUT_A_SCHEMA)
def test_functions_without_a_schema(function: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        function_tool(function)


@pytest.mark.parametrize(
    ("result", "text"),
    [
        ("as it is", "as it is"),
        ({"a": [1, None]}, '{"a":[1,null]}'),
        (None, "null"),
        (Place("Nice"), '{"city":"Nice","country":"FR"}'),
        (Options(), '{"detailed":false}'),
        ([Options(detailed=True)], '[{"detailed":true}]'),
        (Custom, str(Custom)),
    ],
)
def test_results_are_written_as_json(result: Any, text: str) -> None:
    assert write_result(result) == text


@pytest.mark.parametrize(
    "text",
    [
        "Find it.\n\nArgs:\n    x: the first,\n        continued\n    y (int): the second\n",
        "Find it.\n\n:param x: the first,\n    continued\n:param int y: the second\n:return: all\n",
        "Find it.\n\nParameters\n----------\nx : str\n    the first,\n    continued\ny\n"
        "    the second\n\nReturns\n-------\nstr\n    all of it\n",
    ],
)
def test_docstrings(text: str) -> None:
    documented = read_docstring(text)
    assert documented.description == "Find it."
    assert documented.arguments == {"x": "the first, continued", "y": "the second"}


def test_a_docstring_without_arguments() -> None:
    text = "Find it.\n\nNote that: this is a sentence.\n"
    assert read_docstring(text).description == text.strip()
    assert read_docstring("").arguments == {}


class TestCompletion:
    """Functions may be passed in `tools=` wherever definitions may."""

    def test_the_provider_gets_their_definitions(self, world: World, server: Server) -> None:
        server.reply(good("plain"))
        plain = {"type": "function", "function": {"name": "other"}}
        world.complete(
            Client([]),
            "openai/gpt-4o",
            MESSAGES,
            tools=[weather, plain, plan],
            base_url=server.url,
            api_key="k" * 9,
        )
        sent = server.seen[0].json["tools"]
        assert sent[0] == function_tool(weather).definition
        assert sent[1] == plain
        assert sent[2]["function"]["name"] == "plan"

    def test_the_caller_gets_the_call(self, world: World) -> None:
        client = FakeProvider([tool_call("weather", city="Nice")]).client()
        response = world.complete(client, "openai/gpt-4o", MESSAGES, tools=[weather])
        (call,) = response.choices[0].message.tool_calls or []
        assert call.function.name == "weather"

    def test_one_without_a_schema(self) -> None:
        with pytest.raises(BadRequestError, match="tools: no_type: argument 'city' has no type"):
            FakeProvider([]).client().completion("openai/gpt-4o", MESSAGES, tools=NO_TYPE)
