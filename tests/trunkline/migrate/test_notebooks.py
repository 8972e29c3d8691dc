"""Notebooks: uses are reported with their cell, and only lines of imports are written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.migrate.__main__ import main
from trunkline.migrate.notebooks import Notebook

IMPORT = "import litellm"
MOVED = "import trunkline as litellm"


def cell(source: str, kind: str = "code") -> dict[str, Any]:
    return {"cell_type": kind, "source": source.splitlines(keepends=True), "metadata": {}}


def notebook(*cells: Any, language: str = "python") -> dict[str, Any]:
    made = [cell(each) if isinstance(each, str) else each for each in cells]
    return {
        "cells": made,
        "metadata": {"kernelspec": {"language": language, "name": "x"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def sources(document: str) -> list[str]:
    return ["".join(each["source"]) for each in json.loads(document)["cells"]]


def found(*cells: Any, **more: Any) -> list[tuple[int | None, int, int, str]]:
    uses = Notebook(json.dumps(notebook(*cells, **more))).uses()
    return [(use.cell, use.line, use.column, use.name) for use in uses]


def test_uses_with_their_cells() -> None:
    assert found(
        cell("# litellm", "markdown"),
        f"{IMPORT}\n\nlitellm.drop_params = True",
        "x = 1\n  \n\n",
        "\n\nfor _ in x:\n    litellm.embedding()",
    ) == [
        (2, 1, 8, "import litellm"),
        (2, 3, 1, "litellm.drop_params ="),
        (4, 4, 5, "litellm.embedding"),
    ]


@pytest.mark.parametrize(
    ("before", "column"),
    [
        ("%pip install litellm\n", 1),
        ("!pip install \\\n   litellm\n", 1),
        ("%matplotlib inline\n!ls\n", 1),
        ("files = !ls *.py\n", 1),
        ("models = %sql select 1\n", 1),
        ("?print\nprint?\nx.y??\n", 1),
        ("%%time\n", 1),
        ("%%capture output\n%pip install x\n", 1),
        ("if True:\n    !ls\n    ", 5),
        ("%time ", 7),
        ("%timeit -n 1 -r2 ", 18),
        ("x = '''\n%pip\n'''\n", 1),
        ("%pip installé\n", 1),
        ("await something()\n", 1),
    ],
)
def test_magics(before: str, column: int) -> None:
    uses = found(IMPORT, f"{before}litellm.completion('x/y', [])")
    place = (2, before.count("\n") + 1, column, "litellm.completion")
    assert uses[-1] == place
    changed = Notebook(json.dumps(notebook(f"{before}{IMPORT}"))).changed()
    if not before.startswith("%time"):
        assert sources(changed) == [f"{before}{MOVED}"]


def test_cells_in_other_languages() -> None:
    assert found("%%bash\npip install litellm", "%%html\n<b>", IMPORT) == [
        (1, 1, 1, "%%bash"),
        (3, 1, 8, "import litellm"),
    ]
    assert found(IMPORT, language="R") == []


def test_a_cell_that_cannot_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps(notebook(IMPORT, "def (:", "litellm.embedding()")))
    assert main([str(path), "--write"]) == 1
    output = capsys.readouterr().out
    assert f"{path}: not read: cell 2: invalid syntax, line 1" in output
    assert f"{path}:cell 3:1:1: missing   litellm.embedding" in output
    assert "1 file could not be read" in output
    assert sources(path.read_text())[0] == MOVED


@pytest.mark.parametrize(
    "content",
    [
        "litellm {",
        '["litellm"]',
        '{"litellm": 1}',
        '"litellm"',
        "{}litellm",
        '["litellm",' + "[" * 10**5,
        '{"cells": [{"cell_type": "code", "source": "import litellm # \\ud800"}]}',
    ],
)
def test_what_is_no_notebook(
    content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.ipynb"
    path.write_text(content)
    assert main([str(path), "--write"]) == 1
    assert "not read: " in capsys.readouterr().out


LONG = "from litellm import (\n    completion,\n    text_completion,  # old\n)\nx = 1"
MOVED_LONG = (
    "from trunkline import (\n    completion,\n)\n"
    "from litellm import (\n    text_completion,  # old\n)\nx = 1"
)


@pytest.mark.parametrize("as_text", [True, False])
@pytest.mark.parametrize("style", [{"indent": 1}, {"indent": 4, "ensure_ascii": False}, {}])
def test_only_imports_change(as_text: bool, style: dict[str, Any]) -> None:
    cells = [
        cell(f"# é \U0001f600 \\n\n{IMPORT}  # é\nprint('\\u00e9', \"\\t\")"),
        cell("plot()"),
        cell(LONG),
    ]
    cells[1]["outputs"] = [{"data": {"image/png": "QUJD\n", "x": [1e-5, -2, True, None]}}]
    if as_text:
        for each in cells:
            each["source"] = "".join(each["source"])
    document = json.dumps(notebook(*cells), **style).replace("plot", "pl\\u006ft") + "\n"
    changed = Notebook(document).changed()
    assert sources(changed) == [
        sources(document)[0].replace(IMPORT, MOVED),
        "plot()",
        MOVED_LONG,
    ]
    start, end = document.index("from litellm"), document.index("x = 1")
    untouched = [*document[:start].split(IMPORT), document[end:]]
    place = 0
    for piece in untouched:
        place = changed.index(piece, place) + len(piece)
    assert place == len(changed)


def test_each_line_stays_a_string_of_its_own() -> None:
    document = json.dumps(notebook(LONG), indent=1)
    [made] = json.loads(Notebook(document).changed())["cells"]
    assert made["source"] == MOVED_LONG.splitlines(keepends=True)


@pytest.mark.parametrize("as_text", [True, False])
def test_line_ends_of_a_cell_stay(as_text: bool) -> None:
    made = cell("x = 1\r\nfrom litellm import completion, text_completion")
    if as_text:
        made["source"] = "".join(made["source"])
    assert sources(Notebook(json.dumps(notebook("y = 1", made))).changed())[1] == (
        "x = 1\r\nfrom trunkline import completion\r\nfrom litellm import text_completion"
    )


LINES = st.sampled_from(
    [
        IMPORT,
        "import litellm.utils",
        "from litellm import completion, text_completion",
        "from litellm.utils import token_counter",
        "%pip install litellm",
        "text = 'é \U0001f600 \\\\ \"'",
        "!ls",
        "",
    ]
)


@given(st.lists(st.lists(LINES, max_size=5), max_size=4), st.booleans(), st.booleans())
def test_notebooks_change_as_their_code_does(
    cells: list[list[str]], ascii_only: bool, as_text: bool
) -> None:
    made = [cell("\n".join(lines)) for lines in cells]
    for each in made:
        if as_text:
            each["source"] = "".join(each["source"])
    document = json.dumps(notebook(*made), ensure_ascii=ascii_only, indent=2)
    changed = Notebook(document).changed()
    again = Notebook(changed)
    assert again.problems == []
    for before, after in zip(sources(document), sources(changed), strict=True):
        kept = [line for line in before.split("\n") if "import" not in line]
        assert [line for line in after.split("\n") if "import" not in line] == kept
        assert IMPORT not in after.replace("from litellm import text_completion", "")
    assert again.changed() == changed


def test_files_of_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    marked, plain, hidden = (
        tmp_path / name for name in ("a.ipynb", "b.ipynb", ".ipynb_checkpoints/c.ipynb")
    )
    hidden.parent.mkdir()
    content = json.dumps(notebook(IMPORT)).encode()
    marked.write_bytes(b"\xef\xbb\xbf" + content.replace(b": ", b":\r\n  "))
    plain.write_bytes(b'{"cells": []}')
    hidden.write_bytes(content)
    assert main([str(tmp_path), "--write"]) == 0
    output = capsys.readouterr().out
    assert f"{marked}:cell 1:1:8: same      import litellm" in output
    assert output.endswith("Changed the imports of 1 file.\n")
    moved = content.replace(IMPORT.encode(), MOVED.encode())
    assert marked.read_bytes() == b"\xef\xbb\xbf" + moved.replace(b": ", b":\r\n  ")
    assert plain.read_bytes() == b'{"cells": []}'
    assert hidden.read_bytes() == content


def test_version_3_of_the_format() -> None:
    cells = [{"cell_type": "code", "input": [IMPORT]}]
    old: dict[str, Any] = {"worksheets": [{"cells": cells}], "metadata": {}}
    changed = Notebook(json.dumps(old)).changed()
    assert json.loads(changed)["worksheets"][0]["cells"][0]["input"] == [MOVED]
