"""Model names that litellm resolves by its list of models, and trunkline by their prefix."""

from __future__ import annotations

from functools import lru_cache

from ..adapters.table.table import spell_model
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
    # The vendor of the model comes before the clouds that host it.
    named = spell_model(model)
    return f"write `{named if named in found else min(found, key=len)}`"
