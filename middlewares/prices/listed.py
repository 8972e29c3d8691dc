"""What a call costs by the prices that genai-prices lists; the extra `costs`.

Source: https://github.com/pydantic/genai-prices/tree/main/packages/python
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from ...pipeline.json_values import as_object
from ...pipeline.schema.parts import Usage
from .book import open_book
from .own import Price, UnknownPriceError, cached_audio, kept_for_an_hour
from .table import LISTINGS, Listing

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, ModelPrice, Provider

_PLAIN_TIERS = frozenset(
    {"", "auto", "default", "on_demand", "standard", "traffic_type_unspecified"}
)
_PLAIN_REGIONS = frozenset({"", "global", "not_available"})


class Called(Struct, frozen=True, kw_only=True):
    """What was called.

    Attributes:
        provider: prefix of the provider.
        names: of the model: the answer's, "" where it has none, then the request's.
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
    listing = _listing(called.provider)
    provider, model = _find(called, listing)
    own = provider.id == listing.ids[0]
    moment = _moment(called.created)
    context = _context(called, model if own else None, usage, moment)
    price = _prices(model, moment, context)
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
    _, found = _find(called, _listing(provider))
    price = _prices(found, _moment(None), {})
    prices: dict[str, float] = {}
    for listed, name in _PER_TOKEN.items():
        value = getattr(price, listed)
        if value is not None:
            prices[name] = float(getattr(value, "base", value) / 1_000_000)
    return prices


def _listing(provider: str) -> Listing:
    listing = LISTINGS.get(provider)
    if listing is None:
        raise UnknownPriceError(f"no prices of {provider or 'this provider'} are listed")
    return listing


def _calculate(price: ModelPrice, counts: Mapping[str, int], model: ModelInfo) -> Price:
    from genai_prices import Usage as Counts  # noqa: PLC0415  # an extra

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
    name = _name(called, listing).lower()
    unlisted = listing.unlisted is not None and re.search(listing.unlisted, name)
    for identity in listing.ids if not unlisted else ():
        model = book.find(identity, name)
        if model is not None:
            _check_host(called, model, listing)
            return book.providers[identity], model
    raise UnknownPriceError(f"no price of {name or 'an unnamed model'} at {own.name} is listed")


def _name(called: Called, listing: Listing) -> str:
    """Return the name that says what was used: some hosts answer with another than one asked."""
    match listing.named_by:
        case "request":
            return called.names[-1]
        case "answer":
            return called.names[0]
        case _:
            return next(filter(None, called.names), "")


def _check_host(called: Called, model: ModelInfo, listing: Listing) -> None:
    hosts = (host for pattern, host in listing.hosts if re.search(pattern, model.id))
    host = next(hosts, "")
    if called.base_url and not re.search(host, called.base_url):
        raise UnknownPriceError(f"no price of {model.id} at {called.base_url} is listed")


def _prices(model: ModelInfo, moment: datetime, context: dict[str, str]) -> ModelPrice:
    """Return a model's prices at a moment.

    Raises:
        UnknownPriceError: they hold for some hours. On which days the list cannot say, and DeepSeek
            asks less at weekends. https://github.com/pydantic/genai-prices/issues/582
    """
    from genai_prices.types import TimeOfDateConstraint  # noqa: PLC0415  # an extra

    for one in model.prices if isinstance(model.prices, list) else ():
        if isinstance(one.constraint, TimeOfDateConstraint) and one.constraint.active(moment):
            raise UnknownPriceError(f"{model.id} costs something else at this hour on some days")
    return model.get_prices(moment, context)


def _context(
    called: Called, model: ModelInfo | None, usage: Usage, moment: datetime
) -> dict[str, str]:
    """Return what chooses among a model's prices.

    Raises:
        UnknownPriceError: the answer was given at another price than the listed ones.
    """
    native = usage.native or {}
    if (native.get("inference_geo") or "") not in _PLAIN_REGIONS:
        raise UnknownPriceError(f"no price for inference in {native['inference_geo']} is listed")
    asked = {
        "service_tier": called.service_tier or "",
        "speed": native.get("speed") or "",
        # Vertex AI's word for the tier, and for capacity that is paid in advance.
        "trafficType": native.get("trafficType") or "",
    }
    context = {name: value for name, value in asked.items() if value.lower() not in _PLAIN_TIERS}
    variants = (model.price_variants or []) if model is not None else []
    chosen = [
        variant.when
        for variant in variants
        if variant.when.items() <= context.items()
        and (variant.constraint is None or variant.constraint.active(moment))
    ]
    for name, value in context.items():
        if not any(name in when for when in chosen):
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
        "cache_audio_read_tokens": cached_audio(usage),
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
