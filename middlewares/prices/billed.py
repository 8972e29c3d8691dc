"""The tokens of a call that are billed, where the provider's totals leave some out."""

from __future__ import annotations

from ...pipeline.json_values import JSON, as_array, as_object
from ...pipeline.schema.parts import PromptTokensDetails, Usage


def compactions(usage: Usage) -> list[JSON]:
    """Return the token counts of compactions, which Anthropic bills besides its totals."""
    iterations = as_array((usage.native or {}).get("iterations")) or ()
    found = [as_object(one) or {} for one in iterations]
    return [one for one in found if one.get("type") == "compaction"]


def billed_usage(usage: Usage) -> Usage:
    """Return the tokens that are billed; the provider's own usage object stays as it is."""
    extra = compactions(usage)
    if not extra:
        return usage
    details = usage.prompt_tokens_details or PromptTokensDetails()
    read = _total(extra, "cache_read_input_tokens")
    written = _total(extra, "cache_creation_input_tokens")
    prompt = usage.prompt_tokens + _total(extra, "input_tokens") + read + written
    completion = usage.completion_tokens + _total(extra, "output_tokens")
    return usage.model_copy(
        update={
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
            "prompt_tokens_details": details.model_copy(
                update={
                    "cached_tokens": (details.cached_tokens or 0) + read,
                    "cache_creation_tokens": (details.cache_creation_tokens or 0) + written,
                }
            ),
        }
    )


def _total(counts: list[JSON], name: str) -> int:
    values = (one.get(name) for one in counts)
    return sum(value for value in values if isinstance(value, int))
