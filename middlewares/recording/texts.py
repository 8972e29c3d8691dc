"""Redact what is stored, with a function that the user passed."""

from __future__ import annotations

from collections.abc import Callable

#: Returns a text with what must not be stored replaced.
Redact = Callable[[str], str]


def redacting(redact: Callable[[str], object]) -> Redact:
    """Return a function that calls `redact`, and raises TypeError if that returns no str."""

    def change(text: str) -> str:
        changed = redact(text)
        if not isinstance(changed, str):
            raise TypeError(f"redact: expected str, got {type(changed).__name__}")
        return changed

    return change
