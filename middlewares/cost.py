"""Tell what a call costs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from ..pipeline.call.request import Handler, Reply, Request
from ..pipeline.errors import BadRequestError
from ..pipeline.schema.call_info import Priced
from ..pipeline.schema.parts import Usage
from .prices.own import (
    PRICE_NAMES,
    Price,
    TokenPrices,
    UnknownPriceError,
    own_price,
    read_prices,
    registered_prices,
)


class Cost:
    """Has `response.cost` tell what an answer cost, in US dollars, None where that is not known.

    It is worked out when somebody reads it: a callback's `record.cost`, a span, a budget, or you.
    A call whose cost nobody reads pays nothing.

    What the provider says itself goes first (OpenRouter, Perplexity, xAI, a LiteLLM proxy). Then
    come the call's own prices, by litellm's names (`input_cost_per_token`,
    `output_cost_per_token`, `cache_read_input_token_cost` and so on, see `TokenPrices`), `prices`,
    what `register_model` was told, and last what genai-prices lists (the extra `costs`).

    A price holds for the provider that was called, at its own address, and for the model that
    answered, by its full name; whatever is not surely priced is None. Cached, written, reasoning
    and audio tokens count once, at their own prices. An answer from a cache costs 0. Of a call
    with retries and fallbacks it is the cost of what answered: what failed attempts cost is told
    by nobody.

    It stands innermost, so that all layers can read it.

    Args:
        prices: prices of one's own, {"provider/model": {"input_cost_per_token": 1e-6,
            "output_cost_per_token": 2e-6}}, by the names that calls give.

    Raises:
        ValueError: a price is none.
        BadRequestError: one of a call is none.
    """

    options = PRICE_NAMES

    def __init__(self, prices: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        self._prices = {name: _read(name, given) for name, given in (prices or {}).items()}

    def __repr__(self) -> str:
        return f"Cost({', '.join(self._prices)})"

    async def __call__(self, request: Request, call_next: Handler) -> Reply:
        """Call on, and have the reply know how to work out its cost."""
        own = None
        if self._prices or request.options:
            own = self._own(request)
        reply = await call_next(request)
        call = reply.call
        if own is not None:
            call.price = partial(price_of, prices=own)
        elif call.price is None:
            call.price = price_of
        return reply

    def _own(self, request: Request) -> TokenPrices | None:
        given = {name: request.options[name] for name in self.options & request.options.keys()}
        if not given:
            return self._prices.get(request.model)
        try:
            return read_prices(given)
        except ValueError as error:
            raise BadRequestError(str(error)) from None


def _read(name: str, given: Mapping[str, Any]) -> TokenPrices:
    try:
        return read_prices(given)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def price_of(response: Priced, prices: TokenPrices | None = None) -> float | None:
    """Return what an answer's tokens cost in US dollars, None where that is not known."""
    if response.usage is None:
        return None
    try:
        return answer_price(response, response.usage, prices).total
    except (ImportError, UnknownPriceError):
        return None


def answer_price(response: Priced, usage: Usage, prices: TokenPrices | None = None) -> Price:
    """Return what an answer's tokens cost.

    Raises:
        ImportError: it needs genai-prices, which is not installed.
        UnknownPriceError: that is not known; the text says why.
    """
    # Some providers tell in each chunk of a stream what they have counted so far.
    if any(choice.finish_reason is None for choice in response.choices):
        raise UnknownPriceError("the answer is not whole, so not all of its tokens are told")
    call = response.call
    own = prices or registered_prices(f"{call.provider}/{call.model}")
    if own is not None:
        return own_price(own, usage)
    from .prices.listed import Called, list_price  # noqa: PLC0415  # few read what a call cost

    called = Called(
        provider=call.provider,
        names=(response.model, call.model),
        base_url=call.api_base or "",
        service_tier=response.service_tier,
        created=response.created or None,
    )
    return list_price(called, usage)
