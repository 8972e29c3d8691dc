from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.command.settings.edits import EditError, remove_value, set_value, write_value

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=8)
NUMBERS = st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False)
SCALARS = TEXTS | st.booleans() | NUMBERS
VALUES = SCALARS | st.lists(SCALARS, max_size=3) | st.dictionaries(TEXTS, SCALARS, max_size=3)
NAMES = TEXTS.filter(bool)


@given(VALUES)
def test_a_value_reads_back(value: Any) -> None:
    assert tomllib.loads(f"x = {write_value(value)}") == {"x": value}


@given(st.lists(st.tuples(st.lists(NAMES, max_size=1), NAMES, SCALARS), max_size=5))
def test_values_are_set_in_turn(changes: list[tuple[list[str], str, Any]]) -> None:
    text = ""
    made: list[tuple[list[str], str]] = []
    for tables, name, value in changes:
        try:
            text = set_value(text, (*tables, name), value)
        except EditError:
            # A value of this name is in the table's place, or the other way round.
            continue
        table = tomllib.loads(text)
        for each in tables:
            table = table[each]
        assert table[name] == value
        made.append((tables, name))
    for tables, name in made:
        text = remove_value(text, (*tables, name))
        table = tomllib.loads(text)
        for each in tables:
            table = table.get(each, {})
        assert name not in table


@pytest.mark.parametrize(
    "text", ['x = """\na\n"""\n', "x = [\n1,\n]\n", "t = {x = 1}\n", "t.x = 1\n"]
)
def test_what_one_line_cannot_change_stays(text: str) -> None:
    path = ("t", "x") if text.startswith("t") else ("x",)
    with pytest.raises(EditError):
        set_value(text, path, 2)
