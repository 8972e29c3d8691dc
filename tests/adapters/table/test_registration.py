"""Providers that are added to the table while the program runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.answers import MESSAGES, TEXT, good
from tests.support.server import Server
from trunkline import (
    BadRequestError,
    Client,
    ModelRule,
    Provider,
    get_supported_openai_params,
    list_providers,
    register_provider,
)
from trunkline.adapters.table.routes import find_route
from trunkline.adapters.table.table import find_provider
from trunkline.pipeline.provider_facts import PriceRules, facts_of
from trunkline.testing import FakeProvider

pytestmark = pytest.mark.usefixtures("own_table")


def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str, source: str) -> None:
    """Lay out a package as an installer does, with an entry point."""
    module = value.partition(":")[0]
    path = tmp_path / f"{module.replace('.', '/')}.py"
    path.parent.mkdir(exist_ok=True)
    path.write_text(source)
    info = tmp_path / f"{module}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[trunkline.providers]\nacme = {value}\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.delitem(sys.modules, module, raising=False)


def test_a_row(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    rule = ModelRule(pattern="old", drops=frozenset({"tools"}))
    register_provider(
        Provider(name="acme", base_url=server.url, key_env=("ACME_API_KEY",), models=(rule,))
    )
    monkeypatch.setenv("ACME_API_KEY", "acme-secret")
    server.reply(good("plain"))
    with Client(middlewares=[]) as client:
        answer = client.completion("acme/some/model", MESSAGES)
    assert answer.choices[0].message.content == TEXT
    assert server.seen[0].path == "/chat/completions"
    assert server.seen[0].headers["authorization"] == "Bearer acme-secret"
    assert server.seen[0].json["model"] == "some/model"
    assert "tools" in get_supported_openai_params("acme/new")
    assert "tools" not in get_supported_openai_params("acme/old")


def test_facts_for_middlewares() -> None:
    register_provider(
        name="with-facts",
        aliases=["with-facts-too"],
        otel_name="acme.ai",
        price_name="acme",
        price_rules={"named_by": "request"},
    )
    facts = facts_of("with-facts")
    assert facts is facts_of("with-facts-too")
    assert (facts.otel_name, facts.price_name) == ("acme.ai", "acme")
    assert facts.price_rules == PriceRules(named_by="request")
    register_provider(name="without-facts")
    plain = facts_of("without-facts")
    assert (plain.otel_name, plain.price_name) == ("without-facts", "")
    assert facts_of("not-in-the-table").otel_name == "not-in-the-table"


def test_fields() -> None:
    register_provider(
        name="acme",
        base_url="https://llm.acme.example/v1",
        key_env=["ACME_API_KEY"],
        drops={"n"},
        aliases=["acme-llm"],
        models=[{"pattern": "reason", "adds": ["reasoning_effort"]}],
    )
    row = find_provider("acme-llm")
    assert row is find_provider("acme")
    assert row in list_providers()
    assert row.key_env == ("ACME_API_KEY",)
    assert "n" not in get_supported_openai_params("acme/x")
    assert "reasoning_effort" in get_supported_openai_params("acme/reasoner")
    assert "reasoning_effort" not in get_supported_openai_params("acme/x")


def test_the_later_row_stands() -> None:
    register_provider(name="groq", base_url="http://localhost:1/v1", auth="none")
    assert find_provider("groq").base_url == "http://localhost:1/v1"


def test_calls_follow_the_later_row(server: Server) -> None:
    server.reply(good("plain"))
    with Client(middlewares=[]) as client:
        for path in ("/one", "/two"):
            register_provider(name="acme", base_url=server.url, path=path, auth="none")
            client.completion("acme/x", MESSAGES)
            client.completion("x", MESSAGES, custom_llm_provider="acme")
    assert [seen.path for seen in server.seen] == ["/one", "/one", "/two", "/two"]


def test_names_follow_the_later_rows() -> None:
    request = FakeProvider(["Hi"])
    with request.client([]) as client:
        client.completion("zork-1", MESSAGES)
        assert find_route(request.requests[0]).provider.name == "openai"
        register_provider(name="acme", family="^zork-", base_url="http://127.0.0.1:9")
        with pytest.raises(BadRequestError, match=r"write 'acme/zork-1'"):
            find_route(request.requests[0])


@pytest.mark.parametrize(
    ("fields", "error", "words"),
    [
        ({"base_url": "https://x"}, TypeError, "name is missing"),
        ({"name": "acme", "baseurl": "https://x"}, TypeError, "no field 'baseurl'.*base_url"),
        ({"name": "acme", "auth": "magic"}, ValueError, r"'magic'.*\$\.auth"),
        ({"name": "acme", "key_env": "ACME_API_KEY"}, ValueError, r"\$\.key_env"),
        ({"name": "ac/me"}, ValueError, "'ac/me'"),
        ({"name": ""}, ValueError, "cannot be a prefix"),
        ({"name": "acme", "aliases": ["a/b"]}, ValueError, "'a/b'"),
    ],
)
def test_wrong_fields(fields: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        register_provider(**fields)
    with pytest.raises(BadRequestError):
        find_provider("acme")


def test_row_and_fields_together() -> None:
    with pytest.raises(TypeError, match="not both"):
        register_provider(Provider(name="acme"), title="Acme")


ONE = "from trunkline import Provider\nROW = Provider(name='acme', base_url='https://acme.example')"


@pytest.mark.parametrize(
    ("value", "source"),
    [
        ("acme_one:ROW", ONE),
        ("acme_many:ROWS", f"{ONE}\nROWS = [ROW, Provider(name='acme-eu')]"),
    ],
)
def test_rows_of_a_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str, source: str
) -> None:
    install(tmp_path, monkeypatch, value, source)
    assert find_provider("groq").title == "Groq"
    assert value.partition(":")[0] not in sys.modules
    assert find_provider("acme").base_url == "https://acme.example"
    assert find_provider("acme") in list_providers()


WIRE = """
from trunkline import Provider
from trunkline.adapters.encode.http_request import encode_json, http_request
from trunkline.adapters.wires.openai import PARAMS, Decoder, decode, error

