"""Errors of a base_url that lacks the version in its path: they say what to try."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from ...pipeline.errors import APIError
from ...pipeline.secret import plain_url

_VERSION = re.compile(r"/v\d")
# What servers say about a path that they lack. For an unknown model they have another message.
_NO_PATH = re.compile(
    r"^\W*(404|page|method|route)?\W*(page )?not (found|allowed)\W*$|cannot post", re.I
)


def add_address_hint(error: APIError, base_url: str | None) -> None:
    """Add to a 404 or 405 that the address of a server with OpenAI's API usually ends in /v1."""
    if base_url is None or error.status_code not in {404, 405} or not error.headers:
        return
    if not _NO_PATH.search(error.message):
        return
    if _VERSION.search(urlsplit(base_url).path):
        return
    address = plain_url(base_url).rstrip("/")
    error.message = (
        f"{error.message} (base_url is {address}; most servers with OpenAI's API are at "
        f"{address}/v1)"
    )
