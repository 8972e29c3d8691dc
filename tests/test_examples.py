"""Every example and every code block of README and docs runs, without a network."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "examples").rglob("*.py"))
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```python(?P<note>[^\n]*)\n(?P<code>.*?)^```$", re.DOTALL | re.MULTILINE)

# Blocks that are not run say why: ```python no-run: needs an account
NOT_RUN = re.compile(r"no-run: \w+")


def blocks() -> list[object]:
    found: list[object] = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for match in BLOCK.finditer(text):
            line = text.count("\n", 0, match.start()) + 2
            if not NOT_RUN.search(match["note"]):
                code = "\n" * (line - 1) + match["code"]
                found.append(pytest.param(page, code, id=f"{page.name}:{line}"))
    return found


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(path), run_name="__main__")
    assert capsys.readouterr().out


@pytest.mark.parametrize(("page", "code"), blocks())
def test_code_in_pages(page: Path, code: str) -> None:
    exec(compile(code, str(page), "exec"), {"__name__": "__main__"})


def test_blocks_that_do_not_run_say_why() -> None:
    for page in PAGES:
        for match in BLOCK.finditer(page.read_text(encoding="utf-8")):
            assert match["note"] == "" or NOT_RUN.search(match["note"]), page
