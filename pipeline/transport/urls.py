"""Parse URLs, and convert headers to and from bytes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from msgspec import Struct

from ..errors import BadRequestError
from ..port import HTTPRequest

# https://www.rfc-editor.org/rfc/rfc9110#name-tokens
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_ADDRESS = re.compile(rb"[!-~]+")


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
        if proxy_bypass(self.authority.decode()):
            return None
        proxies = getproxies()
        found = proxies.get(self.scheme.decode()) or proxies.get("all")
        return f"http://{found}" if found and "://" not in found else found


@lru_cache(maxsize=512)
def parse_url(url: str) -> Target:
    """Parse a URL.

    Raises:
        BadRequestError: the URL is not an http or https URL, or contains credentials.
    """
    parts = urlsplit(url)
    try:
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode() if parts.hostname else ""
    except ValueError:
        host, port = "", None
    if parts.scheme not in ("http", "https") or not host:
        shown = url.partition("?")[0].rpartition("@")[2]
        raise BadRequestError(
            f"base_url: expected http://HOST or https://HOST, got {shown!r}", param="base_url"
        )
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not _ADDRESS.fullmatch(target.encode("ascii", "replace")):
        raise BadRequestError(
            f"base_url: {parts.path!r} contains a space or control character", param="base_url"
        )
    if parts.username or parts.password:
        raise BadRequestError(
            f"base_url: credentials in the URL ({parts.hostname}): use extra_headers instead",
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


def wire_headers(request: HTTPRequest, target: Target) -> list[tuple[bytes, bytes]]:
    """Return a request's headers as bytes, with those that HTTP requires.

    Raises:
        BadRequestError: HTTP does not allow a name or value; the message does not show values.
    """
    headers = [
        (b"Host", target.authority),
        (b"Accept-Encoding", b"gzip, deflate"),
        (b"Content-Length", str(len(request.body)).encode()),
    ]
    for name, value in request.headers.items():
        if not _TOKEN.fullmatch(name):
            raise BadRequestError(f"header {name!r}: HTTP does not allow this name")
        if "\n" in value or "\r" in value or "\0" in value:
            raise _bad_header(name)
        try:
            headers.append((name.encode("ascii"), value.strip().encode("latin-1")))
        except UnicodeEncodeError:
            raise _bad_header(name) from None
    return headers


def _bad_header(name: str) -> BadRequestError:
    return BadRequestError(
        f"header {name!r}: the value has a line break or a character that HTTP does not allow; "
        "if it contains a key, check how the key was copied"
    )


def plain_headers(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return response headers as text, names in lower case."""
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers}
