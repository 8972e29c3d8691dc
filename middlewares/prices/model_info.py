"""Find keys of `model_info` whose names are slips of those that trunkline reads."""

from __future__ import annotations

from collections.abc import Mapping

from ...pipeline.near_names import find_near
from .own import PRICE_NAMES

_READ = PRICE_NAMES | {"base_model"}
# litellm has longer names, such as `input_cost_per_token_flex`, which are similar to this degree.
_SIMILAR = 0.93


def explain_slips(info: Mapping[str, object]) -> str | None:
    """Return what is wrong with the first key that is a slip, None if there is none.

    Other keys may have any name: programs keep their own facts about a model there.
    """
    for name in info:
        if isinstance(name, str) and name not in _READ:  # pyright: ignore[reportUnnecessaryIsInstance]  # users may not use a type checker
            meant = find_near(name, _READ, _SIMILAR)
            if meant is not None:
                return f"{name}: did you mean {meant}?"
    return None
