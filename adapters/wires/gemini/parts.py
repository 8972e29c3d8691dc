"""Text, images, audio, videos and files of messages, as Gemini's parts.

https://ai.google.dev/api/caching#Part, https://ai.google.dev/gemini-api/docs/file-input-methods
and https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference#part
"""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from ....pipeline.json_values import JSON, as_object
from ...encode.conversation import Part, part_error, text_part, unsupported_part
from ...encode.data_urls import parse_data_url
from ...encode.media import is_web
from ...families.gemini import Family
from ...provider.row import Provider
from .field_names import camel

_FILES_API = re.compile(r"https://generativelanguage\.googleapis\.com/v[^/]+/files/")
_YOUTUBE = re.compile(
    r"https?://((www\.|m\.|music\.)?youtube\.com/(watch|shorts|live|embed|v/)|youtu\.be/)",
    re.IGNORECASE,
)
_FILES_ROOT = "https://generativelanguage.googleapis.com/v1beta/"

# OpenAI's `detail`, and Google's further levels.
_RESOLUTIONS: Mapping[str, str] = MappingProxyType(
    {name: f"MEDIA_RESOLUTION_{name.upper()}" for name in ("low", "medium", "high", "ultra_high")}
)
# Fields of a part besides its content. https://ai.google.dev/api/caching#Part
_OWN_FIELDS = frozenset(
    {
        "audioMetadata",
        "documentMetadata",
        "mediaProcessing",
        "mediaResolution",
        "partMetadata",
        "speechMetadata",
        "spreadsheetMetadata",
        "videoMetadata",
    }
)
# Audio formats whose MIME type is not "audio/" and the format.
_AUDIO_TYPES: Mapping[str, str] = MappingProxyType({"pcm16": "audio/pcm", "m4a": "audio/mp4"})


def is_held_by_google(url: str, _format: str | None = None) -> bool:
    """Return whether a URL is of the Files API or YouTube, which Gemini reads itself."""
    return bool(_FILES_API.match(url) or _YOUTUBE.match(url))


def mime_of(url: str, declared: object) -> str | None:
    """Return the MIME type of the file at a URL: the declared one, else that of its suffix."""
    if isinstance(declared, str):
        return declared
    if _YOUTUBE.match(url):
        return "video/*"
    return mimetypes.guess_type(urlsplit(url).path)[0]


class PartEncoder:
    """Turns content parts into Gemini's, for a provider and a model family."""

    def __init__(self, provider: Provider, family: Family) -> None:
        self._provider = provider
        self._family = family
        self._encoders: Mapping[str, Callable[[Part], list[JSON]]] = {
            "text": self._text,
            "refusal": self._text,
            "image_url": self._linked,
            "video_url": self._linked,
            "input_audio": self._audio,
            "file": self._file,
            "document": self._document,
        }

    def encode(self, found: Part) -> list[JSON]:
        """Return the parts that a content part becomes.

        Raises:
            BadRequestError: Gemini has no such part, or the part does not match its type.
        """
        encode = self._encoders.get(found.part["type"])
        if encode is None:
            raise unsupported_part(found, self._provider.name)
        return encode(found)

    def _text(self, found: Part) -> list[JSON]:
        return [{"text": text_part(found, self._provider.name), **_metadata(found.part)}]

    def _linked(self, found: Part) -> list[JSON]:
        key = found.part["type"]
        value: object = found.part.get(key)
        fields = as_object(value) or {"url": value}
        path = f"{found.path}.{key}" + (".url" if isinstance(value, dict) else "")
        return [{**self._media(str(fields["url"]), fields, path), **self._settings(found, fields)}]

    def _audio(self, found: Part) -> list[JSON]:
        fields: JSON = dict(found.part.get("input_audio") or {})
        path = f"{found.path}.input_audio.data"
        data, kind = fields["data"], fields["format"]
        mime = _AUDIO_TYPES.get(kind, f"audio/{kind}")
        about = _metadata({**found.part, **fields})
        if not _is_url(data):
            return [{**_inline(mime, data), **about}]
        own = data.startswith("data:")
        return [{**self._media(data, {} if own else {"format": mime}, path), **about}]

    def _file(self, found: Part) -> list[JSON]:
        fields: JSON = dict(found.part.get("file") or {})
        path = f"{found.path}.file"
        data, identity, name = (
            fields.get("file_data"),
            fields.get("file_id"),
            fields.get("filename") or "",
        )
        declared = fields.get("format") or mimetypes.guess_type(name)[0]
        if isinstance(data, str) and not _is_url(data):
            if declared is None:
                raise part_error(
                    path, "the MIME type is missing: pass a data: URL, a filename or a format"
                )
            return [{**_inline(declared, data), **self._settings(found, fields)}]
        url = data or identity
        if not isinstance(url, str):
            raise part_error(path, "expected file_data or file_id")
        if re.fullmatch(r"files/[^/]+", url):
            url = _FILES_ROOT + url
        path += ".file_data" if data else ".file_id"
        media = self._media(url, {"format": declared}, path)
        return [{**media, **self._settings(found, fields)}]

    def _document(self, found: Part) -> list[JSON]:
        part: JSON = dict(found.part)
        source: JSON = part.get("source") or {}
        path = f"{found.path}.source"
        if (as_object(part.get("citations")) or {}).get("enabled"):
            raise part_error(
                f"{found.path}.citations", f"{self._provider.name} does not support citations"
            )
        words = [str(part[key]) for key in ("title", "context") if part.get(key)]
        about: list[JSON] = [{"text": "\n".join(words)}] if words else []
        kind = source.get("type")
        if kind == "text":
            return [*about, {"text": str(source.get("data", ""))}]
        if kind == "base64" and source.get("media_type"):
            return [*about, _inline(source["media_type"], source.get("data", ""))]
        url = source.get("url") or source.get("file_id")
        if kind in ("url", "file") and isinstance(url, str):
            return [*about, self._media(url, {"format": source.get("media_type")}, path)]
        raise part_error(path, "expected a source of type base64, text, url or file")

    def _media(self, url: str, fields: Mapping[str, Any], path: str) -> JSON:
        """Return the bytes of a `data:` URL, or a URL for Google to read."""
        if url.startswith("data:"):
            media = parse_data_url(url, path)
            return _inline(fields.get("format") or media.mime, media.data)
        if not _is_url(url):
            raise part_error(path, f"expected a data:, https: or gs: URL, got {url[:40]!r}")
        mime = mime_of(url, fields.get("format"))
        if mime is None and not is_held_by_google(url):
            raise part_error(path, "the URL does not show the MIME type: pass it as `format`")
        return {"fileData": {"fileUri": url, **({"mimeType": mime} if mime else {})}}

    def _settings(self, found: Part, fields: Mapping[str, Any]) -> JSON:
        """Return the settings of media, such as the resolution, and the range of a video.

        They are in the object with the URL or next to it.
        """
        given: JSON = {**found.part, **fields}
        settings = _metadata(given)
        level = _RESOLUTIONS.get(str(given.get("detail")))
        if level and self._family.part_resolution:
            settings["mediaResolution"] = {"level": level}
        return settings


def _metadata(given: Mapping[str, Any]) -> JSON:
    """Return Google's own fields of a part, which may be in snake case."""
    named = ((camel(name), value) for name, value in given.items() if value)
    return {name: value for name, value in named if name in _OWN_FIELDS}


def _is_url(text: str) -> bool:
    return is_web(text, ("http", "https", "gs", "data")) or bool(re.match(r"files/[^/]+$", text))


def _inline(mime: str, data: str) -> JSON:
    return {"inlineData": {"mimeType": mime, "data": data}}
