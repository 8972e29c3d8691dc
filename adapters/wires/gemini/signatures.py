"""Thought signatures, which Gemini wants back with the text, call or image that it signed.

https://ai.google.dev/gemini-api/docs/thought-signatures and, for `extra_content`,
https://ai.google.dev/gemini-api/docs/thought-signatures#openai
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ....pipeline.json_values import JSON, as_object
from ....pipeline.schema.parts import Delta, DeltaToolCall


def signature_fields(signature: str) -> JSON:
    """Return a signature under both names that clients look for."""
    return {
        "extra_content": {"google": {"thought_signature": signature}},
        "provider_specific_fields": {"thought_signature": signature},
    }


def sign(holder: Delta | DeltaToolCall, signature: str) -> None:
    """Add a signature to a delta or a tool call."""
    fields = signature_fields(signature)
    holder.extra_content = fields["extra_content"]
    known = holder.provider_specific_fields or {}
    holder.provider_specific_fields = {**known, **fields["provider_specific_fields"]}


def signature_of(holder: Mapping[str, Any]) -> str | None:
    """Return the signature of a message, call or image, under either of its names."""
    google = as_object((as_object(holder.get("extra_content")) or {}).get("google")) or {}
    ours = as_object(holder.get("provider_specific_fields")) or {}
    found: object = google.get("thought_signature") or ours.get("thought_signature")
    return found if isinstance(found, str) else None
