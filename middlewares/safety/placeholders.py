"""Placeholders for the values in one call, and the texts that contain them."""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from .detectors import Detector, find_all


class Placeholders:
    """The placeholders of one call, numbered by kind in the order in which the values appear.

    So a conversation that goes on keeps the placeholders that it had. A text that looks like a
    placeholder and is the caller's own is left as it is.

    Args:
        detectors: find the values.
        texts: all texts of the call, to avoid placeholders that occur in them.
    """

    def __init__(self, detectors: list[Detector], texts: Iterable[str]) -> None:
        self._detectors = detectors
        self._all = "\0".join(texts)
        self._of_value: dict[tuple[str, str], str] = {}
        self._values: dict[str, str] = {}
        self._numbers: dict[str, int] = {}

    @property
    def counts(self) -> dict[str, int]:
        """How many different values of each kind there are."""
        counts: dict[str, int] = {}
        for kind, _ in self._of_value:
            counts[kind.lower()] = counts.get(kind.lower(), 0) + 1
        return counts

    def redact(self, text: str) -> str:
        """Return a text with placeholders instead of what the detectors find."""
        parts: list[str] = []
        end = 0
        for found in find_all(text, self._detectors):
            value = text[found.start : found.end]
            parts += [text[end : found.start], self._placeholder(value, found.kind)]
            end = found.end
        return "".join([*parts, text[end:]]) if parts else text

    def _placeholder(self, value: str, kind: str) -> str:
        known = self._of_value.get((kind, value))
        if known is not None:
            return known
        while True:
            number = self._numbers[kind] = self._numbers.get(kind, 0) + 1
            placeholder = f"[{kind}_{number}]"
            if placeholder not in self._all:
                break
        self._of_value[kind, value] = placeholder
        self._values[placeholder] = value
        return placeholder

    def restorer(self, *, in_json: bool = False) -> Restorer:
        """Return what restores the values in a text that comes in pieces.

        Args:
            in_json: whether the text is JSON, where values need escapes.
        """
        values = self._values
        if in_json:
            values = {name: _escape(value) for name, value in values.items()}
        return Restorer(values)


def _escape(value: str) -> str:
    return msgspec.json.encode(value).decode()[1:-1]


class Restorer:
    """Replaces placeholders by their values, including those split between two pieces."""

    def __init__(self, values: dict[str, str]) -> None:
        self._values = values
        self._pattern = re.compile("|".join(map(re.escape, values)))
        self._longest = max(map(len, values), default=1) - 1
        self._starts = {name[:end] for name in values for end in range(1, len(name))}
        self._pending = ""

    def feed(self, text: str) -> str:
        """Return the restored text, without an end that may be the start of a placeholder."""
        text = self._pending + text
        done = 0
        for match in self._pattern.finditer(text):
            done = match.end()
        rest = text[done:]
        held = self._held(rest)
        self._pending = rest[len(rest) - held :]
        return self.whole(text[: len(text) - held])

    def _held(self, rest: str) -> int:
        """Return how many characters at the end may be the start of a placeholder."""
        for length in range(min(self._longest, len(rest)), 0, -1):
            if rest[-length:] in self._starts:
                return length
        return 0

    def end(self) -> str:
        """Return what is still held."""
        text, self._pending = self._pending, ""
        return text

    def whole(self, text: str) -> str:
        """Return a whole text, restored."""
        if "[" not in text:
            return text
        return self._pattern.sub(lambda match: self._values[match[0]], text)
