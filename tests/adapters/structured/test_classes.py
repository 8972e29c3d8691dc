"""A class as `response_format`, of each kind, in every world and mode."""

from __future__ import annotations

import copy
import json
import pickle
import subprocess
import sys
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, NotRequired, TypedDict

import msgspec
import pydantic
import pytest

from tests.support.answers import MESSAGES, chunk_bodies, chunk_body, completion_body
from tests.support.server import Answer, Server, answer_events, answer_json
from tests.support.worlds import World
from trunkline import BadRequestError, Client, JSONSchemaValidationError, ModelResponse
from trunkline.adapters.structured.classes import response_format
from trunkline.pipeline.json_values import as_array, as_object

TEXT = '{"name": "Ada", "born": 1815, "tags": ["math"], "home": {"city": "London"}}'
VALUE: dict[str, Any] = json.loads(TEXT)


class HomeStruct(msgspec.Struct):
    city: str


class PersonStruct(msgspec.Struct):
    """A person of note."""

    name: str
    born: int
    home: HomeStruct
    tags: list[str] = []


class HomeModel(pydantic.BaseModel):
    city: str


class PersonModel(pydantic.BaseModel):
    """A person of note."""

    name: str = pydantic.Field(min_length=1)
    born: int
    home: HomeModel = pydantic.Field(description="Where she lives")
    tags: list[str] = []


@dataclass
class HomeDataclass:
    city: str


@dataclass
class PersonDataclass:
    name: str
    born: int
    home: HomeDataclass
    tags: list[str] = field(default_factory=list[str])


class HomeDict(TypedDict):
    city: str


class PersonDict(TypedDict):
    name: str
    born: int
    home: HomeDict
    tags: NotRequired[list[str]]


KINDS = [PersonStruct, PersonModel, PersonDataclass, PersonDict]
PERSONS: dict[Any, Any] = {
    PersonStruct: PersonStruct("Ada", 1815, HomeStruct("London"), ["math"]),
    PersonModel: PersonModel(name="Ada", born=1815, home=HomeModel(city="London"), tags=["math"]),
    PersonDataclass: PersonDataclass("Ada", 1815, HomeDataclass("London"), ["math"]),
    PersonDict: VALUE,
}


def scripted(mode: str, text: str | None, finish: str = "stop", **message: Any) -> Answer:
    if mode == "plain":
        return answer_json(completion_body(text, finish, **message))
    chunks = chunk_bodies(text or "")
    chunks[-2] = chunk_body({}, finish)
    chunks.insert(1, chunk_body(message))
    return answer_events(chunks)


def ask(server: Server, world: World, mode: str, kind: Any, **arguments: Any) -> ModelResponse:
    arguments = {"base_url": server.url, "api_key": "k" * 9, **arguments}
    return world.answer(
        Client(), mode, "openai/gpt-4o", MESSAGES, response_format=kind, **arguments
    )


@pytest.mark.parametrize("kind", KINDS)
def test_an_object_of_the_class(server: Server, world: World, mode: str, kind: Any) -> None:
    server.reply(scripted(mode, TEXT))
    response = ask(server, world, mode, kind)
    assert response.parsed == PERSONS[kind]
    assert response.choices[0].message.parsed is response.parsed
    assert response.choices[0].message.content == TEXT
    sent = server.seen[0].json["response_format"]
    assert sent["type"] == "json_schema"
    assert sent["json_schema"]["name"] == kind.__name__
    assert sent["json_schema"]["strict"] is True


@pytest.mark.parametrize("kind", KINDS)
def test_schemas_keep_the_rules_of_strict_mode(kind: Any) -> None:
    schema = response_format(kind)["json_schema"]["schema"]
    assert schema["type"] == "object"
    assert schema["required"] == list(schema["properties"])
    check_strict(schema)


def check_strict(node: Any) -> None:
    """Assert what OpenAI's documentation asks of every part of a strict schema."""
    for item in as_array(node) or ():
        check_strict(item)
    fields = as_object(node) or {}
    if fields.get("type") == "object":
        assert fields["additionalProperties"] is False
        assert set(fields["required"]) == set(fields["properties"])
    if "$ref" in fields:
        assert set(fields) == {"$ref"}
    assert "oneOf" not in fields
    for name, value in fields.items():
        if name in ("properties", "$defs"):
            for child in value.values():
                check_strict(child)
        else:
            assert name not in ("default", "minLength", "discriminator")
            check_strict(value)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", ['{"name": "Ada"}', "Ada was born in 1815.", ""])
