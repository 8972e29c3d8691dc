"""Split docstrings into text and sections, and turn both into Markdown."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass, field

_SECTION = re.compile(r"^(?P<title>(?:Args|Attributes|Raises|Returns|Warns|Yields)\b[^:.]*):$")
# Indented lines after a paragraph, which may end with two colons.
_LITERAL = re.compile(r"(?P<colons>::)?\n\n(?P<code>(?: {4}[^\n]*\n|\n)* {4}[^\n]*)")
_ITEM = re.compile(r"^(?P<names>[*\w.]+(?:, [*\w.]+)*): (?P<text>.*)$")


@dataclass
class Item:
    """One entry of a section: the names that it describes, and its text."""

    names: tuple[str, ...]
    text: str


@dataclass
class Doc:
    """A docstring: Markdown before and after its sections, and the sections by title."""

    text: str = ""
    sections: dict[str, list[Item]] = field(default_factory=dict[str, list[Item]])

    def describe(self, name: str, *titles: str) -> str:
        """Return the text of a name in the first of these sections that has it, "" if none has."""
        for title in titles:
            for item in self.sections.get(title, ()):
                if name in item.names:
                    return item.text
        return ""


def parse(docstring: str | None) -> Doc:
    """Parse a docstring of Google's style."""
    doc = Doc()
    text: list[str] = []
    items: list[Item] | None = None
    for line in inspect.cleandoc(docstring or "").splitlines():
        if section := _SECTION.match(line):
            items = doc.sections.setdefault(section["title"], [])
        elif items is not None and (line.startswith("    ") or not line):
            _add(items, line.removeprefix("    "))
        else:
            items = None
            text.append(line)
    doc.text = _markdown("\n".join(text).strip())
    return doc


def _add(items: list[Item], line: str) -> None:
    """Add a line of a section: a new item, or more text of the last one."""
    if found := _ITEM.match(line):
        items.append(Item(tuple(found["names"].split(", ")), found["text"]))
    elif items and line.strip():
        items[-1].text += f" {line.strip()}"
    elif line.strip():
        items.append(Item((), line.strip()))


def _markdown(text: str) -> str:
    """Return a docstring's text as Markdown: literal blocks are Python, after one colon."""
    parts: list[str] = []
    end = 0
    for block in _LITERAL.finditer(text):
        colon = ":" if block["colons"] else ""
        code = inspect.cleandoc(block["code"])
        parts += [escape(text[end : block.start()]), f"{colon}\n\n```python\n{code}\n```"]
        end = block.end()
    return "".join([*parts, escape(text[end:])])


def escape(text: str) -> str:
    """Keep `<` and `|` outside code from being read as markup."""
    pieces = re.split(r"(`[^`]*`)", text)
    plain = [re.sub(r"([<|])", r"\\\1", piece) for piece in pieces[::2]]
    pieces[::2] = plain
    return "".join(pieces)
