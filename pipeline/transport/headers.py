"""Convert headers to and from bytes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from ..codings import accepted_codings
from ..errors import BadRequestError
from ..port import HTTPRequest
from ..secret import Hidden
from .urls import Target

# https://www.rfc-editor.org/rfc/rfc9110#name-tokens
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
# Of the control characters HTTP allows the tab. Characters outside Latin-1 cannot be sent.
# https://www.rfc-editor.org/rfc/rfc9110#section-5.5
_VALUE = re.compile(r"[\t -~\x80-\xff]*")

# Headers that the connection sets: a second one would split the request, or change its host.
_FRAMING = frozenset({"host", "content-length", "transfer-encoding"})

#: How many URLs' heads are kept.
MAX_STARTS = 1000


class _Start:
    """The head of a request up to the value of Content-Length, and what it was written for.

    It is not a struct, because its repr must not show a key.
    """

    __slots__ = ("headers", "method", "text")

    def __init__(self, request: HTTPRequest, target: Target) -> None:
        # A copy, because the caller may change them later.
        self.headers = dict(request.headers)
        self.method = request.method
        self.text = _written_start(request, target)


class Heads:
    """Writes the heads of requests.

    Those to one URL often differ only in the length of the body, so the rest is kept.
    """

    def __init__(self) -> None:
        self._starts: dict[str, _Start] = {}

    def write(self, request: HTTPRequest, target: Target) -> Hidden[bytes]:
        """Return the head of a request, with the headers that HTTP requires.

        Raises:
            BadRequestError: HTTP does not allow the method or a header; the message does not show
                values.
        """
        start = self._starts.get(request.url)
        if start is None or start.headers != request.headers or start.method != request.method:
            start = _Start(request, target)
            if len(self._starts) >= MAX_STARTS:
                self._starts.clear()
            self._starts[request.url] = start
        return Hidden(b"%b%d\r\n\r\n" % (start.text, len(request.body)))

    def __len__(self) -> int:
        return len(self._starts)

    def clear(self) -> None:
        """Forget what was kept."""
        self._starts.clear()


def _written_start(request: HTTPRequest, target: Target) -> bytes:
    check_head(request)
    lines = [
        b"%b %b HTTP/1.1" % (request.method.encode(), target.target),
        b"Host: " + target.authority,
        b"Accept-Encoding: " + accepted_codings(),
    ]
    for name, value in request.headers.items():
        if name.lower() not in _FRAMING:
            lines.append(f"{name}: {value.strip()}".encode("latin-1"))
    return b"\r\n".join([*lines, b"Content-Length: "])


def check_head(request: HTTPRequest) -> None:
    """Check the method and the headers of a request.

    Raises:
        BadRequestError: HTTP does not allow one of them; the message does not show values.
    """
    if not _TOKEN.fullmatch(request.method):
        raise BadRequestError(f"method {request.method!r}: HTTP does not allow this name")
    for name, value in request.headers.items():
        problem = _problem_of(name, value)
        if problem is not None:
            # A traceback may show local variables.
            value = ""  # noqa: PLW2901
            raise problem


def _problem_of(name: str, value: str) -> BadRequestError | None:
    if not _TOKEN.fullmatch(name):
        text = f"header {name!r}: HTTP does not allow this name"
    elif "\n" in value or "\r" in value or not _VALUE.fullmatch(value.strip()):
        text = (
            f"header {name!r}: the value has a line break or a character that HTTP does not "
            "allow; if it contains a key, check how the key was copied"
        )
    else:
        return None
    return BadRequestError(text, param="extra_headers")


@lru_cache(maxsize=512)
def _plain_name(name: bytes) -> str:
    return name.decode("latin-1").lower()


def plain_headers(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return response headers as text, names in lower case."""
    # llhttp leaves the whitespace after a value.
    return {_plain_name(name): value.decode("latin-1").strip(" \t") for name, value in headers}
