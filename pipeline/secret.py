"""A credential that is never shown, and URLs without credentials."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Generic, TypeVar
from urllib.parse import urlsplit, urlunsplit

T = TypeVar("T")

#: Replaces a credential in text.
HIDDEN = "***"

# Names of parameters and fields that contain credentials: `aws_secret_access_key`,
# `azure_ad_token`, the `key` of an Azure data source; but not `max_tokens` or `prompt_cache_key`.
_CREDENTIAL = re.compile(
    r"api_?key|access_?key|private_?key|secret|passw|credential|authorization|cookie"
    r"|(^|[_-])token$|^key$",
    re.IGNORECASE,
)


class Hidden(Generic[T]):
    """A value that tracebacks and logs do not show; `reveal()` returns it."""

    __slots__ = ("_value",)

    def __init__(self, value: T) -> None:
        self._value = value

    def reveal(self) -> T:
        """Return the value."""
        return self._value

    def __repr__(self) -> str:
        return f"Hidden({HIDDEN!r})"


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


def names_credential(name: str) -> bool:
    """Return whether a parameter or field of this name contains a credential."""
    return _CREDENTIAL.search(name) is not None


@lru_cache(maxsize=512)
def plain_url(url: str) -> str:
    """Return a URL without user, password and query, which may contain credentials."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return HIDDEN
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def forget_frames(error: BaseException) -> None:
    """Remove the tracebacks of an error and of its causes, with the variables of their frames."""
    each: BaseException | None = error
    while each is not None:
        each.__traceback__ = None
        # Not its context: that may be an error of the caller's.
        each = each.__cause__
