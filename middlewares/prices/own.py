"""Users' own prices by litellm's names, given with a call or registered for all calls."""

from __future__ import annotations

from collections.abc import Mapping
from threading import Lock
from typing import Any

import msgspec
from cachetools import LRUCache
from msgspec import Struct

from ...pipeline.errors import InvalidArgumentError
from ...pipeline.json_values import as_array, as_object
from ...pipeline.schema.parts import Usage
from .billed import billed_usage, compactions


class UnknownPriceError(LookupError):
    """The cost of a call is not known; the message says why."""


class UnlistedAddressError(UnknownPriceError):
    """The call went to another address than the provider's own, such as a gateway."""


class Price(Struct, frozen=True, kw_only=True):
    """What a call costs in US dollars; `total` may include more, such as web searches."""

    prompt: float
    completion: float
    total: float


class TokenPrices(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """US dollars per token of each kind; a kind without its own price costs as much as others.

    Attributes:
        input_cost_per_token: prompt tokens.
        output_cost_per_token: completion tokens, including reasoning.
        cache_read_input_token_cost: prompt tokens read from a cache.
        cache_creation_input_token_cost: prompt tokens written to a cache.
        cache_creation_input_token_cost_above_1hr: prompt tokens written to a cache for an hour.
        input_cost_per_audio_token: audio in the prompt.
        output_cost_per_audio_token: audio in the completion.
        output_cost_per_reasoning_token: reasoning tokens.
    """

    input_cost_per_token: float
    output_cost_per_token: float
    cache_read_input_token_cost: float | None = None
    cache_creation_input_token_cost: float | None = None
    cache_creation_input_token_cost_above_1hr: float | None = None
    input_cost_per_audio_token: float | None = None
    output_cost_per_audio_token: float | None = None
    output_cost_per_reasoning_token: float | None = None


#: The names of all prices.
PRICE_NAMES = frozenset(TokenPrices.__struct_fields__)

#: How many registered models are kept; the least recently used give way.
MAX_REGISTERED = 10_000

_registered: LRUCache[str, TokenPrices] = LRUCache(MAX_REGISTERED)
_lock = Lock()


def read_prices(given: Mapping[str, Any]) -> TokenPrices:
    """Return prices from a dictionary, {"input_cost_per_token": 1e-6, ...}.

    Raises:
        InvalidArgumentError: a price is invalid; the message says which.
    """
    if not isinstance(given, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]  # users may not use a type checker
        raise InvalidArgumentError(f"prices: expected a dict, got {given!r}")
    unknown = next((name for name in given if name not in PRICE_NAMES), None)
    if unknown is not None:
        known = ", ".join(TokenPrices.__struct_fields__)
        raise InvalidArgumentError(f"prices: unknown field `{unknown}`; the fields are {known}")
    prices = {name: _read_price(name, value) for name, value in given.items()}
    for name in ("input_cost_per_token", "output_cost_per_token"):
        if prices.get(name) is None:
            raise InvalidArgumentError(
                f"prices: {name}: missing; expected US dollars for one token, 0 if it is free"
            )
    return TokenPrices(**prices)


def _read_price(name: str, value: object) -> Any:
    """Return a price as a float, or None."""
    try:
        price = msgspec.convert(value, float | None)
    except msgspec.ValidationError:
        price = -1.0
    if price is None or 0 <= price < 1:
        return price
    raise InvalidArgumentError(f"prices: {name}: expected US dollars for one token, got {value!r}")


def register_prices(model: str, prices: TokenPrices) -> None:
    """Register prices for "provider/model", for all clients."""
    with _lock:
        _registered[model.lower()] = prices


def registered_prices(model: str) -> TokenPrices | None:
    """Return the registered prices of "provider/model", or None."""
    with _lock:
        return _registered.get(model.lower())


def own_price(prices: TokenPrices, usage: Usage) -> Price:
    """Return what tokens cost by the given prices.

    Raises:
        UnknownPriceError: the provider reported more tokens of some kinds than in total.
    """
    usage = billed_usage(usage)
    sent, received = usage.prompt_tokens_details, usage.completion_tokens_details
    hour = one_hour_cache_tokens(usage)
    written = (sent.cache_creation_tokens or 0) if sent else 0
    audio = (sent.audio_tokens or 0) if sent else 0
    if prices.cache_read_input_token_cost is not None:
        audio -= cached_audio_tokens(usage)
    write_price = prices.cache_creation_input_token_cost
    hour_price = prices.cache_creation_input_token_cost_above_1hr
    prompt = _sum(
        usage.prompt_tokens,
        prices.input_cost_per_token,
        ((sent.cached_tokens if sent else 0), prices.cache_read_input_token_cost),
        (written - hour, write_price),
        (hour, write_price if hour_price is None else hour_price),
        (audio, prices.input_cost_per_audio_token),
    )
    completion = _sum(
        usage.completion_tokens,
        prices.output_cost_per_token,
        ((received.reasoning_tokens if received else 0), prices.output_cost_per_reasoning_token),
        ((received.audio_tokens if received else 0), prices.output_cost_per_audio_token),
    )
    return Price(prompt=prompt, completion=completion, total=prompt + completion)


def _sum(total: int, price: float, *parts: tuple[int | None, float | None]) -> float:
    """Return the cost of each part at its own price, and of the rest at the common price."""
    dollars, left = 0.0, total
    for tokens, part_price in parts:
        if tokens and part_price is not None:
            dollars += tokens * part_price
            left -= tokens
    if left < 0:
        raise UnknownPriceError(f"usage reports {total} tokens, but their parts add up to more")
    return dollars + left * price


def one_hour_cache_tokens(usage: Usage) -> int:
    """Return the tokens written to a cache for an hour, from Anthropic's or Bedrock's usage."""
    native = usage.native or {}
    created = as_object(native.get("cache_creation"))
    if created is not None:
        extra = (as_object(one.get("cache_creation")) or {} for one in compactions(usage))
        written = [created, *extra]
        return sum(int(one.get("ephemeral_1h_input_tokens") or 0) for one in written)
    details = [as_object(one) or {} for one in as_array(native.get("cacheDetails")) or ()]
    return sum(one.get("inputTokens") or 0 for one in details if one.get("ttl") == "1h")


def cached_audio_tokens(usage: Usage) -> int:
    """Return the cached audio tokens, from Gemini's usage."""
    details = as_array((usage.native or {}).get("cacheTokensDetails")) or ()
    parts = [as_object(one) or {} for one in details]
    return sum(one.get("tokenCount") or 0 for one in parts if one.get("modality") == "AUDIO")
