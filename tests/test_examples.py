"""Every example and every code block of README and docs runs, without a network."""

from __future__ import annotations

import logging
import re
import runpy
import textwrap
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from trunkline import list_providers

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "examples").rglob("*.py"))
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
# In a list, a block is indented as the list's text is.
BLOCK = re.compile(
    r"^(?P<indent>[ ]*)```python(?P<note>[^\n]*)\n(?P<code>.*?)^(?P=indent)```$",
    re.DOTALL | re.MULTILINE,
)

# Examples over a library that is no dependency say so in their first line:
# "# needs ray.data: pip install 'ray[data]'"
NEEDS = re.compile(r"# needs (?P<module>[\w.]+): (?P<command>.+)\n")

# Blocks that are not run say why: ```python no-run: needs an account
NOT_RUN = re.compile(r"no-run: \w+")


@pytest.fixture(autouse=True)
def _own_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """What an example registers is gone after it."""
    rows = {prefix: row for row in list_providers() for prefix in (row.name, *row.aliases)}
    monkeypatch.setattr("trunkline.adapters.table.table._providers", rows)
    monkeypatch.setattr("trunkline.adapters.table.table._state", object())


@pytest.fixture(autouse=True)
def _own_level() -> Iterator[None]:
    """A log level that an example sets is gone after it: other tests count what a call does."""
    logger = logging.getLogger("trunkline")
    before = logger.level
    yield
    logger.setLevel(before)


def blocks_of(text: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the code of each block of a page that runs."""
    for match in BLOCK.finditer(text):
        line = text.count("\n", 0, match.start()) + 2
        if not NOT_RUN.search(match["note"]):
            yield line, "\n" * (line - 1) + textwrap.dedent(match["code"])


def blocks() -> list[object]:
    return [
        pytest.param(page, code, id=f"{page.relative_to(ROOT)}:{line}")
        for page in PAGES
        for line, code in blocks_of(page.read_text(encoding="utf-8"))
    ]


def test_blocks_in_lists_are_found() -> None:
    page = "Text.\n\n- An item:\n\n  ```python\n  if 1:\n      print(1)\n  ```\n\n- Another.\n"
    assert list(blocks_of(page)) == [(6, "\n" * 5 + "if 1:\n    print(1)\n")]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    needs = NEEDS.match(path.read_text(encoding="utf-8"))
    if needs:
        pytest.importorskip(needs["module"], reason=f"{needs['module']}: {needs['command']}")
        # What that library warns of is not ours to mend.
        warnings.simplefilter("ignore")
    runpy.run_path(str(path), run_name="__main__")
    assert capsys.readouterr().out


@pytest.mark.parametrize(("page", "code"), blocks())
def test_code_in_pages(page: Path, code: str) -> None:
    exec(compile(code, str(page), "exec"), {"__name__": "__main__"})


def test_blocks_that_do_not_run_say_why() -> None:
    for page in PAGES:
        for match in BLOCK.finditer(page.read_text(encoding="utf-8")):
            assert match["note"] == "" or NOT_RUN.search(match["note"]), page
