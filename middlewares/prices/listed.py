"""Calculate costs from the price list of genai-prices (the extra `costs`).

Source: https://github.com/pydantic/genai-prices/tree/main/packages/python
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from ...pipeline.json_values import as_array, as_object
from ...pipeline.provider_facts import PriceRules, ProviderFacts, TierRule, facts_of
from ...pipeline.schema.parts import Usage
from .billed import billed_usage
from .book import open_book
from .own import (
    Price,
    UnknownPriceError,
    UnlistedAddressError,
    cached_audio_tokens,
    one_hour_cache_tokens,
)

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, ModelPrice, Provider

_PLAIN_TIERS = frozenset(
    {"", "auto", "default", "on_demand", "standard", "traffic_type_unspecified"}
)
# How Vertex AI's names for tiers begin.
_ON_DEMAND = "on_demand_"
# Iterations that are in Anthropic's totals, and compactions, which `billed_usage` adds.
_COUNTED_ITERATIONS = frozenset({None, "compaction", "message"})
_PLAIN_REGIONS = frozenset({"", "global", "not_available"})


class Called(Struct, frozen=True, kw_only=True):
    """The facts of a call that determine its price.

    Attributes:
        provider: name of the provider.
        names: the model's name in the response ("" if it has none), then in the request.
        base_url: the address, "" for the provider's default.
        service_tier: the service tier in the response.
        created: Unix time of the call, None for now.
    """

    provider: str
    names: Sequence[str]
    base_url: str = ""
    service_tier: str | None = None
    created: int | None = None


def list_price(called: Called, usage: Usage) -> Price:
    """Return what the tokens of a call cost.

    Raises:
        ImportError: genai-prices is not installed.
        UnknownPriceError: no listed price certainly applies to this call.
    """
    usage = billed_usage(usage)
    if usage.get("prompt_audio_seconds"):
        # Mistral AI's.
        raise UnknownPriceError("no price of audio by the second is listed")
    facts = _priced_facts(called.provider)
    provider, model = _find(called, facts)
    own = provider.id == facts.price_name
    time = _time_of(called.created)
    rules = facts.price_rules
    context, factor = _context(called, model if own else None, usage, time, rules)
    price = _prices(model, time, context, rules)
    counts = _counts(usage)
    _check(price, counts, model, rules)
    return _multiplied(_calculate(price, counts, model), factor * _region_factor(usage, rules))


# From the list's names, for a million tokens, to litellm's, for one token.
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
    """Return what one token costs now, by litellm's names; for tiered prices, the first tier.

    Raises:
        ImportError: genai-prices is not installed.
        UnknownPriceError: no price is listed.
    """
    called = Called(provider=provider, names=(model,))
    facts = _priced_facts(provider)
    _, found = _find(called, facts)
    price = _prices(found, _time_of(None), {}, facts.price_rules)
    prices: dict[str, float] = {}
    for listed, name in _PER_TOKEN.items():
        value = getattr(price, listed)
        if value is not None:
            prices[name] = float(getattr(value, "base", value) / 1_000_000)
    return prices


def _priced_facts(provider: str) -> ProviderFacts:
    facts = facts_of(provider)
    if not facts.price_name:
        raise UnknownPriceError(f"no prices of {provider or 'this provider'} are listed")
    return facts


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


def _find(called: Called, facts: ProviderFacts) -> tuple[Provider, ModelInfo]:
    """Return the listed provider and model that were called."""
    book = open_book()
    own, rules = book.providers.get(facts.price_name), facts.price_rules
    if own is None:
        raise UnknownPriceError(f"the installed genai-prices has no prices of {called.provider}")
    if called.base_url and not re.match(own.api_pattern, called.base_url):
        raise UnlistedAddressError(f"{called.base_url} is not {own.name}'s own address")
    name = _name(called, rules).lower()
    unlisted = rules.unlisted is not None and re.search(rules.unlisted, name)
    for identity in (facts.price_name, *rules.resells) if not unlisted else ():
        model = book.find(identity, name)
        if model is not None:
            _check_host(called, model, rules)
            return book.providers[identity], model
    added = book.find_more(facts.price_name, name)
    if added is not None:
        return own, added
    raise UnknownPriceError(f"no price of {name or 'an unnamed model'} at {own.name} is listed")


def _name(called: Called, rules: PriceRules) -> str:
    """Return the name that identifies the model: some hosts respond with a different name."""
    match rules.named_by:
        case "request":
            return called.names[-1]
        case "response":
            return called.names[0]
        case _:
            return next(filter(None, called.names), "")


def _check_host(called: Called, model: ModelInfo, rules: PriceRules) -> None:
    hosts = (host for pattern, host in rules.hosts if re.search(pattern, model.id))
    host = next(hosts, "")
    if called.base_url and not re.search(host, called.base_url):
        raise UnknownPriceError(f"no price of {model.id} at {called.base_url} is listed")


def _prices(
    model: ModelInfo, time: datetime, context: dict[str, str], rules: PriceRules
) -> ModelPrice:
    """Return a model's prices at a time.

    The list has prices by the hour, and cannot say on which days they do not apply:
    https://github.com/pydantic/genai-prices/issues/582
    """
    if time.weekday() in rules.days_without_hours and isinstance(model.prices, list):
        from genai_prices.types import TimeOfDateConstraint  # noqa: PLC0415  # an extra

        of_the_day = [
            one for one in model.prices if not isinstance(one.constraint, TimeOfDateConstraint)
        ]
        model = replace(model, prices=of_the_day)
    return model.get_prices(time, context)


def _context(
    called: Called, model: ModelInfo | None, usage: Usage, time: datetime, rules: PriceRules
) -> tuple[dict[str, str], float]:
    """Return the values that select one of a model's prices, and a factor on that price.

    Raises:
        UnknownPriceError: the call has a price that is not listed.
    """
    native = usage.native or {}
    _check_iterations(native)
    requested = {
        "service_tier": called.service_tier or "",
        "speed": str(native.get("speed") or ""),
        # Vertex AI's name for the tier, and for provisioned capacity.
        "trafficType": str(native.get("trafficType") or ""),
    }
    context = {
        name: value for name, value in requested.items() if value.lower() not in _PLAIN_TIERS
    }
    variants = (model.price_variants or []) if model is not None else []
    chosen = [
        variant.when
        for variant in variants
        if variant.when.items() <= context.items()
        and (variant.constraint is None or variant.constraint.active(time))
    ]
    factor = 1.0
    for name, value in list(context.items()):
        if not any(name in when for when in chosen):
            rule = _tier_rule(value, called, usage, rules)
            if rule is None:
                raise UnknownPriceError(f"no price for {name} {value!r} is listed")
            factor = rule.factor
            del context[name]
    return context, factor


def _tier_rule(value: str, called: Called, usage: Usage, rules: PriceRules) -> TierRule | None:
    """Return the rule for a service tier, None if what these tokens cost there is not known."""
    name, tier = _name(called, rules).lower(), value.lower().removeprefix(_ON_DEMAND)
    fitting = (one for one in rules.tiers if one.tier == tier and re.search(one.models, name))
    rule = next(fitting, None)
    details = usage.prompt_tokens_details
    cached = details is not None and bool(details.cached_tokens)
    return None if rule is None or (cached and not rule.cached) else rule


def _region_factor(usage: Usage, rules: PriceRules) -> float:
    """Return the factor on the price of tokens in the region where the model ran.

    Raises:
        UnknownPriceError: the region's price is not known.
    """
    region = str((usage.native or {}).get("inference_geo") or "")
    if region in _PLAIN_REGIONS:
        return 1.0
    factor = dict(rules.regions).get(region)
    if factor is None:
        raise UnknownPriceError(f"no price for inference in {region} is listed")
    return factor


def _multiplied(price: Price, factor: float) -> Price:
    """Return a price with a factor on that of its tokens; other parts, such as searches, stay."""
    if factor == 1:
        return price
    others = price.total - price.prompt - price.completion
    prompt, completion = price.prompt * factor, price.completion * factor
    return Price(prompt=prompt, completion=completion, total=prompt + completion + others)


def _check_iterations(native: Mapping[str, Any]) -> None:
    """Raise UnknownPriceError if Anthropic bills more, or less, than the totals say."""
    for one in as_array(native.get("iterations")) or ():
        fields = as_object(one) or {}
        if fields.get("type") == "advisor_message":
            raise UnknownPriceError(
                f"{fields.get('model')} advised, and its tokens have a price of their own"
            )
        if fields.get("type") == "fallback_message":
            raise UnknownPriceError(
                f"{fields.get('model')} responded as a fallback, and what the models before it "
                "cost is not known"
            )
        if fields.get("type") not in _COUNTED_ITERATIONS:
            raise UnknownPriceError(
                f"whether the totals include iterations of type {fields.get('type')!r} is not known"
            )
    credit = as_object((as_object(native.get("fallback_credit")) or {}).get("status")) or {}
    if credit.get("type") == "redeemed":
        raise UnknownPriceError("a fallback credit changed the price")


def _time_of(created: int | None) -> datetime:
    now = datetime.now(UTC)
    if created is None or not 0 < created <= now.timestamp():
        return now
    return datetime.fromtimestamp(created, UTC)


def _counts(usage: Usage) -> dict[str, int]:
    """Return token counts by genai-prices' names; a total includes its parts."""
    prompt, completion = usage.prompt_tokens_details, usage.completion_tokens_details
    native = usage.native or {}
    counts = {
        "input_tokens": usage.prompt_tokens,
        "output_tokens": usage.completion_tokens,
        "cache_write_1h_tokens": one_hour_cache_tokens(usage),
        "cache_audio_read_tokens": cached_audio_tokens(usage),
        "web_searches": (as_object(native.get("server_tool_use")) or {}).get("web_search_requests"),
    }
    if prompt is not None:
        counts["cache_read_tokens"] = prompt.cached_tokens
        counts["cache_write_tokens"] = prompt.cache_creation_tokens
        counts["input_audio_tokens"] = prompt.audio_tokens
        counts["input_image_tokens"] = prompt.image_tokens
        counts["input_video_tokens"] = prompt.video_tokens
    if completion is not None:
        counts["output_reasoning_tokens"] = completion.reasoning_tokens
        counts["output_audio_tokens"] = completion.audio_tokens
        counts["output_image_tokens"] = completion.image_tokens
        counts["output_video_tokens"] = completion.video_tokens
    return {name: count for name, count in counts.items() if isinstance(count, int) and count > 0}


def _check(
    price: ModelPrice, counts: Mapping[str, int], model: ModelInfo, rules: PriceRules
) -> None:
    """Raise UnknownPriceError if there are tokens without a listed price."""
    needed = ["input", "output", "cache_write"]
    if not rules.audio_as_text:
        needed += ["input_audio", "output_audio"]
    for kind in needed:
        if f"{kind}_tokens" in counts and getattr(price, f"{kind}_mtok") is None:
            raise UnknownPriceError(f"no price of {model.id} for {kind} tokens is listed")
    if "web_searches" in counts and price.web_searches_kcount is None:
        raise UnknownPriceError(f"no price of {model.id} for web searches is listed")