def encode(request, provider, endpoint):
    body = {"ask": request.messages[-1]["content"], "of": endpoint.model}
    return http_request(request, provider, endpoint, encode_json(body), path="/ask")

ROW = Provider(name="acme", base_url="https://acme.example", auth="none", wire="acme_llm.wire")
"""


def test_a_wire_of_a_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: Server
) -> None:
    install(tmp_path, monkeypatch, "acme_llm.wire:ROW", WIRE)
    server.reply(good("plain"))
    with Client(middlewares=[]) as client:
        answer = client.completion("acme/some/model", MESSAGES, base_url=server.url)
    assert answer.choices[0].message.content == TEXT
    assert server.seen[0].path == "/ask"
    assert server.seen[0].json == {"ask": MESSAGES[-1]["content"], "of": "some/model"}
    assert "temperature" in get_supported_openai_params("acme/some/model")


@pytest.mark.parametrize(
    ("value", "source", "words"),
    [
        ("acme_raises:ROW", "raise RuntimeError('no luck')", "acme_raises.*RuntimeError: no luck"),
        ("acme_lacks:ROW", "", "acme_lacks.*AttributeError"),
        ("acme_number:ROW", "ROW = 1", "acme_number.*expected a Provider or several, got int"),
        ("acme_texts:ROW", "ROW = ['a']", "acme_texts.*expected a Provider or several, got list"),
        (
            "acme_taken:ROWS",
            f"{ONE}\nROWS = [ROW, Provider(name='groq')]",
            "acme_taken.*there is a provider 'groq' already",
        ),
        (
            "acme_twice:ROWS",
            f"{ONE}\nROWS = [ROW, Provider(name='acme-eu', aliases=('acme',))]",
            "acme_twice.*there is a provider 'acme' already",
        ),
    ],
)
def test_broken_packages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str, source: str, words: str
) -> None:
    install(tmp_path, monkeypatch, value, source)
    assert find_provider("groq").title == "Groq"
    for _ in range(2):
        with pytest.raises(BadRequestError, match=words):
            find_provider("acme")
        with pytest.raises(BadRequestError, match=words):
            list_providers()
