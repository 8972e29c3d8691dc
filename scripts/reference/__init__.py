"""Write the API reference, as Markdown, from docstrings and annotations.

`scripts/docs` runs it whenever it builds the site, so the reference is never out of date.
"""

from __future__ import annotations

from .book import Book, table
from .entries import PAGES, Entry, further_entries, public_entries

_HEAD = """\
# API reference

Every public name, written from the docstrings and annotations of this version. Names are imported
from `trunkline` unless their section says otherwise. What is not listed here can change with any
version; see [versions](../versioning.md).
"""


def pages() -> dict[str, str]:
    """Return the pages by name below the folder of the reference."""
    public = public_entries()
    found = sorted(public, key=_name) + sorted(further_entries(public), key=_name)
    book = Book(found)
    written = {"index.md": _index(book, found)}
    for slug, page in PAGES.items():
        sections = [book.describe(entry) for entry in found if entry.page == slug]
        written[f"{slug}.md"] = "\n\n".join([f"# {page.title}", page.about, *sections]) + "\n"
    return written


def _name(entry: Entry) -> str:
    return entry.name


def _index(book: Book, found: list[Entry]) -> str:
    parts = [_HEAD]
    for slug, page in PAGES.items():
        here = [entry for entry in found if entry.page == slug and entry.source]
        rows = [(book.link(entry.name), book.summary(entry)) for entry in here]
        parts += [f"## [{page.title}]({slug}.md)", page.about, table(("name", "description"), rows)]
    return "\n\n".join(parts) + "\n"
