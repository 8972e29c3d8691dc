"""Errors of a base_url that lacks the version in its path, or names an endpoint: what to try."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from ...pipeline.errors import APIError
from ...pipeline.secret import plain_url

_VERSION = re.compile(r"/v\d")
# What servers say about a path that they lack. For an unknown model they have another message.
_NO_PATH = re.compile(
    r"^\W*(404|endpoint|file|method|page|path|resource|route|url)?\W*(page )?"
    r"not (found|allowed)\W*$"
    r"|cannot post|invalid url|no route|(unexpected|unknown) (endpoint|path|route|url)",
    re.I,
)
_ENDPOINT = re.compile(r"/(chat/completions|completions|responses|messages)/*$")


def add_address_hint(error: APIError, base_url: str | None) -> None:
    """Add to a 404 or 405 what is probably wrong with the address.

    That of a server with OpenAI's API usually ends in /v1, and never in the path of an endpoint.
    """
    if base_url is None or error.status_code not in {404, 405} or not error.headers:
        return
    if not _NO_PATH.search(error.message):
        return
    path = urlsplit(base_url).path
    address = plain_url(base_url).rstrip("/")
    endpoint = _ENDPOINT.search(path)
    if endpoint is not None:
        shorter = address.removesuffix(endpoint[0].rstrip("/"))
        error.message = f"{error.message} (base_url is {address}; leave the end out: {shorter})"
        return
    if _VERSION.search(path):
        return
    error.message = (
        f"{error.message} (base_url is {address}; most servers with OpenAI's API are at "
        f"{address}/v1)"
    )
