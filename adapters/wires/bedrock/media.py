"""Encode images, documents, videos and audio as blocks of Converse, from bytes or S3.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ContentBlock.html
"""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Mapping

from ....pipeline.errors import BadRequestError
from ....pipeline.json_values import JSON, as_array, as_object
from ...encode.conversation import Part, unsupported_part, url_of
from ...encode.data_urls import Media, parse_data_url

NAME = "bedrock"

_OFFICE = "application/vnd.openxmlformats-officedocument"
# Kind of block and name of the format in Converse, by MIME type.
_FORMATS: Mapping[str, tuple[str, str]] = {
    "image/png": ("image", "png"),
    "image/jpeg": ("image", "jpeg"),
    "image/jpg": ("image", "jpeg"),
    "image/gif": ("image", "gif"),
    "image/webp": ("image", "webp"),
    "application/pdf": ("document", "pdf"),
    "text/csv": ("document", "csv"),
    "application/msword": ("document", "doc"),
    f"{_OFFICE}.wordprocessingml.document": ("document", "docx"),
    "application/vnd.ms-excel": ("document", "xls"),
    f"{_OFFICE}.spreadsheetml.sheet": ("document", "xlsx"),
    "text/html": ("document", "html"),
    "text/plain": ("document", "txt"),
    "text/markdown": ("document", "md"),
    "video/x-matroska": ("video", "mkv"),
    "video/quicktime": ("video", "mov"),
    "video/mp4": ("video", "mp4"),
    "video/webm": ("video", "webm"),
    "video/x-flv": ("video", "flv"),
    "video/mpeg": ("video", "mpeg"),
    "video/x-ms-wmv": ("video", "wmv"),
    "video/3gpp": ("video", "three_gp"),
    "audio/mpeg": ("audio", "mp3"),
    "audio/mp3": ("audio", "mp3"),
    "audio/opus": ("audio", "opus"),
    "audio/wav": ("audio", "wav"),
    "audio/x-wav": ("audio", "wav"),
    "audio/aac": ("audio", "aac"),
    "audio/flac": ("audio", "flac"),
    "audio/ogg": ("audio", "ogg"),
    "audio/mp4": ("audio", "mp4"),
    "audio/x-m4a": ("audio", "m4a"),
    "audio/webm": ("audio", "webm"),
}
# Suffixes that the standard library does not know on all systems.
_SUFFIXES: Mapping[str, str] = {
    "docx": f"{_OFFICE}.wordprocessingml.document",
    "flv": "video/x-flv",
    "jpg": "image/jpeg",
    "md": "text/markdown",
    "mkv": "video/x-matroska",
    "webp": "image/webp",
    "wmv": "video/x-ms-wmv",
    "xlsx": f"{_OFFICE}.spreadsheetml.sheet",
}
_S3 = "s3://"
# Characters that a document's name must not contain; white space must not be repeated.
_UNNAMEABLE = re.compile(r"[^a-zA-Z0-9\-()\[\]]+")
_LONGEST_NAME = 200


