"""A hook of mkdocs: fences that say why they are not run are shown as plain Python."""

from __future__ import annotations

import re

_NOTED = re.compile(r"^```python no-run: .*$", re.MULTILINE)


def on_page_markdown(markdown: str, **_page: object) -> str:
    """Return a page's text as it is to be rendered."""
    return _NOTED.sub("```python", markdown)
