"""Every middleware of the catalog has a page, with what people look for on it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.middlewares.laws.library import middleware_classes
from trunkline import default_middlewares

PAGES = Path(__file__).parents[2] / "docs" / "middlewares"
USUAL = {type(layer).__name__ for layer in default_middlewares()}
CATALOG = sorted(
    cls.__name__ for cls in middleware_classes() if cls.__name__ not in USUAL | {"SharedLimit"}
)


@pytest.mark.parametrize("name", CATALOG)
def test_a_page(name: str) -> None:
    page = PAGES / f"{re.sub(r'(?<=[a-z])(?=[A-Z])', '-', name).lower()}.md"
    text = page.read_text(encoding="utf-8")
    assert text.startswith(f"# {name}\n")
    for heading in ("What it guarantees", "What it does not do"):
        assert f"\n## {heading}\n" in text
    assert re.search(r"outermost|[Oo]utside|[Ii]nside", text)


@pytest.mark.parametrize("name", [*CATALOG, "SharedLimit"])
def test_the_index_names_it(name: str) -> None:
    assert f"| [`{name}`](" in (PAGES / "index.md").read_text(encoding="utf-8")
