"""Files and URLs as parts of a message: images, PDF, audio, video and text."""

from __future__ import annotations

import base64
import codecs
import contextlib
import mimetypes
import re
import sys
from pathlib import PurePosixPath
from typing import Any, BinaryIO, NamedTuple
from urllib.parse import urlsplit

from ..adapters.encode.media_types import registered_type
from ..pipeline.secret import plain_url
from .arguments import is_text
from .mistakes import MistakeError
from .settings.paths import user_path

MAX_BYTES = 100 * 1024 * 1024
_PIECE = 1024 * 1024
NOT_UTF8 = "it is not text in UTF-8; convert it, for example: iconv -f windows-1252 -t utf-8 FILE"
_SECONDS = 60.0
# How files of these types begin. https://en.wikipedia.org/wiki/List_of_file_signatures
_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"fLaC", "audio/flac"),
    (b"OggS", "audio/ogg"),
)
_RIFF = {b"WAVE": "audio/wav", b"WEBP": "image/webp"}
# OpenAI's names of formats, where they differ from the second half of the type.
_AUDIO_FORMATS = {"audio/mpeg": "mp3", "audio/x-m4a": "m4a", "audio/mp4": "m4a"}
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_UNDECLARED = ("", "application/octet-stream", "binary/octet-stream")


class Content(NamedTuple):
    """What a file or a URL contains; `type` is "" if nothing declares it."""

    name: str
    data: bytes
    type: str


def read_attachment(given: str) -> dict[str, Any]:
    """Return the part of a message for a file, a URL, or "-" for standard input.

    URLs are downloaded here, so that providers need not reach them.

    Raises:
        MistakeError: it cannot be read, is empty or too large, or is of no known type.
    """
    content = _read(given)
    if not content.data:
        raise MistakeError(f"-a {content.name}: it is empty")
    return _part(content)


def _read(given: str) -> Content:
    if not given:
        raise MistakeError("-a: expected a file, a URL, or - for standard input")
    if given == "-":
        return Content("standard input", read_bounded(sys.stdin.buffer, "-a -"), "")
    if given.lower().startswith(("http://", "https://")):
        return _download(given)
    scheme = _SCHEME.match(given)
    if scheme is not None:
        raise MistakeError(f"-a: expected a file, or a URL with https://, got one with {scheme[0]}")
    path = user_path(given)
    try:
        with path.open("rb") as file:
            data = read_bounded(file, f"-a {given}")
    except OSError as error:
        raise MistakeError(f"-a {given}: {error.strerror or error}") from None
    return Content(path.name, data, mimetypes.guess_type(path.name)[0] or "")


def _download(url: str) -> Content:
    import httpx  # noqa: PLC0415  # most calls have no URL

    data = bytearray()
    shown = plain_url(url)
    try:
        with httpx.stream("GET", url, follow_redirects=True, timeout=_SECONDS) as response:
            if response.is_error:
                raise MistakeError(
                    f"-a {shown}: its host answered with status {response.status_code}"
                )
            for piece in response.iter_bytes():
                data += piece
                if len(data) > MAX_BYTES:
                    raise _too_large(f"-a {shown}")
            declared = response.headers.get("content-type", "").partition(";")[0].strip()
            charset = response.charset_encoding
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        reason = str(error) or type(error).__name__
        raise MistakeError(f"-a {shown}: it cannot be downloaded: {reason}") from None
    name = PurePosixPath(urlsplit(url).path).name or "download"
    if declared in _UNDECLARED:
        declared = mimetypes.guess_type(name)[0] or ""
    if charset is not None and declared.startswith("text/"):
        # A web page says how it is encoded; what does not fit is refused with the others.
        with contextlib.suppress(LookupError, UnicodeDecodeError):
            data[:] = data.decode(charset).encode()
    return Content(name, bytes(data), declared)


def read_bounded(file: BinaryIO, named: str) -> bytes:
    """Return what a file contains; a pipe or a device may have no end.

    Raises:
        MistakeError: it is larger than `MAX_BYTES`; `named` is what the message calls it.
    """
    pieces: list[bytes] = []
    left = MAX_BYTES
    # One read of that many bytes would take the memory at once.
    while piece := file.read(min(left + 1, _PIECE)):
        left -= len(piece)
        if left < 0:
            raise _too_large(named)
        pieces.append(piece)
    return b"".join(pieces)


def _too_large(named: str) -> MistakeError:
    return MistakeError(f"{named}: it is larger than {MAX_BYTES // 1024**2} MB")


def _part(content: Content) -> dict[str, Any]:
    mime = _type_of(content)
    kind = mime.partition("/")[0]
    encoded = base64.b64encode(content.data).decode()
    url = f"data:{mime};base64,{encoded}"
    if kind == "image" and mime != "image/svg+xml":
        return {"type": "image_url", "image_url": {"url": url}}
    if kind == "audio":
        name = _AUDIO_FORMATS.get(mime) or mime.partition("/")[2].removeprefix("x-")
        return {"type": "input_audio", "input_audio": {"data": encoded, "format": name}}
    if kind == "video":
        return {"type": "video_url", "video_url": {"url": url}}
    if mime != "application/pdf" and (text := decode_text(content.data)) is not None:
        _refuse_name(content.name)
        return {"type": "text", "text": f"{content.name}:\n\n{text}"}
    if kind == "text":
        raise MistakeError(f"-a {content.name}: {NOT_UTF8}")
    if mime in _UNDECLARED:
        raise MistakeError(
            f"-a {content.name}: neither text nor a known type of file; "
            "give it its usual ending, such as .png, .pdf or .wav"
        )
    _refuse_name(content.name)
    return {"type": "file", "file": {"filename": content.name, "file_data": url}}


def _refuse_name(name: str) -> None:
    """Raise an error for the name of a file that is not text; the model would be told another."""
    if not is_text(name):
        raise MistakeError(f"-a {name}: the name is not text in UTF-8; rename the file")


def _type_of(content: Content) -> str:
    """Return a content's media type: what it begins with counts more than what is declared."""
    data = content.data
    for signature, mime in _SIGNATURES:
        if data.startswith(signature):
            return mime
    if data[:4] == b"RIFF" and data[8:12] in _RIFF:
        return _RIFF[data[8:12]]
    # Programs in TypeScript have the ending of a video format.
    if content.type == "video/mp2t" and decode_text(data) is not None:
        return "text/plain"
    return registered_type(content.type)


def decode_text(data: bytes) -> str | None:
    """Return text, None if the data is not text in UTF-8, or in UTF-16 with a byte order mark."""
    # Windows PowerShell writes UTF-16.
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        return None
    return None if "\0" in text or (wide and not text) else text
