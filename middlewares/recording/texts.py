"""The function of a user's that redacts what is stored."""

from __future__ import annotations

from collections.abc import Callable

#: Returns a text with what must not be stored replaced.
Redact = Callable[[str], str]


def is_text(value: object) -> bool:
    """Return whether a value, which a user's function returned, is text."""
    return isinstance(value, str)


def redacting(redact: Redact) -> Redact:
    """Return the function, which now raises TypeError if it returns something else than a text."""

    def change(text: str) -> str:
        changed = redact(text)
        if not is_text(changed):
            raise TypeError(f"redact: expected str, got {type(changed).__name__}")
        return changed

    return change
