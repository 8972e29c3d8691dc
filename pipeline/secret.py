"""A credential that is never shown, and URLs without credentials."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import urlsplit

#: Replaces a credential in text.
HIDDEN = "***"


class Secret:
    """A credential that is never shown; `reveal()` returns it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the credential, for example for a header."""
        return self._value

    def __repr__(self) -> str:
        return f"Secret({HIDDEN!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)


def reveal(value: object) -> str:
    """Return a credential as text, whether it is a Secret or not."""
    return value.reveal() if isinstance(value, Secret) else str(value)


@lru_cache(maxsize=512)
def plain_url(url: str) -> str:
    """Return a URL without user, password and query, which may contain credentials."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return HIDDEN
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
