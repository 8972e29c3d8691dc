"""Parse URLs."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urlsplit

from msgspec import Struct

from ..errors import BadRequestError

_ADDRESS = re.compile(r"[!-~]+")
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+(%[A-Za-z0-9._-]+)?")
#: The port of a scheme, where a URL has none.
DEFAULT_PORTS = {"http": 80, "https": 443}
_BRACKETS = re.compile(r"[^\[\]]+|\[[^\[\]]+\](:[0-9]*)?")


class Target(Struct, frozen=True):
    """A parsed URL; connections are pooled by `origin`.

    The scheme's own port is left out of `authority` and `origin`, as HTTP recommends:
    https://www.rfc-editor.org/rfc/rfc9110#section-4.2.3
    """

    scheme: bytes
    host: bytes
    port: int | None
    target: bytes
    authority: bytes
    origin: str

    def __repr__(self) -> str:
        # The query may contain credentials.
        return f"Target({self.origin!r})"


@lru_cache(maxsize=512)
def parse_url(url: str) -> Target:
    """Parse a URL.

    Raises:
        BadRequestError: the URL is not an http or https URL, or contains credentials.
    """
    parsed = _parse(url)
    if isinstance(parsed, BadRequestError):
        # A traceback may show local variables.
        url = ""
        raise parsed
    return parsed


def _parse(url: str) -> Target | BadRequestError:
    try:
        parts = urlsplit(url)
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode() if parts.hostname else ""
    except ValueError:
        return _bad_url(url)
    known = parts.scheme in ("http", "https") and _BRACKETS.fullmatch(parts.netloc)
    if not known or not _HOST.fullmatch(host):
        return _bad_url(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    # urlsplit() removes line breaks and tabs.
    if not _ADDRESS.fullmatch(target) or not url.isprintable():
        return BadRequestError(
            f"base_url: {parts.path!r} or what follows contains a space, a control character or "
            "a character outside ASCII: percent-encode it",
            param="base_url",
        )
    if "@" in parts.netloc:
        return BadRequestError(
            f"base_url: credentials in the URL ({parts.hostname}): use extra_headers instead",
            param="base_url",
        )
    # Libraries disagree on the host of http://one.test#@other.test.
    if "#" in url:
        return BadRequestError(
            f"base_url: a fragment (#...) in the URL ({parts.hostname}): remove it",
            param="base_url",
        )
    authority = f"[{host}]" if ":" in host else host
    if port and port != DEFAULT_PORTS[parts.scheme]:
        authority = f"{authority}:{port}"
    return Target(
        scheme=parts.scheme.encode(),
        host=host.encode(),
        port=port,
        target=target.encode("ascii", "replace"),
        authority=authority.encode(),
        origin=f"{parts.scheme}://{authority}",
    )


def _bad_url(url: str) -> BadRequestError:
    # What is before an "@" or after a "?" may be a password or a key.
    shown = "a URL with '@'" if "@" in url else repr(url.partition("?")[0])
    return BadRequestError(
        f"base_url: expected http://HOST or https://HOST, got {shown}", param="base_url"
    )


def check_base_url(url: str) -> str:
    """Return a base URL that can be split into its parts; `parse_url` checks the rest.

    Raises:
        BadRequestError: it cannot.
    """
    problem = base_url_problem(url)
    if problem is not None:
        # A traceback may show local variables.
        url = ""
        raise problem
    return url


def base_url_problem(url: str) -> BadRequestError | None:
    """Return the error of a base URL that cannot be split into its parts, else None."""
    return None if url and _can_be_split(url) else _bad_url(url)


@lru_cache(maxsize=512)
def _can_be_split(url: str) -> bool:
    try:
        urlsplit(url).port  # noqa: B018  # reading it checks it
        url.encode()
    except ValueError:
        return False
    return True
