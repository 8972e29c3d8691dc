"""The rules that every row of the provider table follows."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from urllib.parse import urlsplit

from tests.support.calls.wire_answers import WIRES
from tests.support.provider_rows import CALLED, FIELD, IN_PROCESS, ROWS, every_row
from trunkline import Provider
from trunkline.adapters.wire import load_wire

#: Prefixes that users know from litellm 1.109, except those that the changelog says are left out.
LITELLM_PREFIXES = Path(__file__).with_name("litellm_prefixes.txt")
GUIDE = Path(__file__).parents[3] / "docs" / "adding-a-provider.md"


def test_enough_rows_need_nothing_but_a_key() -> None:
    callable_rows = [
        row for row in ROWS if row.base_url and not FIELD.search(row.base_url) and row.key_env
    ]
    assert len(callable_rows) >= 140


def test_known_prefixes() -> None:
    prefixes = {prefix for row in ROWS for prefix in (row.name, *row.aliases)}
    known = LITELLM_PREFIXES.read_text(encoding="utf-8").split()
    assert len(known) > 100
    assert not set(known) - prefixes


def test_every_wire_has_its_answers_here() -> None:
    assert {row.wire for row in CALLED} == WIRES.keys()


def test_prefixes_are_unique() -> None:
    prefixes = [prefix for row in ROWS for prefix in (row.name, *row.aliases)]
    assert len(prefixes) == len(set(prefixes))
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9._-]*", prefix) for prefix in prefixes)


def check_complete(row: Provider) -> None:
    assert row.title
    assert row.docs.startswith("https://")
    assert row.base_url or row.base_url_env
    host = urlsplit(row.base_url or "https://own").hostname or ""
    at_home = host in ("localhost", "127.0.0.1")
    assert at_home or (row.base_url or "https://").startswith("https://")
    assert "stream" in load_wire(row.wire).PARAMS
    if row.auth != "wire" and row.name != IN_PROCESS:
        assert row.key_env
        assert row.base_url_env
    for rule in row.models:
        re.compile(rule.pattern)


@every_row
def test_row_is_complete(row: Provider) -> None:
    check_complete(row)


def test_the_example_of_the_guide_is_complete() -> None:
    text = GUIDE.read_text(encoding="utf-8")
    (source,) = re.findall(r"```python no-run[^\n]*\n(Provider\(.*?)```", text, re.S)
    row: Provider = eval(source, {"Provider": Provider})  # our own page
    check_complete(row)


def test_the_guide_describes_every_field() -> None:
    table = GUIDE.read_text(encoding="utf-8").partition("## The fields of a row")[2]
    table = table.partition("```")[0]
    described = {
        name
        for row in re.findall(r"^\| (`.*?) \|", table, re.M)
        for name in re.findall(r"`(\w+)`", row)
    }
    assert described == set(Provider.__struct_fields__)


def test_openais_key_and_host_are_openais() -> None:
    for row in ROWS:
        if row.name != "openai":
            variables = (*row.key_env, *row.base_url_env)
            assert not any(name.startswith("OPENAI") for name in variables), row.name
            assert "openai.com" not in (row.base_url or ""), row.name


def test_no_key_has_two_hosts() -> None:
    """A variable in two rows would send one provider's key to the other."""
    users: dict[str, set[str]] = defaultdict(set)
    for row in ROWS:
        for variable in row.key_env:
            users[variable].add(row.name)
        assert not set(row.key_env) & set(row.base_url_env)
    shared = {variable: names for variable, names in users.items() if len(names) > 1}
    # One service each: of Amazon's, and of Ollama's.
    assert shared == {
        "AWS_BEARER_TOKEN_BEDROCK": {"bedrock", "bedrock_mantle"},
        "OLLAMA_API_KEY": {"ollama", "ollama_cloud"},
    }
