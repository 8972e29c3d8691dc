"""litellm's completion_cost, which estimates the tokens of texts and sends nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...models import costs
from ..calls import adapt
from .tokenizers import token_counter

__all__ = ["completion_cost"]

_cost_of_response = adapt(costs.completion_cost)
_cost_of_tokens = adapt(costs.cost_per_token)


def completion_cost(
    completion_response: Any = None,
    model: str | None = None,
    prompt: str = "",
    messages: Sequence[Any] = (),
    completion: str = "",
    total_time: float | None = None,  # noqa: ARG001  # callers of litellm pass it
    call_type: str | None = None,  # noqa: ARG001  # the same
    custom_llm_provider: str | None = None,
    **others: Any,
) -> float:
    """Return the cost of a response, or of texts, in US dollars; see `trunkline.completion_cost`.

    Raises:
        litellm's BadRequestError: the price is unknown; the error says why.
    """
    given = {"custom_llm_provider": custom_llm_provider, **others}
    if completion_response is not None or model is None:
        cost: float = _cost_of_response(completion_response, model, **given)
        return cost
    asked = token_counter(model, text=prompt) if prompt else 0
    if messages:
        asked = token_counter(model, messages=messages)
    answered = token_counter(model, text=completion) if completion else 0
    costs_of_both: tuple[float, float] = _cost_of_tokens(model, asked, answered, **given)
    return sum(costs_of_both)
