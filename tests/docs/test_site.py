"""The site has all pages, and its API reference all public names."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest

from trunkline import Client, more_names, names
from trunkline.facade import public_names

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
HEADING = re.compile(r"^## `(?P<name>\w+)` \{ #(?P=name) \}\n(?P<text>.*?)(?=^## |\Z)", re.M | re.S)
BLOCK = re.compile(r"^ *```\w[^\n]*\n(.*?)^ *```$", re.M | re.S)
DRAWING = re.compile(r"^```text\n(.*?)^```$", re.M | re.S)

Nav = str | dict[str, "Nav"] | list["Nav"]


class Scripts(NamedTuple):
    site: ModuleType
    reference: ModuleType


@pytest.fixture
def scripts(monkeypatch: pytest.MonkeyPatch) -> Scripts:
    monkeypatch.setattr(sys, "path", [str(ROOT / "scripts"), *sys.path])
    return Scripts(import_module("build_site"), import_module("reference"))


@pytest.fixture
def sections(scripts: Scripts) -> dict[str, str]:
    """What the reference says of each name."""
    pages: dict[str, str] = scripts.reference.pages()
    return {
        found["name"]: found["text"] for page in pages.values() for found in HEADING.finditer(page)
    }


def pages_of(nav: Nav) -> Iterator[str]:
    """Yield the pages of a navigation: of a page, a titled page or part, or a list of these."""
    match nav:
        case str():
            yield nav
        case dict():
            yield from pages_of(list(nav.values()))
        case _:
            for item in nav:
                yield from pages_of(item)


def test_every_page_is_in_the_navigation(scripts: Scripts) -> None:
    project = tomllib.loads((ROOT / "zensical.toml").read_text(encoding="utf-8"))["project"]
    listed = list(pages_of(project["nav"]))
    assert len(listed) == len(set(listed))
    written = {name for name, _ in scripts.site.pages() if name.endswith(".md")}
    assert written == set(listed)
    assert project["repo_url"] == scripts.site.REPOSITORY


def test_the_site_runs_no_code_fences_with_notes(scripts: Scripts) -> None:
    pages = dict(scripts.site.pages())
    assert b"no-run" in (DOCS / "embedding-openai.md").read_bytes()
    assert not [name for name, content in pages.items() if b"\n```python no-run" in content]


def test_code_fits_its_column() -> None:
    """The style sheet of the site gives 100 characters room."""
    blocks = [
        (page.name, block)
        for page in DOCS.rglob("*.md")
        for block in BLOCK.findall(page.read_text(encoding="utf-8"))
    ]
    assert blocks
    lines = [(page, line) for page, block in blocks for line in block.splitlines()]
    assert [(page, line) for page, line in lines if len(line) > 100] == []


def test_drawings_fit_a_phone() -> None:
    """They are not wrapped as code is; that of a terminal has a terminal's width."""
    wide = {
        page.name
        for page in DOCS.rglob("*.md")
        for drawing in DRAWING.findall(page.read_text(encoding="utf-8"))
        if max(map(len, drawing.splitlines())) > 40
    }
    assert wide == {"looking.md"}


def test_links_of_pages_at_the_root_fit_the_site(scripts: Scripts) -> None:
    pages = dict(scripts.site.pages())
    for name in scripts.site.ROOT_PAGES.values():
        assert "](docs/" not in pages[name].decode()


def test_every_public_name_is_in_the_reference(sections: dict[str, str]) -> None:
    public = {*public_names(names), *public_names(more_names)}
    assert public <= sections.keys()
    assert [name for name, text in sections.items() if not text.strip()] == []


def test_addresses_in_memory_are_not_shown(sections: dict[str, str]) -> None:
    assert [name for name, text in sections.items() if " at 0x" in text] == []


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("completion", ["stream: Literal[True]", "-> Stream", "| `messages` |", "`APIError`"]),
        (
            "Retry",
            ["attempts: int = 3", "| `max_retry_after` | `float` | `60.0` |", "`num_retries`"],
        ),
        (
            "ModelResponse",
            ["| `choices` | [`list[Choice]`](responses.md#Choice) | `[]` |", "`cost`"],
        ),
        ("RateLimitError", ["[`APIError`](errors.md#APIError)", "429"]),
        ("APIError", ["| `attempts` | `int` |", "| `retryable` | `bool` |"]),
        ("Router", ["deployments.\n\n```python\nrouter = Router([\n    {"]),
        ("Stream", ["### `Stream.map`", "`StreamInterruptedError`"]),
        ("Reply", ["Reply = ModelResponse | Stream"]),
        ("Choices", ["Another name for [`Choice`](responses.md#Choice)"]),
        ("CallInfo", ["programs do not import it", "| `cache_hit` | `bool` | `False` |"]),
        ("FakeProvider", ["*In `trunkline.testing`.*", "`FakeProvider.client`"]),
        ("utils", ["[`ModelResponse`](responses.md#ModelResponse)"]),
    ],
)
def test_what_the_reference_says(sections: dict[str, str], name: str, texts: list[str]) -> None:
    assert [text for text in texts if text not in sections[name]] == []


def test_methods_for_trunkline_itself_are_not_in_the_reference(
    scripts: Scripts, sections: dict[str, str]
) -> None:
    internal = set(scripts.reference.book.INTERNAL)
    assert internal
    assert {name for name in internal if hasattr(Client, name)} == internal
    described = set(re.findall(r"^### `Client\.(\w+)`", sections["Client"], re.M))
    assert "completion" in described
    assert described & internal == set()


def test_anchors_of_the_reference_are_plain(scripts: Scripts) -> None:
    """Markdown reads two underscores as bold type, and shows the anchor then."""
    headings = [
        line
        for page in scripts.reference.pages().values()
        for line in page.splitlines()
        if line.startswith("#") and "{" in line
    ]
    assert any("`Adapter.__call__`" in line for line in headings)
    assert [line for line in headings if not re.search(r" \{ #\w+(\.\w+)? \}$", line)] == []
    assert [line for line in headings if "__" in line.partition("{")[2]] == []
