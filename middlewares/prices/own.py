"""Prices of one's own, by litellm's names, and those that are registered for all calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from ...pipeline.json_values import as_array, as_object
from ...pipeline.schema.parts import Usage


class UnknownPriceError(LookupError):
    """What a call costs is not known; the text says why."""


class Price(Struct, frozen=True, kw_only=True):
    """What a call costs in US dollars; `total` may hold more than its two parts, as searches."""

    prompt: float
    completion: float
    total: float


class TokenPrices(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """US dollars for one token of each kind; where a kind has none, its tokens cost as others do.

    Attributes:
        input_cost_per_token: of the prompt.
        output_cost_per_token: of the answer, reasoning included.
        cache_read_input_token_cost: of the prompt, where it was read from a cache.
        cache_creation_input_token_cost: of the prompt, where it was written to a cache.
        cache_creation_input_token_cost_above_1hr: the same, where it is kept for an hour.
        input_cost_per_audio_token: of sound in the prompt.
        output_cost_per_audio_token: of sound in the answer.
        output_cost_per_reasoning_token: of reasoning.
    """

    input_cost_per_token: float
    output_cost_per_token: float
    cache_read_input_token_cost: float | None = None
    cache_creation_input_token_cost: float | None = None
    cache_creation_input_token_cost_above_1hr: float | None = None
    input_cost_per_audio_token: float | None = None
    output_cost_per_audio_token: float | None = None
    output_cost_per_reasoning_token: float | None = None


#: The names of all of them.
PRICE_NAMES = frozenset(TokenPrices.__struct_fields__)

_registered: dict[str, TokenPrices] = {}


def read_prices(given: Mapping[str, Any]) -> TokenPrices:
    """Return prices that somebody wrote down, {"input_cost_per_token": 1e-6, ...}.

    Raises:
        ValueError: the text says what is wrong.
    """
    try:
        prices = msgspec.convert(dict(given), TokenPrices)
    except msgspec.ValidationError as error:
        raise ValueError(f"prices: {error}") from None
    for name in PRICE_NAMES:
        value: float | None = getattr(prices, name)
        if value is not None and not 0 <= value < 1:
            raise ValueError(f"prices: {name}: expected dollars for one token, got {value!r}")
    return prices


def register_prices(model: str, prices: TokenPrices) -> None:
    """Have prices hold for "provider/model" from now on, in all clients."""
    _registered[model.lower()] = prices


def registered_prices(model: str) -> TokenPrices | None:
    """Return the prices that were registered for "provider/model"."""
    return _registered.get(model.lower())


def own_price(prices: TokenPrices, usage: Usage) -> Price:
    """Return what tokens cost by one's own prices.

    Raises:
        UnknownPriceError: the provider told of more tokens of some kind than of all.
    """
    sent, answered = usage.prompt_tokens_details, usage.completion_tokens_details
    hour = kept_for_an_hour(usage)
    written = (sent.cache_creation_tokens or 0) if sent else 0
    heard = (sent.audio_tokens or 0) if sent else 0
    if prices.cache_read_input_token_cost is not None:
        heard -= cached_audio(usage)
    for_writing = prices.cache_creation_input_token_cost
    for_an_hour = prices.cache_creation_input_token_cost_above_1hr
    prompt = _sum(
        usage.prompt_tokens,
        prices.input_cost_per_token,
        ((sent.cached_tokens if sent else 0), prices.cache_read_input_token_cost),
        (written - hour, for_writing),
        (hour, for_writing if for_an_hour is None else for_an_hour),
        (heard, prices.input_cost_per_audio_token),
    )
    completion = _sum(
        usage.completion_tokens,
        prices.output_cost_per_token,
        ((answered.reasoning_tokens if answered else 0), prices.output_cost_per_reasoning_token),
        ((answered.audio_tokens if answered else 0), prices.output_cost_per_audio_token),
    )
    return Price(prompt=prompt, completion=completion, total=prompt + completion)


def _sum(total: int, price: float, *parts: tuple[int | None, float | None]) -> float:
    """Price each part that has a price of its own, and what is left at the common one."""
    dollars, left = 0.0, total
    for tokens, own in parts:
        if tokens and own is not None:
            dollars += tokens * own
            left -= tokens
    if left < 0:
        raise UnknownPriceError(f"the parts of {total} tokens are {total - left}")
    return dollars + left * price


def kept_for_an_hour(usage: Usage) -> int:
    """Return the tokens written for an hour: Anthropic's and Bedrock's ways to say it."""
    native = usage.native or {}
    created = as_object(native.get("cache_creation"))
    if created is not None:
        return int(created.get("ephemeral_1h_input_tokens") or 0)
    details = [as_object(one) or {} for one in as_array(native.get("cacheDetails")) or ()]
    return sum(one.get("inputTokens") or 0 for one in details if one.get("ttl") == "1h")


def cached_audio(usage: Usage) -> int:
    """Return the audio among the cached tokens, which Gemini tells."""
    details = as_array((usage.native or {}).get("cacheTokensDetails")) or ()
    parts = [as_object(one) or {} for one in details]
    return sum(one.get("tokenCount") or 0 for one in parts if one.get("modality") == "AUDIO")
