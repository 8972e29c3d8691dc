"""Fetch images, videos and files of a conversation, for providers that do not fetch URLs.

A URL in a message may come from someone whom the caller does not trust, and this machine may reach
hosts that they cannot. So a URL must lead to a public host, and so must each redirect, and the
connection goes to exactly the IP address that was checked: a name that resolves differently the
second time has no effect. There are two exceptions: a proxy resolves names itself, and so does the
caller's own `client`.
"""

from __future__ import annotations

import base64
import mimetypes
from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple, cast
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from ...pipeline.call.messages import ContentPart, MessageParam
from ...pipeline.call.request import Request, replace
from ...pipeline.errors import APIConnectionError, APIError, BadRequestError, Timeout
from ...pipeline.port import HTTPRequest, HTTPResponse, HTTPStream
from ...pipeline.resolve import resolve
from ...pipeline.timeouts import Timeouts, earlier, remaining
from ...pipeline.transport.urls import Target, parse_url
from .conversation import Part, holds_parts, list_turns, part_error, parts
from .data_urls import Media
from .http_request import USER_AGENT
from .media_types import registered_type
from .public_addresses import is_public

MAX_BYTES = 20 * 1024 * 1024
MAX_REDIRECTS = 3
TIMEOUTS = Timeouts(connect=10.0, first_event=30.0, idle=30.0, total=60.0)

WEB = ("http", "https")
#: The types of parts that may contain a URL.
MEDIA_PARTS = ("image_url", "video_url", "input_audio", "file", "document")
#: The main type that each part requires; the provider checks files and documents.
_MAIN_TYPES: Mapping[str, str] = {
    "image_url": "image",
    "video_url": "video",
    "input_audio": "audio",
}
# The fields that may contain the URL if a part's value is an object.
_FIELDS: Mapping[str, tuple[str, ...]] = {
    "file": ("file_data", "file_id"),
    "input_audio": ("data",),
}
# The key of a part's value if it is not the part's type.
_VALUES: Mapping[str, str] = {"document": "source"}
# Content types that declare nothing.
_UNDECLARED = ("", "application/octet-stream", "binary/octet-stream")


def is_web(url: str, schemes: Collection[str] = WEB) -> bool:
    """Return whether a URL has one of these schemes."""
    scheme, colon, _ = url.partition(":")
    return bool(colon) and scheme.lower() in schemes


def _keep_none(_url: str, _format: str | None) -> bool:
    return False


async def inline_media(
    request: Request,
    keys: Collection[str] = ("image_url",),
    schemes: Collection[str] = WEB,
    keep: Callable[[str, str | None], bool] = _keep_none,
) -> Request:
    """Return the request with the URLs in its messages replaced by `data:` URLs.

    Args:
        request: the call; its messages are not changed. With the option `allow_private_urls`,
            URLs may lead to any host.
        keys: the types of parts to search, from `MEDIA_PARTS`: a file may have a URL in
            `file_data` or `file_id`, audio in `data`, a document in a source of type "url".
        schemes: the URLs to replace; pass only "http" if the provider fetches https URLs itself.
        keep: returns whether to keep a URL, given the URL and the type that the caller declares
            for it, because the provider fetches it itself.

    Raises:
        BadRequestError: a URL is not allowed, or its content is too long, has another type or does
            not exist; the message names its location.
        APIConnectionError, Timeout: its host does not respond.
    """
    if not holds_parts(request.messages):
        return request
    found = [
        (number, part)
        for number, turn in enumerate(list_turns(request.messages))
        for part in parts(turn)
        if part.part["type"] in keys
        and is_web((place := _place(part)).url, schemes)
        and not keep(place.url, place.format)
    ]
    if not found:
        return request
    fetched: dict[str, Media] = {}
    messages = list(request.messages)
    for number, part in found:
        place = _place(part)
        if place.url not in fetched:
            fetched[place.url] = await fetch_media(
                request, place.url, place.path, _MAIN_TYPES.get(part.part["type"]), place.format
            )
        messages[number] = _with_data(messages[number], part, fetched[place.url])
    return replace(request, messages=tuple(messages))


class _Place(NamedTuple):
    """A URL in a part: its location, and the type that the caller declares for it."""

    url: str
    path: str
    field: str
    format: str | None


def _place(found: Part) -> _Place:
    kind = found.part["type"]
    key = _VALUES.get(kind, kind)
    value: object = found.part.get(key)
    if isinstance(value, str):
        return _Place(value, f"{found.path}.{key}", "", None)
    fields = cast("dict[str, Any]", value or {})
    for name in _FIELDS.get(kind, ("url",)):
        url = fields.get(name)
        if isinstance(url, str) and is_web(url):
            declared = fields.get("media_type" if kind == "document" else "format")
            return _Place(url, f"{found.path}.{key}.{name}", name, declared)
    return _Place("", found.path, "", None)


def _with_data(message: MessageParam, found: Part, media: Media) -> MessageParam:
    """Return a copy of the message with one part's URL replaced."""
    place = _place(found)
    kind = found.part["type"]
    key = _VALUES.get(kind, kind)
    url = f"data:{media.mime};base64,{media.data}"
    fields = dict(cast("dict[str, Any]", found.part.get(key))) if place.field else {}
    fields.pop(place.field, None)
    if not place.field:
        value: object = url
    elif kind == "document":
        value = {"type": "base64", "media_type": media.mime, "data": media.data}
    elif kind == "input_audio":
        value = {**fields, "data": media.data}
    else:
        value = {**fields, ("file_data" if kind == "file" else place.field): url}
    changed = cast("ContentPart", {**found.part, key: value})
    content = cast("list[ContentPart]", message.get("content"))
    swapped = [changed if part is found.part else part for part in content]
    return cast("MessageParam", {**message, "content": swapped})