def test_a_text_that_does_not_fit(
    server: Server, world: World, mode: str, kind: Any, text: str
) -> None:
    server.reply(scripted(mode, text))
    with pytest.raises(JSONSchemaValidationError, match=f"not a {kind.__name__}") as caught:
        _ = ask(server, world, mode, kind).parsed
    assert caught.value.body == text
    assert caught.value.provider == "openai"
    assert caught.value.model == "openai/gpt-4o"


def test_an_answer_that_was_cut_off(server: Server, world: World, mode: str) -> None:
    server.reply(scripted(mode, '{"name": "Ad', "length"))
    with pytest.raises(JSONSchemaValidationError, match="cut off") as caught:
        _ = ask(server, world, mode, PersonStruct).parsed
    assert caught.value.body == '{"name": "Ad'


CALL = {"index": 0, "id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}


@pytest.mark.parametrize(
    ("finish", "message"),
    [
        ("stop", {"refusal": "I will not."}),
        ("tool_calls", {"tool_calls": [CALL]}),
        ("content_filter", {}),
    ],
)
def test_no_answer_to_parse(
    server: Server, world: World, mode: str, finish: str, message: Any
) -> None:
    server.reply(scripted(mode, None, finish, **message))
    response = ask(server, world, mode, PersonStruct)
    assert response.parsed is None
    assert response.choices[0].message.parsed is None


def test_without_a_class_there_is_nothing_parsed(server: Server, world: World, mode: str) -> None:
    server.reply(scripted(mode, TEXT))
    response = ask(server, world, mode, {"type": "json_object"})
    assert response.parsed is None
    assert ModelResponse().parsed is None


def test_a_stream_that_is_not_at_its_end(server: Server) -> None:
    begun = scripted("stream", TEXT)
    begun.pieces = begun.pieces[:4]
    begun.ending = "stall"
    server.reply(begun)
    with Client().completion(
        "openai/gpt-4o",
        MESSAGES,
        stream=True,
        response_format=PersonStruct,
        base_url=server.url,
        api_key="k" * 9,
    ) as stream:
        next(stream)
        with pytest.raises(JSONSchemaValidationError):
            _ = stream.response.parsed


def test_every_choice_is_parsed(server: Server, world: World) -> None:
    body = completion_body(TEXT)
    other = json.loads(json.dumps(body["choices"][0]))
    other["message"]["content"] = TEXT.replace("Ada", "Mary")
    body["choices"].append({**other, "index": 1})
    server.reply(answer_json(body))
    response = ask(server, world, "plain", PersonStruct)
    people = [choice.message.parsed for choice in response.choices]
    assert [person and person.name for person in people] == ["Ada", "Mary"]


@pytest.mark.parametrize("kind", KINDS)
def test_responses_copy_pickle_and_go_back(server: Server, kind: Any) -> None:
    server.reply(scripted("plain", TEXT), scripted("plain", TEXT))
    arguments: dict[str, Any] = {"base_url": server.url, "api_key": "k" * 9}
    client = Client()
    response = World("sync").complete(
        client, "openai/gpt-4o", MESSAGES, response_format=kind, **arguments
    )
    assert copy.deepcopy(response).parsed == PERSONS[kind]
    assert pickle.loads(pickle.dumps(response)).parsed == PERSONS[kind]
    assert "parsed" not in response.model_dump_json()
    message = response.choices[0].message
    client.completion("openai/gpt-4o", [*MESSAGES, message], **arguments)
    assert server.seen[1].json["messages"][-1] == {"role": "assistant", "content": TEXT}


def test_mocked_answers_are_parsed(world: World, mode: str) -> None:
    response = world.answer(
        Client(), mode, "openai/x", MESSAGES, mock_response=TEXT, response_format=PersonStruct
    )
    assert response.parsed == PERSONS[PersonStruct]


def test_native_wires_get_the_schema(server: Server) -> None:
    answer = {"model": "m", "message": {"role": "assistant", "content": TEXT}, "done": True}
    server.reply(answer_json(answer))
    response = Client().completion(
        "ollama/m", MESSAGES, response_format=PersonStruct, base_url=server.url
    )
    assert response.parsed == PERSONS[PersonStruct]
    assert server.seen[0].json["format"]["required"] == ["name", "born", "home", "tags"]


@pytest.mark.parametrize("model", ["amazon_nova/nova-2-lite", "v0/v0-1.5-md"])
def test_a_forced_tool_where_a_row_has_no_response_format(
    server: Server, world: World, mode: str, model: str
) -> None:
    call = {"id": "c", "type": "function", "function": {"name": "json_answer", "arguments": TEXT}}
    text = None if mode == "plain" else ""
    server.reply(scripted(mode, text, "tool_calls", tool_calls=[{"index": 0, **call}]))
    given = {"base_url": server.url, "api_key": "k" * 9, "response_format": PersonStruct}
    response = world.answer(Client(), mode, model, MESSAGES, **given)
    assert response.parsed == PERSONS[PersonStruct]
    [choice] = response.choices
    assert (choice.message.content, choice.message.tool_calls) == (TEXT, None)
    assert choice.finish_reason == "stop"
    sent = server.seen[0].json
    assert "response_format" not in sent
    assert sent["tool_choice"] == {"type": "function", "function": {"name": "json_answer"}}
    [tool] = sent["tools"]
    assert tool["function"]["parameters"]["required"] == ["name", "born", "home", "tags"]


class Tree(msgspec.Struct):
    children: list[Tree]
    label: str | None = None


class Cat(msgspec.Struct, tag="cat"):
    lives: int


class Dog(msgspec.Struct, tag="dog"):
    tricks: Annotated[list[str], msgspec.Meta(min_length=1)]


class Pet(msgspec.Struct):
    animal: Cat | Dog


class Cat2(pydantic.BaseModel):
    kind: Literal["cat"]


class Dog2(pydantic.BaseModel):
    kind: Literal["dog"]


class Pet2(pydantic.BaseModel):
    animal: Annotated[Cat2 | Dog2, pydantic.Field(discriminator="kind")]


@pytest.mark.parametrize("kind", [Tree, Pet, Pet2])
def test_strict_schemas_of_harder_classes(kind: Any) -> None:
    wanted = response_format(kind)["json_schema"]
    assert wanted["strict"] is True
    assert wanted["schema"]["type"] == "object"
    check_strict(wanted["schema"])


def test_recursive_classes_keep_their_definition() -> None:
    schema = response_format(Tree)["json_schema"]["schema"]
    assert schema["properties"]["children"]["items"] == {"$ref": "#/$defs/Tree"}
    assert schema["$defs"]["Tree"]["required"] == ["children", "label"]


class Counts(msgspec.Struct):
    by_word: dict[str, int]


class Anything(msgspec.Struct):
    value: Any


class Pair(msgspec.Struct):
    two: tuple[int, str]


class Loose(pydantic.BaseModel, extra="allow"):
    name: str


@pytest.mark.parametrize("kind", [Counts, Anything, Pair, Loose])
def test_classes_that_strict_mode_cannot_hold(kind: Any) -> None:
    wanted = response_format(kind)["json_schema"]
    assert wanted["strict"] is False
    assert wanted["schema"]["type"] == "object"
    assert "properties" in wanted["schema"]


def test_names_fit_what_openai_takes() -> None:
    made = pydantic.create_model("Page[" + "x" * 80 + "]", number=(int, ...))
    name = response_format(made)["json_schema"]["name"]
    assert name == "Page_" + "x" * 59


@pytest.mark.parametrize("kind", [int, list[int], PERSONS[PersonStruct], object])
def test_what_is_no_class_of_these(server: Server, world: World, kind: Any) -> None:
    with pytest.raises(BadRequestError, match=r"response_format: .*a msgspec Struct") as caught:
        ask(server, world, "plain", kind)
    assert caught.value.param == "response_format"
    assert server.seen == []


def test_a_class_without_a_schema(server: Server) -> None:
    class Odd(msgspec.Struct):
        value: BadRequestError

    # Its annotations are read where msgspec looks for them.
    Odd.__annotations__["value"] = BadRequestError
    with pytest.raises(BadRequestError, match="has no JSON schema"):
        ask(server, World("sync"), "plain", Odd)


def test_pydantic_is_not_imported() -> None:
    code = (
        "import sys, msgspec, trunkline\n"
        "class A(msgspec.Struct):\n    a: int\n"
        "r = trunkline.completion('openai/x', [{'role': 'user', 'content': 'x'}],"
        " mock_response='{\"a\": 1}', response_format=A)\n"
        "assert r.parsed.a == 1\n"
        "assert 'pydantic' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
