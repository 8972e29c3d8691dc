"""Arguments with the names of variables fill the fields of a base URL, on every row."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.answers import MESSAGES, good
from tests.support.provider_rows import FIELD, ROWS, set_up, tapped
from tests.support.server import Server, answer_json
from tests.support.worlds import World
from trunkline import (
    APIResponseValidationError,
    BadRequestError,
    Client,
    Provider,
    register_provider,
)
from trunkline.adapters.credentials import trusted_hosts
from trunkline.adapters.table import table
from trunkline.adapters.table.endpoint import address_arguments, base_url_of
from trunkline.pipeline.call.slips import find_slip

PARTS = [row for row in ROWS if FIELD.search(row.base_url or "")]
ARGUMENTS = [(row, name) for row in PARTS for name in sorted(address_arguments(row))]
each_argument = pytest.mark.parametrize(
    ("row", "name"), ARGUMENTS, ids=[f"{row.name} {name}" for row, name in ARGUMENTS]
)
MANTLE = "bedrock_mantle/zai.glm-5"
KEY = "key-of-the-call-0123456789"


def _filled(row: Provider, value: str) -> str:
    return FIELD.sub(value, row.base_url or "")


@each_argument
def test_it_takes_precedence_over_variables(
    row: Provider, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up(row, monkeypatch)
    for variable in (*row.base_url_env[:1], *row.key_env[:1]):
        monkeypatch.setenv(variable, "https://variable.example.com")
    sent = tapped(row, **{name: "given"})
    assert sent.url.startswith(_filled(row, "given"))


@each_argument
def test_it_is_not_sent(row: Provider, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    set_up(row, monkeypatch)
    for variable in row.key_env[:1]:
        monkeypatch.setenv(variable, KEY)
    body = json.loads(tapped(row, **{name: "given", "top_k": 3}).body or b"{}")
    assert name not in body
    assert body["top_k"] == 3


@each_argument
def test_it_is_not_taken_for_a_slip(row: Provider, name: str) -> None:
    assert find_slip(name, ()) is None


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("evil.test/", "aws_region_name: expected letters"),
        ("evil.test#", "aws_region_name: expected letters"),
        ("a@evil.test", "aws_region_name: expected letters"),
        ("", "aws_region_name: expected str, got an empty str"),
        (5, "aws_region_name: expected str, got int"),
    ],
)
def test_values_that_are_refused(value: Any, problem: str) -> None:
    row = next(row for row in ROWS if row.name == "bedrock_mantle")
    with pytest.raises(BadRequestError) as caught:
        base_url_of(row, {"aws_region_name": value})
    assert caught.value.param == "aws_region_name"
    assert str(caught.value).startswith(problem)


def test_the_first_of_several_wins() -> None:
    row = next(row for row in ROWS if row.name == "bedrock_mantle")
    given = {"aws_region": "eu-west-1", "aws_region_name": "eu-west-2"}
    assert "eu-west-2" in base_url_of(row, given)


def test_without_it_the_error_names_it() -> None:
    row = next(row for row in ROWS if row.name == "oci")
    with pytest.raises(BadRequestError, match="pass oci_region, set that variable or pass base"):
        base_url_of(row)


def test_openais_parameters_never_fill_a_field() -> None:
    row = Provider(name="x", base_url="https://{USER}.example.com/{STORE}/{PLACE}")
    assert address_arguments(row) == {"place"}


def test_base_url_takes_precedence(server: Server, world: World, mode: str) -> None:
    server.reply(good(mode))
    given = {"base_url": server.url, "api_key": KEY, "aws_region_name": "eu-west-1"}
    with Client() as client:
        world.answer(client, mode, MANTLE, MESSAGES, **given)
    assert "aws_region_name" not in server.seen[0].json


def test_responses_do_not_send_it(server: Server) -> None:
    server.reply(answer_json({}))
    given: dict[str, Any] = {"base_url": server.url, "api_key": KEY, "aws_region_name": "eu-west-1"}
    with Client() as client, pytest.raises(APIResponseValidationError):
        client.responses("bedrock_mantle/openai.gpt-5.5", input="Hello", **given)
    assert server.seen[0].json == {"model": "openai.gpt-5.5", "input": "Hello"}


def test_a_key_to_an_unknown_host_is_warned_of(
    server: Server, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trusted_hosts, "_warned", set[str]())
    monkeypatch.setenv("ADDRESS_TEST_KEY", KEY)
    row = Provider(
        name="address_test", base_url="http://{ADDRESS_TEST_HOST}", key_env=("ADDRESS_TEST_KEY",)
    )
    monkeypatch.setattr(table, "_providers", {each.name: each for each in ROWS})
    register_provider(row)
    server.reply(good("plain"))
    # Another form of the address, which is not known as that of the user's machine.
    host = urlsplit(server.url).netloc.replace("127.0.0.1", "127.1")
    with Client() as client:
        client.completion("address_test/a", MESSAGES, address_test_host=host)
    (record,) = (each for each in caplog.records if each.levelname == "WARNING")
    assert "ADDRESS_TEST_KEY from the environment is sent to 127.1" in record.getMessage()


def test_a_key_that_a_login_moves_into_a_header_is_warned_of(
    server: Server, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trusted_hosts, "_warned", set[str]())
    monkeypatch.setenv("DATABRICKS_TOKEN", KEY)
    server.reply(good("plain"))
    url = server.url.replace("127.0.0.1", "127.1")
    with Client() as client:
        client.completion("databricks/a", MESSAGES, base_url=url)
    (record,) = (each for each in caplog.records if each.levelname == "WARNING")
    assert "DATABRICKS_TOKEN from the environment is sent to 127.1" in record.getMessage()
