"""Media types by their registered names: many programs write `image/jpg`, which no provider takes.

https://www.iana.org/assignments/media-types/media-types.xhtml
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from ...pipeline.call.messages import ContentPart, MessageParam
from ...pipeline.call.request import Request, replace
from ...pipeline.json_values import JSON, as_object

_NAMES: Mapping[str, str] = {
    "application/acrobat": "application/pdf",
    "application/x-pdf": "application/pdf",
    "audio/vnd.wave": "audio/wav",
    "audio/wave": "audio/wav",
    "audio/x-aiff": "audio/aiff",
    "audio/x-flac": "audio/flac",
    "audio/x-mp3": "audio/mpeg",
    "audio/x-wav": "audio/wav",
    "image/jfif": "image/jpeg",
    "image/jpe": "image/jpeg",
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "image/svg": "image/svg+xml",
    "image/tif": "image/tiff",
    "image/x-bmp": "image/bmp",
    "image/x-gif": "image/gif",
    "image/x-jpeg": "image/jpeg",
    "image/x-jpg": "image/jpeg",
    "image/x-ms-bmp": "image/bmp",
    "image/x-png": "image/png",
    "image/x-tiff": "image/tiff",
    "image/x-webp": "image/webp",
    "text/x-markdown": "text/markdown",
    "video/mov": "video/quicktime",
    "video/mpg": "video/mpeg",
    "video/x-mp4": "video/mp4",
    "video/x-mpeg": "video/mpeg",
    "video/x-quicktime": "video/quicktime",
}
# The fields of a part's value that hold a URL, and those that hold a media type.
_URLS = ("url", "file_data", "file_url", "data")
_TYPES = ("format", "media_type", "mime_type")


def registered_type(mime: str) -> str:
    """Return the registered name of a media type, in lower case."""
    name = mime.strip().lower()
    return _NAMES.get(name, name)


def with_registered_types(request: Request) -> Request:
    """Return the request with registered media types, and `data:` URLs in their usual form."""
    messages = tuple(map(_mended, request.messages))
    changed = any(new is not old for new, old in zip(messages, request.messages, strict=True))
    return replace(request, messages=messages) if changed else request


def _mended(message: MessageParam) -> MessageParam:
    content = message.get("content")
    if not isinstance(content, list):
        return message
    fitted = [_mended_part(part) for part in content]
    if all(new is old for new, old in zip(fitted, content, strict=True)):
        return message
    return cast("MessageParam", {**message, "content": fitted})


def _mended_part(part: ContentPart) -> ContentPart:
    kind = part["type"]
    key = "source" if kind == "document" else kind
    value: object = part.get(key) if kind != "text" else None
    if isinstance(value, str):
        changed: object = _mended_url(value)
    else:
        fields = as_object(value)
        changed = value if fields is None else _mended_fields(fields)
    return part if changed is value else cast("ContentPart", {**part, key: changed})


def _mended_fields(fields: JSON) -> JSON:
    changed: dict[str, Any] = {}
    for names, mend in ((_URLS, _mended_url), (_TYPES, _mended_type)):
        for name in names:
            value: object = fields.get(name)
            if isinstance(value, str) and (mended := mend(value)) is not value:
                changed[name] = mended
    return {**fields, **changed} if changed else fields


def _mended_type(mime: str) -> str:
    name = registered_type(mime) if "/" in mime else mime
    return mime if name == mime else name


def _mended_url(url: str) -> str:
    if url[:5].lower() != "data:":
        return url
    head, comma, _ = url.partition(",")
    mime, *attributes = head[5:].split(";")
    fitted = [one.strip() for one in attributes]
    fitted = ["base64" if one.lower() == "base64" else one for one in fitted]
    mended = ";".join((f"data:{registered_type(mime)}", *fitted))
    return url if mended == head or not comma else mended + url[len(head) :]
