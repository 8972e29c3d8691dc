"""Files in the form of OpenAI's APIs: bytes as a `data:` URL, with a name."""

from __future__ import annotations

import mimetypes

from ...pipeline.errors import BadRequestError
from ...pipeline.json_values import JSON, as_object
from .conversation import Part


def as_file(found: Part, provider: str) -> JSON:
    """Return a document of Anthropic's API as a file, or as text if it is text.

    Raises:
        BadRequestError: it asks for citations, which would be lost.
    """
    source = as_object(found.part.get("source")) or {}
    kind, title = source.get("type"), found.part.get("title")
    if (as_object(found.part.get("citations")) or {}).get("enabled"):
        path = f"{found.path}.citations"
        raise BadRequestError(f"{path}: {provider} does not support citations", param=path)
    words = [title, found.part.get("context"), source.get("data")]
    if kind == "text":
        return {"type": "text", "text": "\n\n".join(str(word) for word in words if word)}
    if found.part.get("context") or kind not in ("base64", "file", "url"):
        return dict(found.part)
    file = {
        "file_data": source.get("data") or source.get("url"),
        "file_id": source.get("file_id"),
        "filename": title,
        "format": source.get("media_type"),
    }
    return {"type": "file", "file": {key: value for key, value in file.items() if value}}


def with_data_url(file: JSON) -> JSON:
    """Return a file with its bytes as a `data:` URL and with a name, which OpenAI requires."""
    data, name, declared = file.get("file_data"), file.get("filename"), file.get("format")
    if not isinstance(data, str):
        return file
    mime = declared or mimetypes.guess_type(name or "")[0] or "application/pdf"
    if data[:5].lower() == "data:":
        mime = data[5:].partition(",")[0].partition(";")[0]
    elif "://" not in data:
        data = f"data:{mime};base64,{data}"
    return {"filename": f"file{mimetypes.guess_extension(mime) or ''}", **file, "file_data": data}


def as_document_url(file: JSON) -> JSON:
    """Return a file as Mistral takes it: the id of an uploaded one, else a URL.

    https://docs.mistral.ai/capabilities/document_ai/document_qna
    """
    file_id, name = file.get("file_id"), file.get("filename")
    if isinstance(file_id, str) and "://" not in file_id:
        return {"type": "file", "file_id": file_id}
    url = file_id or with_data_url(file).get("file_data")
    return {"type": "document_url", "document_url": url} | ({"document_name": name} if name else {})
