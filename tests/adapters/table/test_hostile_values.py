"""Values in hosts, paths and queries cannot change where the request of any row goes."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from tests.support.answers import MESSAGES
from tests.support.calls.wire_answers import WIRES
from tests.support.provider_rows import FIELD, ROWS, Wiretap, called_rows, set_up, value_of
from trunkline import APIError, Provider
from trunkline.adapters.adapter import ProviderAdapter
from trunkline.pipeline.call.arguments import request_fields
from trunkline.pipeline.call.messages import check_messages
from trunkline.pipeline.call.request import Request
from trunkline.pipeline.sync import drive

HOSTILE = [
    "evil.test/",
    "evil.test#",
    "evil.test?",
    "evil.test:443/",
    "user@evil.test",
    "a@evil.test/",
    "\\evil.test",
    "..",
    "../..",
    "../../../evil",
    "a/../../b",
    "a\\..\\b",
    "%2f%2e%2e",
    "a?key=b",
    "a#b",
    "a&key=b",
    "a b",
    "a\r\nHost: evil.test",
    "é",
    "\ud800",
]
ARGUMENTS = [
    "api_version",
    "aws_region_name",
    "vertex_project",
    "vertex_location",
    "model_id",
]
PARTS = [row for row in ROWS if FIELD.search(row.base_url or "")]


def sent_for(row: Provider, model: str, arguments: dict[str, Any]) -> list[str]:
    """The URLs that a call contacts; an error of the network's end is not one of the call's."""
    wiretap, adapter = Wiretap(), ProviderAdapter()
    known = {**WIRES[row.wire].arguments, **arguments}
    fields = request_fields(
        {name: value for name, value in known.items() if name in ("api_key", "api_version")}
    )
    request = Request(
        model=f"{row.name}/{model}",
        messages=check_messages(MESSAGES),
        **fields,
        params={name: value for name, value in known.items() if name not in fields},
        io=wiretap,
        adapter=adapter,
        stream=True,
    )
    # The end of the network is an APIConnectionError; a refusal must name its parameter.
    with pytest.raises(APIError) as caught:
        drive(adapter(request))
    assert wiretap.sent or caught.value.param
    return [sent.url for sent in wiretap.sent]


def hosts(urls: list[str]) -> set[str]:
    return {urlsplit(url).netloc for url in urls}


def assert_same_place(found: list[str], usual: list[str]) -> None:
    assert hosts(found) <= hosts(usual)
    for url in found:
        parts = urlsplit(url)
        assert "#" not in url
        assert "key=b" not in parts.query
        assert not {".", ".."} & set(unquote(parts.path).replace("\\", "/").split("/"))


def set_keys(row: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in row.key_env[:1]:
        monkeypatch.setenv(variable, value_of(variable))


@called_rows
def test_models(row: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = WIRES[row.wire].model
    set_up(row, monkeypatch)
    set_keys(row, monkeypatch)
    known = sent_for(row, usual, {})
    for value in HOSTILE:
        for model in (value, f"{usual}/{value}", f"deployment/{value}", f"projects/a/{value}"):
            assert_same_place(sent_for(row, model, {}), known)


@called_rows
@pytest.mark.parametrize("name", ARGUMENTS)
def test_arguments(row: Provider, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    set_up(row, monkeypatch)
    set_keys(row, monkeypatch)
    known = sent_for(row, WIRES[row.wire].model, {})
    for value in HOSTILE:
        assert_same_place(sent_for(row, WIRES[row.wire].model, {name: value}), known)


@pytest.mark.parametrize("row", PARTS, ids=[row.name for row in PARTS])
def test_variables_of_base_urls(row: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    set_up(row, monkeypatch)
    set_keys(row, monkeypatch)
    template = row.base_url or ""
    (variables,) = FIELD.findall(template)
    # What follows the variable in the host belongs to the provider.
    tail = FIELD.sub("\0", urlsplit(template).netloc).rpartition("\0")[2]
    for value in HOSTILE:
        # An environment cannot hold half of a character.
        monkeypatch.setenv(variables.split("|")[-1], value.replace("\ud800", "/"))
        found = sent_for(row, WIRES[row.wire].model, {})
        assert all(host.endswith(tail) for host in hosts(found) - {"tokens.acme.example"})
        assert not any({"..", "@", "?", "#"} & set(url.split("/")) for url in found)


@pytest.mark.parametrize("row", PARTS, ids=[row.name for row in PARTS])
def test_arguments_of_base_urls(row: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    set_up(row, monkeypatch)
    set_keys(row, monkeypatch)
    (variables,) = FIELD.findall(row.base_url or "")
    tail = FIELD.sub("\0", urlsplit(row.base_url or "").netloc).rpartition("\0")[2]
    for value in HOSTILE:
        found = sent_for(row, WIRES[row.wire].model, {variables.split("|")[0].lower(): value})
        assert all(host.endswith(tail) for host in hosts(found) - {"tokens.acme.example"})
        assert not any({"..", "@", "?", "#"} & set(url.split("/")) for url in found)


@pytest.mark.parametrize("name", ["bedrock", "sagemaker"])
def test_region_of_aws(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    row = next(row for row in ROWS if row.name == name)
    set_up(row, monkeypatch)
    monkeypatch.setenv("AWS_REGION", "evil.test/")
    assert sent_for(row, WIRES[row.wire].model, {}) == []
