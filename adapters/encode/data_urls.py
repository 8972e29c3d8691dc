"""Data URLs: base64 content inside a URL (RFC 2397)."""

from __future__ import annotations

import base64
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from .conversation import part_error


class Media(NamedTuple):
    """Bytes with their type: `mime` as "image/png", `data` in base64."""

    mime: str
    data: str


def parse_data_url(url: str, path: str) -> Media:
    """Return the content of a `data:` URL (RFC 2397); `path` is its location in the request.

    Raises:
        BadRequestError: it is not a `data:` URL, or its base64 is invalid.
    """
    head, comma, data = url.partition(",")
    if not head[:5].lower() == "data:" or not comma:
        raise part_error(
            path, f"expected a data: URL such as data:image/png;base64,..., got {url[:40]!r}"
        )
    mime, *attributes = head[5:].split(";")
    if "base64" not in [attribute.strip().lower() for attribute in attributes]:
        data = base64.b64encode(unquote_to_bytes(data)).decode()
    else:
        _check_base64(data, path)
    return Media(mime.strip().lower() or "text/plain", data)


def _check_base64(data: str, path: str) -> None:
    try:
        base64.b64decode(data, validate=True)
    except ValueError:
        raise part_error(path, "the data: URL does not contain valid base64") from None
