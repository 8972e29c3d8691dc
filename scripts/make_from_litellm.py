"""Write the tables of docs/from-litellm.md: `python scripts/make_from_litellm.py`.

The text around the tables is the page's own.
"""

from __future__ import annotations

import re
from pathlib import Path

from trunkline.litellm_names.table import Kind, read_names

PAGE = Path(__file__).parents[1] / "docs" / "from-litellm.md"
#: The headings above the tables.
HEADINGS: dict[str, Kind] = {
    "Functions and names": "names",
    "Modules": "modules",
    "Parameters of completion()": "parameters",
    "Settings": "settings",
    "Exceptions": "exceptions",
    "Callbacks": "callbacks",
    "Router": "router",
    "Cache": "cache",
}
_HEAD = "| litellm | here | how |\n|---|---|---|\n"
_SECTION = re.compile(r"^## (?P<heading>.+)\n(?P<text>(?:(?!## ).*\n)*)", re.MULTILINE)
_TABLE = re.compile(rf"{re.escape(_HEAD)}(?:\|.*\n)*")


def page(text: str) -> str:
    """Return the page with its tables rewritten."""
    return _SECTION.sub(_section, text)


def _section(section: re.Match[str]) -> str:
    kind = HEADINGS.get(section["heading"])
    if kind is None:
        return section[0]
    return _TABLE.sub(lambda _: _table(kind), section[0])


def _table(kind: Kind) -> str:
    rows = (
        f"| `{name}` | {entry.status} | {entry.remark.replace('|', chr(92) + '|')} |\n"
        for name, entry in read_names()[kind].items()
    )
    return _HEAD + "".join(rows).replace(" |  |", " | |")


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
