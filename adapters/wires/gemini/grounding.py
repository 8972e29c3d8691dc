"""Grounding: which text of a candidate comes from which page.

https://ai.google.dev/api/generate-content#GroundingMetadata
"""

from __future__ import annotations

from ....pipeline.json_values import JSON
from .schema import GroundingChunk, GroundingMetadata, GroundingSupport


def read_annotations(metadata: GroundingMetadata, said: str) -> list[JSON]:
    """Return OpenAI's `url_citation` annotations; `said` is the candidate's text so far.

    Google counts bytes from the start of the text, OpenAI characters.
    """
    pages = [_page(chunk) for chunk in metadata.grounding_chunks or ()]
    text = said.encode()
    return [
        {"type": "url_citation", "url_citation": {**_span(support, text), **page}}
        for support in metadata.grounding_supports or ()
        for number in support.grounding_chunk_indices or ()
        if 0 <= number < len(pages) and (page := pages[number]) is not None
    ]


def _span(support: GroundingSupport, text: bytes) -> JSON:
    segment = support.segment
    start = segment.start_index if segment is not None else None
    end = segment.end_index if segment is not None else None
    return {"start_index": _characters(text, start), "end_index": _characters(text, end)}


def _characters(text: bytes, end: int | None) -> int:
    return len(text[: max(0, end or 0)].decode(errors="ignore"))


def _page(chunk: GroundingChunk) -> JSON | None:
    """Return a source's URL and title, None if it has no URL."""
    for source in (chunk.web, chunk.maps, chunk.retrieved_context, chunk.image):
        url = source and (source.uri or source.source_uri)
        if source is not None and url:
            return {"url": url, "title": source.title or source.domain or ""}
    return None
