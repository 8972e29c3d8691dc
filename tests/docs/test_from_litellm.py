"""The tables of docs/from-litellm.md say what is true."""

from __future__ import annotations

import inspect
import re
import runpy
from pathlib import Path
from typing import NamedTuple

import pytest

import trunkline
from trunkline import CustomLogger, Router, exceptions, more_names
from trunkline import names as first_names
from trunkline.clients.client import KNOWN_OPTIONS
from trunkline.clients.router_arguments import ABSENT as ABSENT_OF_ROUTER
from trunkline.clients.settings import SETTING_NAMES
from trunkline.facade import public_names
from trunkline.litellm_names.table import Entry, Kind, read_names
from trunkline.middlewares.caching.options import find_problem
from trunkline.middlewares.listening import litellm_loggers as litellm_callbacks
from trunkline.pipeline.call.absent_arguments import ABSENT, OTHER_NAMES
from trunkline.pipeline.call.arguments import OWN_ARGUMENTS
from trunkline.pipeline.call.chat_params import CHAT_PARAMS

ROOT = Path(__file__).parents[2]
ARGUMENTS = {"model", "messages", "stream"} | OWN_ARGUMENTS | KNOWN_OPTIONS | CHAT_PARAMS
HERE = {"same", "better"}
PUBLIC = {*public_names(first_names), *public_names(more_names)}


class Row(NamedTuple):
    name: str
    entry: Entry

    @property
    def status(self) -> str:
        return self.entry.status


def rows(kind: Kind) -> pytest.MarkDecorator:
    table = [Row(name, entry) for name, entry in read_names()[kind].items()]
    return pytest.mark.parametrize("row", table, ids=lambda row: row.name)


def names(kind: Kind) -> set[str]:
    return set(read_names()[kind])


def test_the_page_has_the_tables_as_they_are() -> None:
    script = runpy.run_path(str(ROOT / "scripts" / "make_from_litellm.py"))
    text = script["PAGE"].read_text(encoding="utf-8")
    assert script["page"](text) == text, "run: python scripts/make_from_litellm.py"
    for heading in script["HEADINGS"]:
        assert f"\n## {heading}\n" in text


@pytest.mark.parametrize("kind", list(read_names()))
def test_entries_say_what_differs(kind: Kind) -> None:
    for name, entry in read_names()[kind].items():
        assert entry.status in {*HERE, "other", "provider", "not there"}, name
        assert entry.remark or entry.status in {*HERE, "provider"}, name
        assert not re.search(r"`|\]\(", entry.text), name


@rows("names")
def test_names(row: Row) -> None:
    if row.status in HERE:
        assert hasattr(trunkline, row.name)
        assert row.name in PUBLIC
    elif row.status == "not there":
        assert not hasattr(trunkline, row.name)
    else:
        assert row.status == "other"


@rows("parameters")
def test_parameters(row: Row) -> None:
    if row.status == "not there":
        assert row.name in ABSENT
    elif row.status == "provider":
        assert row.name not in ARGUMENTS | ABSENT.keys() | OTHER_NAMES.keys()
    else:
        assert row.name in ARGUMENTS | OTHER_NAMES.keys() or row.name.startswith("_")


def test_all_parameters_are_there() -> None:
    told = names("parameters")
    assert ABSENT.keys() | OTHER_NAMES.keys() | CHAT_PARAMS <= told


@rows("settings")
def test_settings(row: Row) -> None:
    if row.status == "not there":
        with pytest.raises(AttributeError, match=re.escape(f"no setting '{row.name}': ")):
            setattr(trunkline, row.name, "something")
    else:
        assert row.name in SETTING_NAMES


@rows("exceptions")
def test_exceptions(row: Row) -> None:
    if row.status == "not there":
        assert not hasattr(exceptions, row.name)
        assert not hasattr(trunkline, row.name)
    else:
        assert issubclass(getattr(exceptions, row.name), trunkline.APIError)
        assert getattr(trunkline, row.name) is getattr(exceptions, row.name)


@rows("callbacks")
def test_callbacks(row: Row) -> None:
    assert hasattr(CustomLogger, row.name) == (row.status == "same")
    assert (row.name in litellm_callbacks._NOT_CALLED) == (row.status == "not there")  # pyright: ignore[reportPrivateUsage]  # the page tells of it


@rows("router")
def test_router(row: Row) -> None:
    assert (row.name in ABSENT_OF_ROUTER) == (row.status == "not there")
    assert (row.name in inspect.signature(Router).parameters) == (row.status != "not there")


def test_all_arguments_of_the_router_are_there() -> None:
    assert ABSENT_OF_ROUTER.keys() <= names("router")
    own = {"state", "middlewares", "settings"}
    assert inspect.signature(Router).parameters.keys() - own <= names("router")


@rows("cache")
def test_cache(row: Row) -> None:
    wrong = find_problem({row.name: object()})
    assert wrong is not None
    assert ("unknown setting" in wrong) == (row.status == "not there")
