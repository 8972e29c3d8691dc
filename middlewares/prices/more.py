"""Prices that genai-prices does not have, in its own types.

They are in more_prices.json, which scripts/make_more_prices.py writes and which names its sources.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET, Struct, UnsetType

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, Provider

_KINDS = (
    "input_mtok",
    "output_mtok",
    "cache_read_mtok",
    "cache_write_mtok",
    "cache_write_1h_mtok",
    "output_video_mtok",
)


class Tier(Struct, frozen=True, kw_only=True):
    """US dollars for a million tokens of each kind."""

    input_mtok: Decimal | None = None
    output_mtok: Decimal | None = None
    cache_read_mtok: Decimal | None = None
    cache_write_mtok: Decimal | None = None
    cache_write_1h_mtok: Decimal | None = None
    output_video_mtok: Decimal | None = None


class LongTier(Tier, frozen=True, kw_only=True):
    """The prices of requests with more input tokens than `start`."""

    start: int


class Prices(Tier, frozen=True, kw_only=True):
    """The prices of a model, and those of long requests if they differ."""

    long: LongTier | UnsetType = UNSET


class Seller(Struct, frozen=True):
    """A provider that genai-prices does not have."""

    name: str
    api_pattern: str


class MorePrices(Struct, frozen=True, kw_only=True):
    """The content of more_prices.json.

    Attributes:
        source: where the prices come from.
        date: the day on which they were copied.
        providers: providers that genai-prices does not have, by id.
        aliases: by provider, other names of models that genai-prices has.
        models: by provider, prices of models that genai-prices does not have.
    """

    source: str
    date: str
    providers: dict[str, Seller]
    aliases: dict[str, dict[str, str]]
    models: dict[str, dict[str, Prices]]


@cache
def read_more_prices() -> MorePrices:
    """Return the content of the file, which is read at the first call."""
    path = Path(__file__).with_name("more_prices.json")
    return msgspec.json.decode(path.read_bytes(), type=MorePrices, strict=False)


def more_providers() -> dict[str, Provider]:
    """Return the providers that genai-prices does not have, by id."""
    from genai_prices import types  # noqa: PLC0415  # an extra

    return {
        identity: types.Provider(id=identity, name=seller.name, api_pattern=seller.api_pattern)
        for identity, seller in read_more_prices().providers.items()
    }


def more_model(provider: str, name: str) -> ModelInfo | None:
    """Return a model that genai-prices does not have, by its exact name."""
    from genai_prices import types  # noqa: PLC0415  # an extra

    prices = read_more_prices().models.get(provider, {}).get(name)
    if prices is None:
        return None
    listed: dict[str, Decimal | types.TieredPrices | None] = {}
    for kind in _KINDS:
        base: Decimal | None = getattr(prices, kind)
        above: Decimal | None = None if prices.long is UNSET else getattr(prices.long, kind)
        if base is None or prices.long is UNSET or above is None:
            listed[kind] = base
        else:
            tier = types.Tier(start=prices.long.start, price=above)
            listed[kind] = types.TieredPrices(base=base, tiers=[tier])
    return types.ModelInfo(
        id=name, match=types.ClauseEquals(equals=name), prices=types.ModelPrice(**listed)
    )
