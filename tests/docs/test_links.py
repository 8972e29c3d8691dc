"""Links of the pages at the project's root lead to files that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINK = re.compile(r"\]\((?!https?:|#)(?P<path>[^)#]+)(?P<anchor>#[^)]*)?\)")


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"])
def test_relative_links(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    paths = [match["path"] for match in LINK.finditer(text)]
    assert paths
    assert [path for path in paths if not (ROOT / path).exists()] == []
