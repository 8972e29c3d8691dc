"""Content parts of messages, as the Messages API's blocks.

https://platform.claude.com/docs/en/api/messages/create
"""

from __future__ import annotations

import base64
import mimetypes
from collections.abc import Callable
from typing import cast

from ....pipeline.errors import BadRequestError
from ....pipeline.json_values import JSON, as_object
from ...encode.conversation import REASONING_PARTS, Part, unsupported_part, url_of
from ...encode.data_urls import Media, parse_data_url
from ...encode.media import is_web
from ...provider.row import Provider

_IMAGE_TYPES = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
#: Blocks with which a system message changes the tools that the model may call.
TOOL_CHANGES = ("tool_addition", "tool_removal")
_NATIVE_PARTS = frozenset(
    {
        *REASONING_PARTS,
        "browser_state",
        "compaction",
        "container_upload",
        "fallback",
        "image",
        "mcp_tool_listing",
        "mcp_tool_use",
        "search_result",
        "server_tool_use",
        "tool_reference",
        "tool_result",
        "tool_use",
        *TOOL_CHANGES,
    }
)


def encode_instructions(found: list[Part], provider: Provider) -> list[JSON]:
    """Return the parts of a system message as blocks, without text of white space only.

    Raises:
        BadRequestError: a part is neither text nor a change of the tools.
    """
    blocks: list[JSON] = []
    for part in found:
        kind = part.part["type"]
        if kind in TOOL_CHANGES:
            blocks.append(_present(cast("JSON", part.part)))
        elif kind not in ("text", "refusal"):
            raise unsupported_part(part, provider.title)
        elif _text_of(part).strip():
            blocks.append(_text(part, provider))
    return blocks


def encode_parts(found: list[Part], provider: Provider) -> list[JSON]:
    """Return content parts as blocks, without text of white space only.

    Raises:
        BadRequestError: the API has no block for a part; the text has its location.
    """
    blocks: list[JSON] = []
    for part in found:
        kind = part.part["type"]
        encode = _ENCODERS.get(kind)
        if encode is not None:
            block = encode(part, provider)
        elif kind in _NATIVE_PARTS or kind.endswith("_tool_result"):
            block = _present(cast("JSON", part.part))
        else:
            raise unsupported_part(part, provider.title)
        if block["type"] != "text" or block["text"].strip():
            blocks.append(block)
    return blocks


def _present(part: JSON) -> JSON:
    return {key: value for key, value in part.items() if value is not None}


def _marked(block: JSON, part: Part) -> JSON:
    """Return a block with the fields that any part may have."""
    for name in ("cache_control", "citations"):
        value = part.part.get(name)
        if value is not None:
            block[name] = value
    return block


def _text_of(found: Part) -> str:
    return str(found.part.get("text") or found.part.get("refusal") or "")


def _text(found: Part, _provider: Provider) -> JSON:
    return _marked({"type": "text", "text": _text_of(found)}, found)


def _image(found: Part, provider: Provider) -> JSON:
    url = url_of(found, "image_url")
    if is_web(url):
        block: JSON = {"type": "image", "source": {"type": "url", "url": url}}
    else:
        path = f"{found.path}.image_url"
        block = _media_block(parse_data_url(url, path), path, provider)
    return _marked(_transformed(block, found, "image_url"), found)


def _transformed(block: JSON, found: Part, key: str) -> JSON:
    """Return an image with the API's own settings for it, given in the part or in its object."""
    part = cast("JSON", found.part)
    inner = as_object(part.get(key)) or {}
    settings = part.get("transformations") or inner.get("transformations")
    if block["type"] == "image" and settings:
        block["transformations"] = settings
    return block


def _file(found: Part, provider: Provider) -> JSON:
    """Return a file as a document or an image, given by its URL, its bytes or its ID."""
    fields = found.part.get("file") or {}
    path = f"{found.path}.file"
    declared = fields.get("format") or mimetypes.guess_type(fields.get("filename") or "")[0]
    data, known = fields.get("file_data"), fields.get("file_id")
    if data and not is_web(data):
        whole = data[:5].lower() == "data:"
        media = (
            parse_data_url(data, f"{path}.file_data")
            if whole
            else Media(declared or "application/pdf", data)
        )
        block = _media_block(media, path, provider)
    elif data or known:
        address = data or known or ""
        source = (
            {"type": "url", "url": address}
            if is_web(address)
            else {"type": "file", "file_id": address}
        )
        is_image = (declared or "").startswith("image/")
        block = {"type": "image" if is_image else "document", "source": source}
    else:
        raise BadRequestError(f"{path}: needs file_data or file_id", provider.name, param=path)
    name = fields.get("filename")
    if block["type"] == "document" and name:
        block["title"] = name
    return _marked(_transformed(block, found, "file"), found)


def _document(found: Part, provider: Provider) -> JSON:
    """Return a document unchanged, except for text in base64: only PDFs may be in base64."""
    source = as_object(found.part.get("source")) or {}
    mime, data = source.get("media_type"), source.get("data")
    if source.get("type") != "base64" or mime in (None, "application/pdf"):
        return _present(cast("JSON", found.part))
    block = _media_block(Media(str(mime), str(data)), f"{found.path}.source", provider)
    about = _present(cast("JSON", found.part))
    if block["type"] == "image":
        # Images have neither title nor citations.
        about = {name: about[name] for name in ("cache_control",) if name in about}
    return {**about, **block}


def _media_block(media: Media, path: str, provider: Provider) -> JSON:
    mime = "image/jpeg" if media.mime == "image/jpg" else media.mime
    if mime in _IMAGE_TYPES:
        source = {"type": "base64", "media_type": mime, "data": media.data}
        return {"type": "image", "source": source}
    if mime == "application/pdf":
        source = {"type": "base64", "media_type": mime, "data": media.data}
        return {"type": "document", "source": source}
    try:
        if not mime.startswith("text/"):
            raise ValueError(mime)
        text = base64.b64decode(media.data).decode()
    except ValueError:
        raise BadRequestError(
            f"{path}: expected {', '.join(sorted(_IMAGE_TYPES))}, application/pdf or text in UTF-8 "
            f"for {provider.title}, got {mime}",
            provider.name,
            param=path,
        ) from None
    source = {"type": "text", "media_type": "text/plain", "data": text}
    return {"type": "document", "source": source}


_ENCODERS: dict[str, Callable[[Part, Provider], JSON]] = {
    "text": _text,
    "refusal": _text,
    "image_url": _image,
    "file": _file,
    "document": _document,
}
