"""Convert headers to and from bytes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from ..codings import accepted_codings
from ..errors import BadRequestError
from ..port import HTTPRequest
from .urls import Target

# https://www.rfc-editor.org/rfc/rfc9110#name-tokens
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")


def wire_headers(request: HTTPRequest, target: Target) -> list[tuple[bytes, bytes]]:
    """Return a request's headers as bytes, with those that HTTP requires.

    Raises:
        BadRequestError: HTTP does not allow a name or value; the message does not show values.
    """
    headers = [
        (b"Host", target.authority),
        (b"Accept-Encoding", accepted_codings()),
        (b"Content-Length", str(len(request.body)).encode()),
    ]
    problem: BadRequestError | None = None
    for name, value in request.headers.items():
        written = _written(name)
        if written is None:
            problem = BadRequestError(
                f"header {name!r}: HTTP does not allow this name", param="extra_headers"
            )
            break
        if "\n" in value or "\r" in value or "\0" in value:
            problem = _bad_header(name)
            break
        try:
            headers.append((written, value.strip().encode("latin-1")))
        except UnicodeEncodeError:
            problem = _bad_header(name)
            break
    else:
        return headers
    # A traceback may show local variables.
    headers, value = [], ""
    raise problem


@lru_cache(maxsize=512)
def _written(name: str) -> bytes | None:
    """Return a header's name as bytes, None if HTTP does not allow it."""
    return name.encode("ascii") if _TOKEN.fullmatch(name) else None


def _bad_header(name: str) -> BadRequestError:
    return BadRequestError(
        f"header {name!r}: the value has a line break or a character that HTTP does not allow; "
        "if it contains a key, check how the key was copied",
        param="extra_headers",
    )


def plain_headers(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return response headers as text, names in lower case."""
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers}
