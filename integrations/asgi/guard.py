"""What a request must be before it reaches the chain: its host, key, type and size."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from anyio import current_time, fail_after
from msgspec import Struct

from ... import (
    APIError,
    BadRequestError,
    PermissionDeniedError,
    ServiceUnavailableError,
)
from ...inbound.loopback import is_loopback
from ...pipeline.json_values import JSON
from .keys import Keys

# Headers that a request may have only once: a server in front of this one may have checked the
# first, while the app would read the last.
_ONCE = frozenset(
    {
        *(b"api-key", b"authorization", b"content-encoding", b"content-length"),
        *(b"content-type", b"host", b"origin", b"x-api-key"),
    }
)

Receive = Callable[[], Awaitable[Any]]

#: Bytes of a body that a client must send in a second, after the first idle_timeout seconds.
_SLOWEST = 1000


class Gone(Exception):
    """The client has left before its request was complete."""


class Guard(Struct, frozen=True):
    """The checks of a server.

    Attributes:
        keys: the keys that it requires.
        hosts: further names of a server on loopback.
        max_body: bytes of a body.
        idle_timeout: seconds to wait for the next piece of a body, or for a client to read.
        max_requests: requests at the same time; None means any number.
    """

    keys: Keys
    hosts: frozenset[str]
    max_body: int
    idle_timeout: float
    max_requests: int | None

    def check_origin(
        self, server: tuple[str, int | None] | None, headers: Mapping[str, str]
    ) -> None:
        """Refuse requests that a web page makes to a server on loopback.

        Such a page reaches it under its own name (DNS rebinding), or from its own origin.
        `server` is the address that the server listens at.

        Raises:
            PermissionDeniedError: host or origin is not loopback.
        """
        if server is None or not is_loopback(server[0]):
            return
        for name, value in (("Host", headers.get("host")), ("Origin", headers.get("origin"))):
            if value is not None and not self._is_own(_host_in(name, value)):
                raise PermissionDeniedError(
                    f"{name} {value[:200]!r}: this server is on loopback, and takes requests for "
                    "it and from it only",
                    code="host_not_allowed",
                )

    def _is_own(self, host: str) -> bool:
        return is_loopback(host) or host in self.hosts

    def check_load(self, requests: int) -> None:
        """Refuse a request if more are open than there may be.

        Raises:
            ServiceUnavailableError: `requests`, with this one, are too many.
        """
        if self.max_requests is not None and requests > self.max_requests:
            raise ServiceUnavailableError(
                f"the server has {self.max_requests} open requests, and takes no more",
                code="server_overloaded",
                retry_after=1,
            )

    def check_type(self, headers: Mapping[str, str]) -> None:
        """Refuse bodies that are not JSON, and those whose declared length is too large.

        Raises:
            BadRequestError: with status 415 or 413.
        """
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json" or headers.get("content-encoding", "identity") != "identity":
            raise BadRequestError(
                "Content-Type: expected application/json, without Content-Encoding",
                status_code=415,
                code="unsupported_media_type",
            )
        length = headers.get("content-length", "")
        # Python refuses to read numbers of thousands of digits.
        if length.isdecimal() and (len(length) > 18 or int(length) > self.max_body):
            raise self._too_large()

    async def read_body(self, receive: Receive) -> bytes:
        """Return a request's body.

        Raises:
            BadRequestError: it is too large, status 413; or the client sends nothing for some time,
                or only very little at a time, status 408.
            Gone: the client has left.
        """
        pieces: list[bytes] = []
        size, began = 0, current_time()
        while True:
            left = began + self.idle_timeout + size / _SLOWEST - current_time()
            try:
                with fail_after(min(self.idle_timeout, left)):
                    message = await receive()
            except TimeoutError:
                raise BadRequestError(
                    "the client sends its request too slowly",
                    status_code=408,
                    code="request_timeout",
                ) from None
            if message["type"] == "http.disconnect":
                raise Gone
            piece: bytes = message.get("body", b"")
            size += len(piece)
            if size > self.max_body:
                raise self._too_large()
            pieces.append(piece)
            if not message.get("more_body", False):
                return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _too_large(self) -> APIError:
        return BadRequestError(
            f"the request's body is larger than {self.max_body} bytes",
            status_code=413,
            code="request_too_large",
        )


def check_repeated(scope: JSON) -> None:
    """Refuse a request that repeats a header which a server in front of this one may have checked.

    Raises:
        BadRequestError: its host, key, type or origin is not clear.
    """
    found: set[bytes] = set()
    for name, _ in scope["headers"]:
        if name in found:
            raise BadRequestError(
                f"{name.decode('latin-1')}: expected this header once", code="invalid_request"
            )
        if name in _ONCE:
            found.add(name)


def _host_in(name: str, value: str) -> str:
    """Return the host in a header, "" if there is none."""
    try:
        return (urlsplit(value if name == "Origin" else f"//{value}").hostname or "").lower()
    except ValueError:
        return ""


def headers_of(scope: JSON) -> dict[str, str]:
    """Return a request's headers, names in lower case."""
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
