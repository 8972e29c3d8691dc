"""What a call costs by the prices that genai-prices lists; the extra `costs`.

Source: https://github.com/pydantic/genai-prices/tree/main/packages/python
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from ..pipeline.json_values import as_array, as_object
from ..pipeline.schema import Usage
from .price_book import open_book
from .price_table import LISTINGS, Listing
from .token_prices import Price, UnknownPriceError, kept_for_an_hour

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, ModelPrice, Provider

_PLAIN_TIERS = frozenset({"", "auto", "default", "on_demand", "standard"})
_PLAIN_REGIONS = frozenset({"", "global", "not_available"})


class Called(Struct, frozen=True, kw_only=True):
    """What was called.

    Attributes:
        provider: prefix of the provider.
        names: of the model, the one that says most first: the answer's, then the request's.
        base_url: where, "" for the provider's own address.
        service_tier: as the answer has it.
        created: Unix time of the call, None for now.
    """

    provider: str
    names: Sequence[str]
    base_url: str = ""
    service_tier: str | None = None
    created: int | None = None


def list_price(called: Called, usage: Usage) -> Price:
    """Return what tokens cost.

    Raises:
        ImportError: genai-prices is not installed.
        UnknownPriceError: no price is listed that surely holds for this call.
    """
    listing = LISTINGS.get(called.provider)
    if listing is None:
        raise UnknownPriceError(f"no prices of {called.provider or 'this provider'} are listed")
    provider, model = _find(called, listing)
    own = provider.id == listing.ids[0]
    context = _context(called, model if own else None, usage)
    price = model.get_prices(_moment(called.created), context)
    counts = _counts(usage)
    _check(price, counts, model, listing)
    return _calculate(price, counts, model)


# Names of prices in the list, for a million tokens, and litellm's, for one.
_PER_TOKEN: Mapping[str, str] = {
    "input_mtok": "input_cost_per_token",
    "output_mtok": "output_cost_per_token",
    "cache_read_mtok": "cache_read_input_token_cost",
    "cache_write_mtok": "cache_creation_input_token_cost",
    "cache_write_1h_mtok": "cache_creation_input_token_cost_above_1hr",
    "input_audio_mtok": "input_cost_per_audio_token",
    "output_audio_mtok": "output_cost_per_audio_token",
    "output_reasoning_mtok": "output_cost_per_reasoning_token",
}


def prices_for_a_token(provider: str, model: str) -> dict[str, float]:
    """Return what one token costs now, by litellm's names; of prices in steps the first.

    Raises:
        ImportError: genai-prices is not installed.
        UnknownPriceError: no price is listed.
    """
    called = Called(provider=provider, names=(model,))
    listing = LISTINGS.get(provider)
    if listing is None:
        raise UnknownPriceError(f"no prices of {provider} are listed")
    _, found = _find(called, listing)
    price = found.get_prices(_moment(None))
    prices: dict[str, float] = {}
    for listed, name in _PER_TOKEN.items():
        value = getattr(price, listed)
        if value is not None:
            prices[name] = float(getattr(value, "base", value) / 1_000_000)
    return prices


def _calculate(price: ModelPrice, counts: Mapping[str, int], model: ModelInfo) -> Price:
    from genai_prices import Usage as Counts  # noqa: PLC0415

    try:
        calculated = price.calc_price(Counts(**counts))
    except ValueError as error:
        raise UnknownPriceError(f"{model.id}: {error}") from error
    return Price(
        prompt=float(calculated["input_price"]),
        completion=float(calculated["output_price"]),
        total=float(calculated["total_price"]),
    )


def _find(called: Called, listing: Listing) -> tuple[Provider, ModelInfo]:
    """Return the listed provider and model that were called."""
    book = open_book()
    own = book.providers.get(listing.ids[0])
    if own is None:
        raise UnknownPriceError(f"the installed genai-prices has no prices of {called.provider}")
    if called.base_url and not re.match(own.api_pattern, called.base_url):
        raise UnknownPriceError(f"{called.base_url} is not {own.name}'s own address")
    names = called.names[:1] if listing.deployments else called.names
    for name in names:
        if listing.unlisted and re.search(listing.unlisted, name):
            continue
        for identity in listing.ids:
            model = book.find(identity, name.lower())
            if model is not None:
                _check_host(called, model, listing)
                return book.providers[identity], model
    shown = " or ".join(dict.fromkeys(names)) or "an unnamed model"
    raise UnknownPriceError(f"no price of {shown} at {own.name} is listed")


def _check_host(called: Called, model: ModelInfo, listing: Listing) -> None:
    hosts = (host for pattern, host in listing.hosts if re.search(pattern, model.id))
    host = next(hosts, "")
    if called.base_url and not re.search(host, called.base_url):
        raise UnknownPriceError(f"no price of {model.id} at {called.base_url} is listed")


def _context(called: Called, model: ModelInfo | None, usage: Usage) -> dict[str, str]:
    """Return what chooses among a model's prices.

    Raises:
        UnknownPriceError: the answer was given at another price than the listed ones.
    """
    native = usage.native or {}
    if (native.get("inference_geo") or "") not in _PLAIN_REGIONS:
        raise UnknownPriceError(f"no price for inference in {native['inference_geo']} is listed")
    asked = {"service_tier": called.service_tier or "", "speed": native.get("speed") or ""}
    context = {name: value for name, value in asked.items() if value not in _PLAIN_TIERS}
    variants = (model.price_variants or []) if model is not None else []
    for name, value in context.items():
        if not any(variant.when.get(name) == value for variant in variants):
            raise UnknownPriceError(f"no price for {name} {value!r} is listed")
    return context


def _moment(created: int | None) -> datetime:
    now = datetime.now(UTC)
    if created is None or not 0 < created <= now.timestamp():
        return now
    return datetime.fromtimestamp(created, UTC)


def _counts(usage: Usage) -> dict[str, int]:
    """Return tokens under genai-prices' names: what is part of something counts in it too."""
    sent, answered = usage.prompt_tokens_details, usage.completion_tokens_details
    native = usage.native or {}
    counts = {
        "input_tokens": usage.prompt_tokens,
        "output_tokens": usage.completion_tokens,
        "cache_write_1h_tokens": kept_for_an_hour(usage),
        "cache_audio_read_tokens": _cached_audio(native),
        "web_searches": (as_object(native.get("server_tool_use")) or {}).get("web_search_requests"),
    }
    if sent is not None:
        counts["cache_read_tokens"] = sent.cached_tokens
        counts["cache_write_tokens"] = sent.cache_creation_tokens
        counts["input_audio_tokens"] = sent.audio_tokens
        counts["input_image_tokens"] = sent.image_tokens
        counts["input_video_tokens"] = sent.video_tokens
    if answered is not None:
        counts["output_reasoning_tokens"] = answered.reasoning_tokens
        counts["output_audio_tokens"] = answered.audio_tokens
        counts["output_image_tokens"] = answered.image_tokens
    return {name: count for name, count in counts.items() if isinstance(count, int) and count > 0}


def _cached_audio(native: Mapping[str, Any]) -> int:
    """Return the audio among the cached tokens, which Gemini tells."""
    details = [as_object(one) or {} for one in as_array(native.get("cacheTokensDetails")) or ()]
    return sum(one.get("tokenCount") or 0 for one in details if one.get("modality") == "AUDIO")


def _check(
    price: ModelPrice, counts: Mapping[str, int], model: ModelInfo, listing: Listing
) -> None:
    """Refuse to price tokens that the list says nothing of."""
    needed = ["input", "output"]
    if not listing.audio_as_text:
        needed += ["input_audio", "output_audio"]
    for kind in needed:
        if f"{kind}_tokens" in counts and getattr(price, f"{kind}_mtok") is None:
            raise UnknownPriceError(f"no price of {model.id} for {kind} tokens is listed")
