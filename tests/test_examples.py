"""Every example and every code block of README and docs runs, without a network."""

from __future__ import annotations

import re
import runpy
import warnings
from pathlib import Path

import pytest

from trunkline import list_providers

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "examples").rglob("*.py"))
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```python(?P<note>[^\n]*)\n(?P<code>.*?)^```$", re.DOTALL | re.MULTILINE)

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


def blocks() -> list[object]:
    found: list[object] = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for match in BLOCK.finditer(text):
            line = text.count("\n", 0, match.start()) + 2
            if not NOT_RUN.search(match["note"]):
                code = "\n" * (line - 1) + match["code"]
                found.append(pytest.param(page, code, id=f"{page.relative_to(ROOT)}:{line}"))
    return found


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
