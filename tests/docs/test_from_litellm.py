"""The tables of docs/from-litellm.md say what is true."""

from __future__ import annotations

import inspect
import re
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
from trunkline.middlewares.caching.options import find_problem
from trunkline.middlewares.listening import litellm_loggers as litellm_callbacks
from trunkline.pipeline.call.absent_arguments import ABSENT, OTHER_NAMES
from trunkline.pipeline.call.arguments import OWN_ARGUMENTS
from trunkline.pipeline.call.chat_params import CHAT_PARAMS

PAGE = Path(__file__).parents[2] / "docs" / "from-litellm.md"
ROW = re.compile(r"^\| `([^`]+)` \| (\w[\w ]*) \|(.*)\|$")
ARGUMENTS = {"model", "messages", "stream"} | OWN_ARGUMENTS | KNOWN_OPTIONS | CHAT_PARAMS
HERE = {"same", "better"}
PUBLIC = {*public_names(first_names), *public_names(more_names)}


class Row(NamedTuple):
    name: str
    status: str
    remark: str


def read_tables() -> dict[str, list[Row]]:
    """Return the rows of the table under each heading."""
    tables: dict[str, list[Row]] = {}
    heading = ""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            heading = line.removeprefix("## ")
        elif line.startswith("| `"):
            found = ROW.match(line)
            assert found, line
            tables.setdefault(heading, []).append(Row(*found.groups()))
    return tables


TABLES = read_tables()


def rows(heading: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("row", TABLES[heading], ids=lambda row: row.name)


def names(heading: str) -> set[str]:
    return {row.name for row in TABLES[heading]}


def test_nothing_is_said_twice_or_in_other_words() -> None:
    for heading, table in TABLES.items():
        assert len(names(heading)) == len(table), heading
        for row in table:
            assert row.status in {*HERE, "other", "provider", "not there"}, row


@rows("Functions and names")
def test_names(row: Row) -> None:
    if row.status in HERE:
        assert hasattr(trunkline, row.name)
        assert row.name in PUBLIC
    elif row.status == "not there":
        assert not hasattr(trunkline, row.name)
    else:
        assert row.status == "other"
        assert row.remark.strip()


@rows("Parameters of completion()")
def test_parameters(row: Row) -> None:
    if row.status == "not there":
        assert row.name in ABSENT
    elif row.status == "provider":
        assert row.name not in ARGUMENTS | ABSENT.keys() | OTHER_NAMES.keys()
    else:
        assert row.name in ARGUMENTS | OTHER_NAMES.keys() or row.name.startswith("_")


def test_all_parameters_are_there() -> None:
    told = names("Parameters of completion()")
    assert ABSENT.keys() | OTHER_NAMES.keys() | CHAT_PARAMS <= told


@rows("Settings")
def test_settings(row: Row) -> None:
    if row.status == "not there":
        with pytest.raises(AttributeError, match="trunkline has no setting"):
            setattr(trunkline, row.name, None)
    else:
        assert row.name in SETTING_NAMES


@rows("Exceptions")
def test_exceptions(row: Row) -> None:
    if row.status == "not there":
        assert not hasattr(exceptions, row.name)
        assert not hasattr(trunkline, row.name)
    else:
        assert issubclass(getattr(exceptions, row.name), trunkline.APIError)
        assert getattr(trunkline, row.name) is getattr(exceptions, row.name)


@rows("Callbacks")
def test_callbacks(row: Row) -> None:
    assert hasattr(CustomLogger, row.name) == (row.status == "same")
    assert (row.name in litellm_callbacks._NOT_CALLED) == (row.status == "not there")  # pyright: ignore[reportPrivateUsage]  # the page tells of it


@rows("Router")
def test_router(row: Row) -> None:
    assert (row.name in ABSENT_OF_ROUTER) == (row.status == "not there")
    assert (row.name in inspect.signature(Router).parameters) == (row.status != "not there")


def test_all_arguments_of_the_router_are_there() -> None:
    assert ABSENT_OF_ROUTER.keys() <= names("Router")
    own = {"state", "middlewares", "settings"}
    assert inspect.signature(Router).parameters.keys() - own <= names("Router")


@rows("Cache")
def test_cache(row: Row) -> None:
    wrong = find_problem({row.name: object()})
    assert wrong is not None
    assert ("unknown setting" in wrong) == (row.status == "not there")
