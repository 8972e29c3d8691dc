"""Gemini's token counts, as OpenAI's `usage`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ....pipeline.json_values import JSON
from ....pipeline.schema.parts import CompletionTokensDetails, PromptTokensDetails, Usage
from ...decode.typed import convert_as
from .schema import Enum, ModalityTokenCount, UsageMetadata

_SERVICE_TIERS: Mapping[str, str] = MappingProxyType({"standard": "default"})
# https://ai.google.dev/api/generate-content#Modality
_MODALITIES: Mapping[Enum, str] = MappingProxyType(
    {1: "TEXT", 2: "IMAGE", 3: "VIDEO", 4: "AUDIO", 5: "DOCUMENT"}
)


def read_usage(native: JSON, body: bytes = b"") -> Usage:
    """Return a `usageMetadata` object's counts with OpenAI's meaning, and the object itself.

    The prompt includes what Google's tools added to it, the completion includes the thoughts.
    https://ai.google.dev/api/generate-content#UsageMetadata

    Args:
        native: the object, joined from all events of a stream.
        body: the JSON text that it came with, for the error.

    Raises:
        APIResponseValidationError: a count has another type.
    """
    counts = convert_as(native, UsageMetadata, body, "usageMetadata")
    prompt = (counts.prompt_token_count or 0) + (counts.tool_use_prompt_token_count or 0)
    thoughts = counts.thoughts_token_count or 0
    completion = (counts.candidates_token_count or 0) + thoughts
    sent = _by_modality(counts.prompt_tokens_details)
    generated = _by_modality(counts.candidates_tokens_details)
    return Usage(
        prompt_tokens=prompt,
        completion_tokens=completion,
        total_tokens=counts.total_token_count or prompt + completion,
        prompt_tokens_details=PromptTokensDetails(
            cached_tokens=counts.cached_content_token_count or 0,
            audio_tokens=sent.get("AUDIO"),
            text_tokens=sent.get("TEXT"),
            image_tokens=sent.get("IMAGE"),
            video_tokens=sent.get("VIDEO"),
        ),
        completion_tokens_details=CompletionTokensDetails(
            reasoning_tokens=thoughts,
            audio_tokens=generated.get("AUDIO"),
            text_tokens=generated.get("TEXT"),
            image_tokens=generated.get("IMAGE"),
            video_tokens=generated.get("VIDEO"),
        ),
        native=native,
    )


def read_service_tier(native: JSON) -> str | None:
    """Return the service tier in a `usageMetadata` object, under OpenAI's name."""
    tier: object = native.get("serviceTier")
    return _SERVICE_TIERS.get(tier, tier) if isinstance(tier, str) else None


def _by_modality(details: list[ModalityTokenCount] | None) -> dict[str, int]:
    return {
        _MODALITIES.get(detail.modality) or str(detail.modality): detail.token_count or 0
        for detail in details or ()
        if detail.modality is not None
    }