async def fetch_media(
    request: Request, url: str, path: str, main_type: str | None, format: str | None
) -> Media:
    """Fetch a URL through the request's own port, without its credentials.

    Raises: as `inline_media`.
    """
    try:
        answer, url = await _follow(request, url, path)
    except APIConnectionError as error:
        raise _placed(error, path) from error.__cause__
    mime = registered_type(_mime_of(answer, url, format))
    if main_type is not None and not mime.startswith(f"{main_type}/"):
        raise part_error(path, f"expected {main_type}/*, {_host(url)} declares {mime or 'no type'}")
    return Media(mime, base64.b64encode(answer.body).decode())


async def _follow(request: Request, url: str, path: str) -> tuple[HTTPResponse, str]:
    """Follow redirects; return the response and the URL that it came from."""
    for _ in range(MAX_REDIRECTS + 1):
        http = await _open(request, url, path)
        try:
            location = http.headers.get("location")
            if http.status not in (301, 302, 303, 307, 308) or not location:
                _check_status(http, url, path)
                return await _read(http, path), url
        finally:
            await http.aclose()
        url = urljoin(url, location)
        if not is_web(url):
            scheme = url.partition(":")[0]
            raise part_error(path, f"redirected to {scheme!r}; expected http or https")
    raise part_error(path, f"redirected more than {MAX_REDIRECTS} times")


async def _open(request: Request, url: str, path: str) -> HTTPStream:
    """Check all addresses of a host, then connect to them in turn."""
    try:
        url = _quoted(url)
        target = parse_url(url)
    except (BadRequestError, ValueError):
        raise part_error(path, "expected an http or https URL without credentials") from None
    outgoing = HTTPRequest(
        url=url,
        method="GET",
        headers={"Accept": "*/*", "User-Agent": USER_AGENT},
        body=b"",
        timeouts=TIMEOUTS,
        deadline=request.answer_by,
        purpose="media",
    )
    allowed: object = request.options.get("allow_private_urls")
    if allowed is not None and not isinstance(allowed, bool):
        raise BadRequestError(
            f"allow_private_urls: expected bool, got {allowed!r}", param="allow_private_urls"
        )
    if allowed:
        return await request.io.open(outgoing)
    *others, last = await _public_addresses(request, target, path)
    for address in others:
        outgoing.address = address
        try:
            return await request.io.open(outgoing)
        except APIConnectionError as error:
            if error.phase != "connect":
                raise
    outgoing.address = last
    return await request.io.open(outgoing)


async def _public_addresses(request: Request, target: Target, path: str) -> list[str]:
    host = target.host.decode()
    seconds = earlier(TIMEOUTS.connect, remaining(request.answer_by))
    try:
        addresses = await resolve(host, target.port or 0, request.io.event(), seconds)
    except TimeoutError as error:
        raise Timeout(f"{host}: not resolved in time", phase="connect") from error
    except OSError as error:
        raise APIConnectionError(
            f"{host}: cannot be resolved ({error})", phase="connect"
        ) from error
    if not addresses or not all(map(is_public, addresses)):
        raise part_error(
            path,
            f"{host} is not a public address; pass allow_private_urls=True "
            "if the authors of the messages may access it",
        )
    return addresses


def _check_status(http: HTTPStream, url: str, path: str) -> None:
    if http.status < 300:
        return
    what = f"{_host(url)} responded with status {http.status}"
    if http.status == 429 or http.status >= 500:
        raise APIConnectionError(what, phase="first_event")
    raise part_error(path, what)


async def _read(http: HTTPStream, path: str) -> HTTPResponse:
    length = http.headers.get("content-length", "")
    read: list[bytes] = []
    size = int(length) if length.isdigit() else 0
    while size <= MAX_BYTES and (data := await http.read()):
        read.append(data)
        size = sum(map(len, read))
    if size > MAX_BYTES:
        raise part_error(path, f"longer than the limit of {MAX_BYTES // 1024 // 1024} MB")
    return HTTPResponse(status=http.status, headers=http.headers, body=b"".join(read))


def _mime_of(answer: HTTPResponse, url: str, format: str | None) -> str:
    """Return the type that the host declares, else the caller's, else that of the suffix."""
    declared = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if declared not in _UNDECLARED:
        return declared
    return format or mimetypes.guess_type(urlsplit(url).path)[0] or declared


def _quoted(url: str) -> str:
    """Return a URL with characters escaped that HTTP does not allow in path and query."""
    parts = urlsplit(url)
    allowed = "%/:?#[]@!$&'()*+,;=~-._"
    # parse_url() refuses fragments; those with "@" may hide the host that is meant.
    fragment = parts.fragment if "@" in parts.fragment else ""
    return urlunsplit(
        parts._replace(
            path=quote(parts.path, allowed), query=quote(parts.query, allowed), fragment=fragment
        )
    )


def _placed(error: APIError, path: str) -> APIError:
    """Add the location of a part to the error of its connection."""
    error.message = f"{path}: {error.message}"
    error.args = (error.message,)
    return error


def _host(url: str) -> str:
    return urlsplit(url).hostname or "the host"