class DocumentNames:
    """Chooses unique, valid names for the documents of a request."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def choose(self, wanted: str | None) -> str:
        """Return a valid name close to `wanted`, "document" where there is none."""
        name = _UNNAMEABLE.sub(" ", wanted or "").strip()[: _LONGEST_NAME - 5] or "document"
        chosen, number = name, 1
        while chosen in self._taken:
            number += 1
            chosen = f"{name} {number}"
        self._taken.add(chosen)
        return chosen


def image_block(found: Part, names: DocumentNames) -> JSON:
    """Return the block of an `image_url` or `video_url` part; a PDF in it is a document."""
    key = found.part["type"]
    path = f"{found.path}.{key}"
    value = as_object(found.part.get(key)) or {}
    for fields, place in ((found.part, found.path), (value, path)):
        if fields.get("transformations"):
            where = f"{place}.transformations"
            raise BadRequestError(f"{where}: Converse has no such field", NAME, param=where)
    return _block(url_of(found, key), value.get("format"), path, names, None)


def audio_block(found: Part, names: DocumentNames) -> JSON:
    """Return the block of an `input_audio` part."""
    audio = found.part.get("input_audio") or {"data": "", "format": ""}
    path = f"{found.path}.input_audio"
    url = _as_url(audio["data"], f"audio/{audio['format']}")
    return _block(url, None, path, names, None)


def file_block(found: Part, names: DocumentNames) -> JSON:
    """Return the block of a `file` part: its bytes, or its address in S3."""
    file = found.part.get("file") or {}
    path = f"{found.path}.file"
    data, known, name = file.get("file_data"), file.get("file_id"), file.get("filename")
    declared = file.get("format") or _type_of_name(name or "")
    if data:
        url = _as_url(data, declared or "application/pdf")
        return _block(url, declared, f"{path}.file_data", names, name)
    if known and known.startswith(_S3):
        return _block(known, declared, f"{path}.file_id", names, name)
    raise BadRequestError(
        f"{path}: Converse stores no files: pass file_data, or an s3:// address as file_id",
        NAME,
        param=path,
    )


def document_block(found: Part, names: DocumentNames) -> JSON:
    """Return the block of a `document` part, which has the form of Anthropic's API."""
    part = found.part
    source = as_object(part.get("source")) or {}
    kind: object = source.get("type")
    data: object = source.get("data")
    path = f"{found.path}.source"
    title = part.get("title")
    if kind == "base64" and isinstance(data, str):
        url = f"data:{source.get('media_type') or 'application/pdf'};base64,{data}"
        block = _block(url, None, path, names, title)
    elif kind == "url":
        url = str(source.get("url"))
        block = _block(url, None, f"{path}.url", names, title)
    elif kind == "text" and isinstance(data, str):
        block = _document("txt", {"text": data}, names, title)
    elif kind == "content":
        texts = [as_object(piece) or {} for piece in as_array(source.get("content")) or ()]
        content = [{"text": str(piece.get("text", ""))} for piece in texts]
        block = _document("txt", {"content": content}, names, title)
    else:
        raise unsupported_part(found, NAME)
    about = block.get("document")
    if about is not None:
        citations = as_object(part.get("citations"))
        context = part.get("context")
        about |= {"context": context} if context else {}
        about |= {"citations": {"enabled": bool(citations.get("enabled"))}} if citations else {}
    return block


def _as_url(data: str, mime: str) -> str:
    """Return data as a URL; it may already be one, or be base64."""
    return data if ":" in data[:10] else f"data:{mime};base64,{data}"


def _block(url: str, declared: object, path: str, names: DocumentNames, name: str | None) -> JSON:
    """Return the block for a `data:` URL or an address in S3."""
    if url.startswith(_S3):
        mime, source = _type_of_name(url), JSON(s3Location={"uri": url})
    else:
        media: Media = parse_data_url(url, path)
        mime, source = media.mime, JSON(bytes=media.data)
    if isinstance(declared, str) and declared:
        mime = declared if "/" in declared else _type_of_name(f"x.{declared}")
    known = _FORMATS.get(mime.lower())
    if known is None:
        raise BadRequestError(
            f"{path}: Converse does not support {mime or 'a file of unknown type'}; expected one "
            f"of {', '.join(_FORMATS)}",
            NAME,
            param=path,
        )
    kind, name_of_type = known
    if kind == "document":
        return _document(name_of_type, source, names, name)
    return {kind: {"format": name_of_type, "source": source}}


def _document(format: str, source: JSON, names: DocumentNames, name: str | None) -> JSON:
    stem = (name or "").rpartition("/")[2].partition(".")[0]
    return {"document": {"format": format, "name": names.choose(stem), "source": source}}


def _type_of_name(name: str) -> str:
    _, dot, suffix = name.lower().rpartition(".")
    if not dot:
        return ""
    return _SUFFIXES.get(suffix) or mimetypes.guess_type(f"x.{suffix}")[0] or ""
