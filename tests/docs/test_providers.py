"""The page of providers is what the table says."""

from __future__ import annotations

import runpy
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_is_fresh() -> None:
    script = runpy.run_path(str(DOCS.parent / "scripts" / "make_providers.py"))
    written = (DOCS / "providers.md").read_text(encoding="utf-8")
    assert written == script["page"](), "run: python scripts/make_providers.py"
