"""Facts about how models reason, with the names that litellm's table of models has for them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ...adapters.families.claude import claude_model

_SAMPLING = frozenset({"temperature", "top_p"})


def reasoning_facts(model: str, supported: Collection[str]) -> dict[str, Any]:
    """Return `supports_sampling_params` and `supports_adaptive_thinking` of a model.

    As in litellm, only models of Claude have them, and only where the former is False and the
    latter True. OpenHands reads both to decide what it sends.

    Args:
        model: the model's name.
        supported: the OpenAI parameters that the model takes.
    """
    found: dict[str, Any] = {}
    if "claude" not in model.lower():
        return found
    if _SAMPLING.isdisjoint(supported):
        found["supports_sampling_params"] = False
    if claude_model(model).thinking == "adaptive":
        found["supports_adaptive_thinking"] = True
    return found
