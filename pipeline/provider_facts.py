"""Facts about providers that middlewares need: their names in telemetry and in price lists.

Middlewares do not know the provider table. The table publishes these facts for each of its rows,
and middlewares look them up by the provider's prefix: an error, a cached response and a call that
cannot be resolved have no more than that.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct


class TierRule(Struct, frozen=True, kw_only=True):
    """What a service tier costs where the price list does not have it.

    Attributes:
        tier: its name in responses, in lower case.
        factor: the factor on the standard price of tokens.
        models: regular expression of the names of models that it applies to.
        cached: whether it applies to tokens read from a cache too; if not, their price is unknown.
    """

    tier: str
    factor: float
    models: str = ""
    cached: bool = True


class PriceRules(Struct, frozen=True, kw_only=True):
    """How to find a provider's models in the price list where the model's name is not enough.

    Attributes:
        resells: ids of other providers in the list whose models it sells at their prices.
        named_by: which name to look up: "response" where users choose the names of deployments,
            "request" where responses contain the model maker's name; None for the response's
            name, or the request's where the response has none.
        audio_as_text: whether audio tokens cost what text tokens do unless the list has a price
            for them.
        hosts: pairs of regular expressions, one for a listed model's id and one for the address
            that it must have been called at; the first pair whose model matches decides.
        unlisted: regular expression of model names that match a listed model but have another
            price.
        days_without_hours: days of the week in UTC, Monday is 0, on which prices by the hour do
            not apply.
        regions: pairs of a region that a response names and the factor on the price of tokens.
        tiers: service tiers without a listed price; the first that matches is used.
    """

    resells: tuple[str, ...] = ()
    named_by: Literal["response", "request"] | None = None
    audio_as_text: bool = False
    hosts: tuple[tuple[str, str], ...] = ()
    unlisted: str | None = None
    days_without_hours: frozenset[int] = frozenset()
    regions: tuple[tuple[str, float], ...] = ()
    tiers: tuple[TierRule, ...] = ()


class ProviderFacts(Struct, frozen=True, kw_only=True):
    """What middlewares may know about a provider.

    Attributes:
        otel_name: its name in OpenTelemetry's conventions.
        family: regular expression of the names of its own models, in lower case; "" if unknown.
        price_name: its id in the price list; "" if the list does not have its prices.
        price_rules: how to find its models in the price list.
    """

    otel_name: str
    family: str = ""
    price_name: str = ""
    price_rules: PriceRules = PriceRules()


_published: dict[str, ProviderFacts] = {}


def publish_facts(prefixes: Iterable[str], facts: ProviderFacts) -> None:
    """Set the facts of the provider with these prefixes."""
    _published.update(dict.fromkeys(prefixes, facts))


def facts_of(prefix: str) -> ProviderFacts:
    """Return the facts of a provider; one that is not in the table has only its name."""
    return _published.get(prefix) or ProviderFacts(otel_name=prefix)
