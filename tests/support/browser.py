"""Render HTML in a real browser and return its layout."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path
from typing import Literal

import msgspec
import pytest
from msgspec import Struct

Scheme = Literal["light", "dark"]

# Options that turn off everything except showing the page.
_QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--enable-logging=stderr",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)

# A page with the styles of a JupyterLab notebook: its table styles, and colors for light and dark.
# Nothing may be loaded, and only the script that measures the page may run.
_PAGE = """<!doctype html><meta charset="utf-8"><title>Calls</title>
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; style-src 'unsafe-inline'; script-src 'nonce-looks'">
<style>
:root{color-scheme:light dark}
body{margin:16px;background:#fff;color:#1a1a1a}
@media(prefers-color-scheme:dark){body{background:#111;color:#ddd}}
.notebook table{border-collapse:collapse;table-layout:fixed;font-size:12px;margin:0 auto}
.notebook td,.notebook th{text-align:right;vertical-align:middle;padding:.5em;white-space:nowrap;
max-width:none}
.notebook tbody tr:nth-child(odd){background:#808}
</style>
<body class="notebook">%s
<pre id="seen" hidden></pre>
<script nonce="looks">
const box = element => {
  const {left, right, top, bottom} = element.getBoundingClientRect();
  return {left, right, top, bottom};
};
const all = selector => [...document.querySelectorAll(selector)];
const style = element => getComputedStyle(element);
document.getElementById("seen").textContent = JSON.stringify({
  dark: matchMedia("(prefers-color-scheme: dark)").matches,
  hacked: "hacked" in window,
  loaded: performance.getEntriesByType("resource").length,
  page: [document.documentElement.scrollWidth, innerWidth],
  frames: all(".trunkline").map(box),
  text: all(".trunkline").map(element => element.innerText),
  tables: all(".trunkline table").map(table => [...table.rows].map(row =>
    [...row.cells].filter(cell => cell.offsetParent).map(cell => ({...box(cell),
      align: style(cell).textAlign, text: cell.innerText,
      background: style(cell.parentElement).backgroundColor})))),
  bars: all(".trunkline .bar").map(bar => ({bar: box(bar), track: box(bar.parentElement),
    says: bar.parentElement.getAttribute("aria-label"), color: style(bar).backgroundColor})),
  folded: all(".trunkline details").map(details => !details.open),
  colors: [style(document.querySelector(".trunkline td")).color, style(document.body).color],
});
</script>"""


class Box(Struct):
    """Position of an element, in pixels."""

    left: float
    right: float
    top: float
    bottom: float


class Cell(Box):
    """A cell of a table."""

    align: str
    text: str
    background: str


class Bar(Struct):
    """A bar of a waterfall, its track, and its text for screen readers."""

    bar: Box
    track: Box
    says: str
    color: str


class Seen(Struct):
    """What the browser shows."""

    dark: bool
    hacked: bool
    loaded: int
    page: tuple[float, float]
    frames: list[Box]
    text: list[str]
    tables: list[list[list[Cell]]]
    bars: list[Bar]
    folded: list[bool]
    colors: tuple[str, str]
    console: list[str] = []


def find_browser() -> str:
    """Return Chromium's path; if it is missing, skip the test, or fail it in CI."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if (path := shutil.which(name)) is not None:
            return path
    reason = "chromium is not installed"
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason}, but required in CI")
    pytest.skip(reason)


def look_at(html: str, folder: Path, scheme: Scheme, width: int) -> Seen:
    """Show HTML in a new browser window of the given width, and return what it looks like."""
    done = open_page(_PAGE % html, folder, scheme, width)
    found = re.search(r'<pre id="seen" hidden="">(.*?)</pre>', done.stdout, re.DOTALL)
    assert found is not None, done.stderr
    seen = msgspec.json.decode(unescape(found[1]), type=Seen)
    seen.console = re.findall(r":CONSOLE:\d+\] (.*)", done.stderr)
    return seen


def open_page(
    html: str, folder: Path, scheme: Scheme, width: int
) -> subprocess.CompletedProcess[str]:
    """Show a page in a new browser window, and return its elements after its scripts have run."""
    page = folder / "page.html"
    page.write_text(html, encoding="utf-8")
    return subprocess.run(
        [
            find_browser(),
            *_QUIET,
            f"--user-data-dir={folder / 'profile'}",
            f"--blink-settings=preferredColorScheme={0 if scheme == 'dark' else 1}",
            f"--window-size={width},1200",
            f"--screenshot={folder / 'page.png'}",
            "--dump-dom",
            page.as_uri(),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=240,
    )
