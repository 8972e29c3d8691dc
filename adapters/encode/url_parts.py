"""Put values into hosts and paths, so that none of them can change where a request goes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import quote, urlencode, urlsplit

from ...pipeline.errors import BadRequestError

# Labels may contain underscores: some providers' account names do.
_HOST = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")
_HOST_AND_PORT = re.compile(rf"({_HOST.pattern}|\[[0-9A-Fa-f:.]+\])(:[0-9]{{1,5}})?")
_SEPARATORS = re.compile(r"[/\\]")
_DOTS = frozenset({".", ".."})


def host_part(value: str, name: str) -> str:
    """Return a value that becomes a part of a host name, such as a region.

    Args:
        value: the value.
        name: the argument or variable that has it, for the error.

    Raises:
        BadRequestError: it has characters that a host name cannot have.
    """
    if _HOST.fullmatch(value):
        return value
    raise BadRequestError(
        f"{name}: expected letters, digits, hyphens and dots, got {value!r}", param=name
    )


def whole_host(value: str, name: str) -> str:
    """Return a value that becomes a host, with or without a port.

    Raises:
        BadRequestError: it is not one, or has a path, a query or credentials.
    """
    if _HOST_AND_PORT.fullmatch(value):
        return value
    shown = value.rpartition("@")[2]
    raise BadRequestError(f"{name}: expected HOST or HOST:PORT, got {shown!r}", param=name)


def host_of(url: str) -> str:
    """Return the host of a URL in lower case, "" if it has none or cannot be read."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


@lru_cache(maxsize=512)
def path_part(value: str, name: str, safe: str = "") -> str:
    """Return a value escaped for a path; "/" separates segments if it is among the `safe`.

    Raises:
        BadRequestError: a segment is "." or "..", or a character cannot be encoded.
    """
    # Some servers resolve ".." even between escaped slashes.
    if _DOTS.isdisjoint(_SEPARATORS.split(value)):
        try:
            return quote(value, safe=safe)
        except UnicodeEncodeError:
            pass
    raise BadRequestError(f"{name}: {value!r} cannot be part of a URL's path", param=name)


def query_of(values: Mapping[str, object], name: str) -> str:
    """Return values as the query of a URL.

    Raises:
        BadRequestError: a name or value has half of a character.
    """
    try:
        return urlencode(dict(values), doseq=True)
    except UnicodeEncodeError:
        raise BadRequestError(
            f"{name}: half of a character (a lone surrogate) cannot be sent", param=name
        ) from None
