"""The strings of a JSON document with their places in its text, so that one can be changed."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from itertools import accumulate

from msgspec import Struct

_SPACE = re.compile(r"[ \t\r\n]*")
_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"')
_PLAIN = re.compile(r"[^\s,\]}]+")
# One character of a string as it is written; a pair of surrogates is one character.
_WRITTEN = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.|.", re.S
)


class Text(Struct, frozen=True):
    """A string of a document: its value, and where its quotes are."""

    value: str
    start: int
    end: int

    def places(self, document: str) -> list[int]:
        """Return where each character is written in the document, and where the last one ends."""
        inner = document[self.start + 1 : self.end - 1]
        lengths = (len(found.group()) for found in _WRITTEN.finditer(inner))
        return list(accumulate(lengths, initial=self.start + 1))


#: A value whose strings are `Text`; numbers, true, false and null are all None.
Spanned = Mapping[str, "Spanned"] | Sequence["Spanned"] | Text | None


def read_spans(document: str) -> Spanned:
    """Return a document's value with the places of its strings.

    Raises:
        ValueError: it is not JSON.
        RecursionError: it is nested too deeply.
    """
    json.loads(document)
    return _value(document, _after_space(document, 0))[0]


def _after_space(document: str, at: int) -> int:
    found = _SPACE.match(document, at)
    return at if found is None else found.end()


def _value(document: str, at: int) -> tuple[Spanned, int]:
    """Return the value that begins at a place, and where it ends."""
    first = document[at]
    if first == '"':
        text = _text(document, at)
        return text, text.end
    if first == "{":
        return _object(document, _after_space(document, at + 1))
    if first == "[":
        return _array(document, _after_space(document, at + 1))
    found = _PLAIN.match(document, at)
    return None, at + 1 if found is None else found.end()


def _text(document: str, at: int) -> Text:
    found = _STRING.match(document, at)
    if found is None:
        raise ValueError(f"expected a string at character {at}")
    value: str = json.loads(found.group())
    return Text(value, at, found.end())


def _object(document: str, at: int) -> tuple[dict[str, Spanned], int]:
    items: dict[str, Spanned] = {}
    while document[at] != "}":
        name = _text(document, at)
        colon = _after_space(document, name.end)
        items[name.value], at = _value(document, _after_space(document, colon + 1))
        at = _after_space(document, at)
        if document[at] == ",":
            at = _after_space(document, at + 1)
    return items, at + 1


def _array(document: str, at: int) -> tuple[list[Spanned], int]:
    items: list[Spanned] = []
    while document[at] != "]":
        item, at = _value(document, at)
        items.append(item)
        at = _after_space(document, at)
        if document[at] == ",":
            at = _after_space(document, at + 1)
    return items, at + 1
