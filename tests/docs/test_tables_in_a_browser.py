"""The style sheet and the scripts of the site make wide tables readable on a phone."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from tests.support.browser import open_page

ASSETS = Path(__file__).parents[2] / "docs" / "assets"
# Tables as Zensical writes them: of numbers, which are at the right, and of words.
PAGE = """<!doctype html><meta charset="utf-8"><style>%s</style>
<article class="md-typeset">
<table id="numbers"><thead><tr><th></th>%s</tr></thead>
<tbody><tr><td>plain</td>%s</tr></tbody></table>
<table id="words"><thead><tr><th>Prefix</th><th>Key</th><th>Address</th></tr></thead><tbody>
<tr><td><code>groq</code></td><td><code>GROQ_API_KEY</code></td><td>api.groq.com/v1</td></tr>
</tbody></table>
</article><pre id="seen" hidden></pre><script>%s</script><script>
const table = id => {
  const cells = [...document.querySelectorAll(`#${id} td`)];
  return {
    wide: document.getElementById(id).scrollWidth > innerWidth,
    head: document.querySelector(`#${id} thead`).offsetHeight > 0,
    rows: new Set(cells.map(cell => Math.round(cell.getBoundingClientRect().top))).size,
    labels: cells.map(cell => getComputedStyle(cell, "::before").content),
    breaks: document.querySelectorAll(`#${id} wbr`).length,
    text: cells.map(cell => cell.textContent),
  };
};
document.getElementById("seen").textContent =
  JSON.stringify({numbers: table("numbers"), words: table("words")});
</script>"""
NAMES = ("floor", "trunkline", "openai", "litellm", "any-llm", "aiohttp")


def look(folder: Path, width: int) -> dict[str, Any]:
    right = 'style="text-align: right;"'
    heads = "".join(f"<th {right}>{name}</th>" for name in NAMES)
    cells = "".join(f"<td {right}>1,234,567 (1.00)</td>" for _ in NAMES)
    css, script = ((ASSETS / name).read_text() for name in ("site.css", "tables.js"))
    done = open_page(PAGE % (css, heads, cells, script), folder, "light", width)
    found = re.search(r'<pre id="seen" hidden="">(.*?)</pre>', done.stdout, re.DOTALL)
    assert found is not None, done.stderr
    seen: dict[str, Any] = json.loads(unescape(found[1]))
    return seen


@pytest.fixture(scope="module")
def phone(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return look(tmp_path_factory.mktemp("phone"), 500)


@pytest.fixture(scope="module")
def desktop(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return look(tmp_path_factory.mktemp("desktop"), 1280)


def test_numbers_on_a_phone_have_the_names_of_their_columns(phone: dict[str, Any]) -> None:
    seen = phone["numbers"]
    assert (seen["wide"], seen["head"], seen["rows"]) == (False, False, 1 + len(NAMES))
    assert seen["labels"] == ["none", *(f'"{name}"' for name in NAMES)]


def test_words_on_a_phone_are_below_each_other(phone: dict[str, Any]) -> None:
    seen = phone["words"]
    assert (seen["wide"], seen["head"], seen["rows"]) == (False, False, 3)
    assert seen["labels"] == ["none", "none", '"Address: "']


@pytest.mark.parametrize("table", ["numbers", "words"])
def test_a_desktop_shows_tables(table: str, desktop: dict[str, Any]) -> None:
    seen = desktop[table]
    assert (seen["wide"], seen["head"], seen["rows"]) == (False, True, 1)
    assert set(seen["labels"]) == {"none"}


def test_names_break_after_separators_and_numbers_do_not(desktop: dict[str, Any]) -> None:
    assert desktop["numbers"]["breaks"] == 0
    assert desktop["words"]["breaks"] == 2 + 3
    assert desktop["words"]["text"] == ["groq", "GROQ_API_KEY", "api.groq.com/v1"]
