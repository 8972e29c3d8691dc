"""Parse URLs, and find their proxies."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urlsplit

from msgspec import Struct

from ..errors import BadRequestError

_ADDRESS = re.compile(r"[!-~]+")
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+(%[A-Za-z0-9._-]+)?")
_PROXY_SCHEMES = frozenset({"http", "https", "socks5", "socks5h"})
_BRACKETS = re.compile(r"[^\[\]]+|\[[^\[\]]+\](:[0-9]*)?")


class Target(Struct, frozen=True):
    """A parsed URL; connections are pooled by `origin`."""

    scheme: bytes
    host: bytes
    port: int | None
    target: bytes
    authority: bytes
    origin: str

    def proxy(self) -> str | None:
        """Return the proxy for this host from the environment (HTTPS_PROXY, NO_PROXY)."""
        # It loads http.client and ssl, which an import of trunkline must not.
        from urllib.request import getproxies, proxy_bypass  # noqa: PLC0415

        if proxy_bypass(self.authority.decode()):
            return None
        proxies = getproxies()
        found = proxies.get(self.scheme.decode()) or proxies.get("all")
        if not found:
            return None
        found = found if "://" in found else f"http://{found}"
        _check_proxy(found, f"{self.scheme.decode()}_proxy")
        return found


@lru_cache(maxsize=512)
def parse_url(url: str) -> Target:
    """Parse a URL.

    Raises:
        BadRequestError: the URL is not an http or https URL, or contains credentials.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode() if parts.hostname else ""
    except ValueError:
        raise _bad_url(url) from None
    known = parts.scheme in ("http", "https") and _BRACKETS.fullmatch(parts.netloc)
    if not known or not _HOST.fullmatch(host):
        raise _bad_url(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    # urlsplit() removes line breaks and tabs.
    if not _ADDRESS.fullmatch(target) or not url.isprintable():
        raise BadRequestError(
            f"base_url: {parts.path!r} or what follows contains a space, a control character or "
            "a character outside ASCII: percent-encode it",
            param="base_url",
        )
    if "@" in parts.netloc:
        raise BadRequestError(
            f"base_url: credentials in the URL ({parts.hostname}): use extra_headers instead",
            param="base_url",
        )
    # Libraries disagree on the host of http://one.test#@other.test.
    if "#" in url:
        raise BadRequestError(
            f"base_url: a fragment (#...) in the URL ({parts.hostname}): remove it",
            param="base_url",
        )
    authority = f"[{host}]" if ":" in host else host
    authority = f"{authority}:{port}" if port else authority
    return Target(
        scheme=parts.scheme.encode(),
        host=host.encode(),
        port=port,
        target=target.encode("ascii", "replace"),
        authority=authority.encode(),
        origin=f"{parts.scheme}://{authority}",
    )


def _check_proxy(proxy: str, variable: str) -> None:
    try:
        parts = urlsplit(proxy)
        address = parts.netloc.rpartition("@")[2]
        known = parts.scheme in _PROXY_SCHEMES and _BRACKETS.fullmatch(address)
        usable = known and _HOST.fullmatch(parts.hostname or "") and parts.port != 0
    except ValueError:
        usable = None
    if not usable:
        # The value is not shown: it may contain a password.
        raise BadRequestError(
            f"{variable.upper()} (or ALL_PROXY): expected http://HOST:PORT, https://HOST:PORT or "
            "socks5://HOST:PORT; percent-encode a password",
            param=variable.upper(),
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
    try:
        urlsplit(url).port  # noqa: B018  # reading it checks it
        url.encode()
    except ValueError:
        raise _bad_url(url) from None
    if not url:
        raise _bad_url(url)
    return url
