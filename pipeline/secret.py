"""A credential that is never shown, and URLs without credentials."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import urlsplit

#: Stands where a credential stood.
HIDDEN = "***"


class Secret:
    """A credential that no text shows: only `reveal()` gives it away."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the credential itself, to be written into a header."""
        return self._value

    def __repr__(self) -> str:
        return f"Secret({HIDDEN!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)


def reveal(value: object) -> str:
    """Return a credential as text, whether it was wrapped in a Secret or not."""
    return value.reveal() if isinstance(value, Secret) else str(value)


@lru_cache(maxsize=512)
def plain_url(url: str) -> str:
    """Return an address without what may be a credential in it: user, password, query."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return HIDDEN
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
