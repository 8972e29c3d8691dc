"""Jupyter notebooks: find litellm's uses in their cells, and change their imports.

Source: https://nbformat.readthedocs.io/en/latest/format_description.html
"""

from __future__ import annotations

import ast
import json
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import cast

from msgspec import Struct, structs

from .bindings import ROOT
from .dependencies import find_commands
from .json_spans import Spanned, Text, read_spans
from .magics import as_python, other_language
from .rewrite import Edit, import_edits
from .uses import Use, find_uses_in

SUFFIX = ".ipynb"


class _Cell(Struct, frozen=True):
    """A code cell: its number among all cells, and its source, which may be in several strings."""

    number: int
    texts: list[Text]

    @property
    def source(self) -> bytes:
        """The code in UTF-8, with IPython's commands."""
        return "".join(text.value for text in self.texts).encode()


class Notebook:
    """A notebook whose cells of Python are read as one module, because they share their names.

    Args:
        document: the file's text.

    Attributes:
        problems: the cells that could not be read, and why.

    Raises:
        ValueError: it is not a notebook.
    """

    def __init__(self, document: str) -> None:
        self._document = document
        self.problems: list[str] = []
        self._others: list[Use] = []
        self._cells = list(_python_cells(read_spans(document)))
        codes = [self._code(cell) for cell in self._cells]
        # Each cell ends with a line of its own, so that line numbers can be told apart.
        self._source = b"".join(code + b"\n" for code in codes)
        self._starts = list(accumulate((len(code) + 1 for code in codes), initial=0))
        self._lines = list(accumulate((_line_ends(code) + 1 for code in codes), initial=0))
        self._tree = ast.parse(self._source)

    def _code(self, cell: _Cell) -> bytes:
        source = cell.source
        magic = other_language(source)
        if magic is not None:
            if ROOT.encode() in source:
                remark = "not read: this cell is not run as Python"
                name = f"%%{magic.decode(errors='replace')}"
                self._others.append(Use(1, 1, name, "different", remark, cell.number))
            return b""
        commands = find_commands(source.decode())
        self._others += (structs.replace(use, cell=cell.number) for use in commands)
        try:
            return as_python(source)
        except SyntaxError as error:
            self.problems.append(f"cell {cell.number}: {error.msg}, line {error.lineno}")
            return b""

    def uses(self) -> list[Use]:
        """Return every use of litellm, with the cell that it is in, by cells and lines."""
        found = [self._placed(use) for use in find_uses_in(self._source, self._tree)]
        return sorted(
            [*found, *self._others], key=lambda use: (use.cell or 0, use.line, use.column)
        )

    def _placed(self, use: Use) -> Use:
        index = bisect_right(self._lines, use.line - 1) - 1
        line = use.line - self._lines[index]
        return structs.replace(use, line=line, cell=self._cells[index].number)

    def changed(self) -> str:
        """Return the document with changed imports; all else stays as it is written."""
        document = self._document
        edits = sorted(import_edits(self._source, self._tree), key=lambda edit: edit.start)
        for edit in reversed(edits):
            index = bisect_right(self._starts, edit.start) - 1
            document = _edited(document, self._cells[index], edit, self._starts[index])
        return document


def _python_cells(notebook: Spanned) -> Iterator[_Cell]:
    """Return the code cells of a notebook whose language is Python.

    Raises:
        ValueError: it is not a notebook.
    """
    whole = _mapping(notebook)
    # Version 3 of the format has worksheets.
    sheets = [whole, *map(_mapping, _sequence(whole.get("worksheets")))]
    if not any("cells" in sheet for sheet in sheets):
        raise ValueError("it is not a notebook: it has no cells")
    metadata = _mapping(whole.get("metadata"))
    languages = (
        _mapping(metadata.get("kernelspec")).get("language"),
        _mapping(metadata.get("language_info")).get("name"),
    )
    if any(isinstance(each, Text) and "python" not in each.value.lower() for each in languages):
        return
    cells = [each for sheet in sheets for each in _sequence(sheet.get("cells"))]
    for number, cell in enumerate(map(_mapping, cells), 1):
        kind = cell.get("cell_type")
        if isinstance(kind, Text) and kind.value == "code":
            source = cell.get("source", cell.get("input"))
            lines = [source] if isinstance(source, Text) else _sequence(source)
            yield _Cell(number, [line for line in lines if isinstance(line, Text)])


def _mapping(value: Spanned) -> Mapping[str, Spanned]:
    return value if isinstance(value, Mapping) else {}


def _sequence(value: Spanned) -> Sequence[Spanned]:
    return cast("Sequence[Spanned]", value) if isinstance(value, list) else []


def _line_ends(code: bytes) -> int:
    return len((code + b"x").splitlines()) - 1


def _edited(document: str, cell: _Cell, edit: Edit, offset: int) -> str:
    """Return the document with one change in a cell, whose code begins at `offset`."""
    source = cell.source
    start = len(source[: edit.start - offset].decode())
    end = len(source[: edit.end - offset].decode())
    places = [text.places(document) for text in cell.texts]
    firsts = list(accumulate((len(text.value) for text in cell.texts), initial=0))
    first = bisect_right(firsts, start) - 1
    last = max(first, bisect_right(firsts, end - 1) - 1)
    # One string for each line, as in the rest of the cell.
    between = [f'"{document[one.end : two.start]}"' for one, two in pairwise(cell.texts)]
    lines = (json.dumps(line, ensure_ascii=False)[1:-1] for line in edit.text.split("\n"))
    written = f"\\n{between[0] if between else ''}".join(lines)
    begins = places[first][start - firsts[first]]
    ends = places[last][end - firsts[last]]
    return document[:begins] + written + document[ends:]
