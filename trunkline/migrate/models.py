"""Model names that litellm resolves by its list of models, and trunkline by their prefix."""

from __future__ import annotations

from functools import lru_cache

from ..models.facts import model_cost
from ..pipeline.model_names import DEFAULT_PROVIDER


@lru_cache(maxsize=1000)
def explain_model(model: str) -> str | None:
    """Return how to write a model's name with its prefix; None if it needs no change."""
    if "/" in model or f"{DEFAULT_PROVIDER}/{model}" in model_cost:
        return None
    found = [name for name in model_cost if name.partition("/")[2] == model]
    if not found:
        return None
    # The vendor's own name comes before those of clouds, which are longer.
    return f"write `{min(found, key=len)}`"
