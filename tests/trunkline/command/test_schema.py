from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.support.answers import good
from tests.support.server import Server
from tests.trunkline.command.runs import environment, run
from trunkline.command.mistakes import MistakeError
from trunkline.command.schema import read_schema

SCHEMA: dict[str, Any] = {"type": "object", "properties": {"name": {"type": "string"}}}


def properties(given: str) -> Any:
    schema = msgspec.json.schema(read_schema(given))
    return schema["$defs"]["Result"]["properties"]


@pytest.mark.parametrize("given", ["name, age int", "name str\nage int\n", " name ,age integer,"])
def test_fields(given: str) -> None:
    assert properties(given) == {"name": {"type": "string"}, "age": {"type": "integer"}}


def test_fields_as_in_python() -> None:
    assert properties("name: str, tags: str[]: words, age: int") == {
        "name": {"type": "string"},
        "tags": {"type": "array", "items": {"type": "string"}, "description": "words"},
        "age": {"type": "integer"},
    }


def test_lists_and_descriptions() -> None:
    assert properties("tags str[]: what it is about, good bool") == {
        "tags": {"type": "array", "items": {"type": "string"}, "description": "what it is about"},
        "good": {"type": "boolean"},
    }
    assert properties("a: one, two\nb")["a"]["description"] == "one, two"


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("", "expected fields"),
        ("name text", "unknown type 'text'"),
        ("name int str", "expected a name and a type"),
        ("a, a", "two fields are named 'a'"),
        (": x", "expected a name"),
        ("persons.jsn", "a file that exists"),
        ("missing.json", "No such file"),
        ("{", "not JSON"),
        ('{"type": "objekt"}', "--schema.type: unknown type 'objekt'; expected one of string"),
        ('{"items": [{"type": ["null", "str"]}]}', r"items\[0\].type: unknown type 'str'"),
        ('{"properties": ["name"]}', "--schema.properties: expected an object, got list"),
        ('{"schema": {"properties": {"a": {"type": "text"}}}}', "properties.a.type: unknown"),
    ],
)
def test_mistakes(given: str, problem: str) -> None:
    with pytest.raises(MistakeError, match=problem):
        read_schema(given)


@pytest.mark.parametrize(
    "written", [SCHEMA, {"name": "person", "schema": SCHEMA}, {"type": "json_object"}]
)
def test_files(written: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "schema.json"
    path.write_text(json.dumps(written))
    found = read_schema(str(path))
    assert found == read_schema(json.dumps(written))
    if written.get("type") == "json_object":
        assert found == written
    else:
        assert found["type"] == "json_schema"
        assert found["json_schema"]["schema"] == SCHEMA


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"type": {"type": "string"}, "enum": {"type": ["array", "null"]}}},
        {"const": {"type": "x"}, "enum": [{"type": "y"}], "default": {"type": "z"}},
        {"type": "OBJECT", "additionalProperties": False, "items": True},
    ],
)
def test_schemas_that_only_look_wrong(schema: dict[str, Any]) -> None:
    assert read_schema(json.dumps(schema))["json_schema"]["schema"] == schema


def test_on_the_command_line(server: Server) -> None:
    server.reply(good("plain", '{"name":"Bo","age":3}'))
    done = run("-m", "gpt-4o", "--schema", "name, age int", "Invent a person.", server=server)
    assert (done.returncode, json.loads(done.stdout)) == (0, {"name": "Bo", "age": 3})
    sent = server.seen[0].json["response_format"]["json_schema"]["schema"]
    assert sent["properties"]["age"] == {"type": "integer"}
    assert sent["required"] == ["name", "age"]


@pytest.mark.parametrize("answer", ['{"name":"Bo","age":"old"}', "Bo is 3.", '{"name":"Bo"}'])
def test_an_answer_that_does_not_fit(answer: str, server: Server) -> None:
    server.reply(good("plain", answer))
    done = run("-m", "gpt-4o", "--schema", "name, age int", "Invent a person.", server=server)
    assert done.returncode == 1
    assert done.stdout == ""
    assert "the response is not a Result" in done.stderr


def test_an_answer_to_a_file_that_is_not_json(server: Server) -> None:
    server.reply(good("plain", "Bo"))
    done = run("-m", "gpt-4o", "--schema", json.dumps(SCHEMA), "Invent a person.", server=server)
    assert (done.returncode, done.stdout) == (1, "")
    assert "not JSON, which --schema needs: Bo" in done.stderr


def test_an_answer_that_does_not_fit_a_file(server: Server) -> None:
    server.reply(good("plain", '{"name":5}'))
    done = run("-m", "gpt-4o", "--schema", json.dumps(SCHEMA), "Invent a person.", server=server)
    assert (done.returncode, done.stdout) == (1, "")
    assert 'does not fit the schema: $.name: expected string, got number: {"name":5}' in done.stderr


@pytest.mark.parametrize("options", [["--json"], ["--schema", "name"]])
def test_json_where_the_encoding_lacks_characters(options: list[str], server: Server) -> None:
    answer = json.dumps({"name": "\u2603 \U0001f600"}, ensure_ascii=False)
    server.reply(good("plain", answer))
    env = {**environment(server), "PYTHONIOENCODING": "ascii"}
    done = run("-m", "gpt-4o", *options, "Invent a person.", env=env)
    printed = json.loads(done.stdout)
    if "choices" in printed:
        printed = json.loads(printed["choices"][0]["message"]["content"])
    assert printed == json.loads(answer)


def test_no_schema_is_not_none(server: Server) -> None:
    done = run("-m", "gpt-4o", "--schema", "", "Invent a person.", server=server)
    assert (done.returncode, server.seen) == (2, [])
    assert "expected fields" in done.stderr
