"""What providers themselves say that an answer cost."""

from __future__ import annotations

from collections.abc import Mapping

from ..json_values import as_object
from .hybrid import Hybrid

# https://docs.litellm.ai/docs/proxy/response_headers
_PROXY_COST = "x-litellm-response-cost"
# https://docs.x.ai/developers/cost-tracking
_TICKS = 1e10


def charged_cost(usage: Hybrid | None, headers: Mapping[str, str]) -> float | None:
    """Return the US dollars that a provider says an answer cost, None where it says nothing.

    OpenRouter has `usage.cost`, Perplexity `usage.cost.total_cost`, xAI
    `usage.cost_in_usd_ticks`, a LiteLLM proxy a header.
    """
    if _PROXY_COST in headers:
        try:
            return float(headers[_PROXY_COST])
        except ValueError:
            return None
    if usage is None:
        return None
    ticks = usage.get("cost_in_usd_ticks")
    if isinstance(ticks, int):
        return ticks / _TICKS
    told: object = usage.get("cost")
    fields = as_object(told)
    if fields is not None:
        told = fields.get("total_cost")
    return float(told) if isinstance(told, int | float) else None
