"""Find the known name that a slip is nearest to."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

# `num_retry` and `num_retries` are this similar.
_SIMILAR = 0.8


def find_near(name: str, known: Collection[str], similar: float = _SIMILAR) -> str | None:
    """Return the known name that is most similar to `name`, None if none is similar enough.

    `similar` is how similar it must be, from 0 to 1.
    """
    lowered = name.lower().replace("-", "_")
    found = get_close_matches(lowered, sorted(known), n=1, cutoff=similar)
    # In short names, such as `rmp` for `rpm`, two letters in the wrong order are a large part.
    swapped = (each for each in sorted(known) if sorted(each) == sorted(lowered))
    return found[0] if found else next(swapped, None)


def explain_slip(name: object, known: Collection[str]) -> str:
    """Return a hint for a name that must be one of a few: the one that is meant, or all."""
    near = find_near(name, known) if isinstance(name, str) else None
    return f"did you mean {near}?" if near else f"expected one of {', '.join(known)}"
