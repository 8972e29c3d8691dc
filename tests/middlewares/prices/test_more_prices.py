"""Prices by the hour, and prices that genai-prices does not have."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from trunkline import Usage, get_model_info
from trunkline.middlewares.prices.listed import Called, list_price
from trunkline.middlewares.prices.more import read_more_prices
from trunkline.middlewares.prices.own import UnknownPriceError
from trunkline.pipeline.schema.parts import PromptTokensDetails

pytest.importorskip("genai_prices", reason="the extra `costs` is not installed")

SOME = Usage(prompt_tokens=1000, completion_tokens=100, total_tokens=1100)
MILLIONTH = 1e-6


def price(provider: str, *names: str, usage: Usage = SOME, **more: Any) -> float:
    return list_price(Called(provider=provider, names=names, **more), usage).total


def why_not(provider: str, *names: str, usage: Usage = SOME, **more: Any) -> str:
    with pytest.raises(UnknownPriceError) as caught:
        price(provider, *names, usage=usage, **more)
    return str(caught.value)


def at(year: int, month: int, day: int, hour: int = 12) -> int:
    return int(datetime(year, month, day, hour, tzinfo=UTC).timestamp())


WEDNESDAY, FRIDAY, SATURDAY, SUNDAY, MONDAY = 16, 18, 19, 20, 21


@pytest.mark.parametrize(
    ("name", "off_peak"),
    [
        ("deepseek-flash", (0.15, 0.6)),
        ("deepseek-v4-pro", (0.66, 1.98)),
        ("deepseek-chat", (0.15, 0.6)),
        ("deepseek-reasoner", (0.15, 0.6)),
    ],
)
@pytest.mark.parametrize(
    ("day", "hour", "factor"),
    [
        (WEDNESDAY, 0, 1),
        (WEDNESDAY, 1, 2),
        (WEDNESDAY, 3, 2),
        (WEDNESDAY, 5, 1),
        (WEDNESDAY, 6, 2),
        (WEDNESDAY, 9, 2),
        (WEDNESDAY, 20, 1),
        (FRIDAY, 7, 2),
        (SATURDAY, 2, 1),
        (SATURDAY, 7, 1),
        (SUNDAY, 3, 1),
        (MONDAY, 2, 2),
    ],
)
def test_deepseek_costs_double_in_some_hours_of_weekdays(
    name: str, off_peak: tuple[float, float], day: int, hour: int, factor: int
) -> None:
    sent, received = off_peak
    by_hand = factor * (1000 * sent + 100 * received) * MILLIONTH
    assert price("deepseek", name, created=at(2026, 9, day, hour)) == pytest.approx(by_hand)


@pytest.mark.parametrize(
    ("provider", "name", "sent", "received"),
    [
        ("mistral", "mistral-large-latest", 0.5, 1.5),
        ("mistral", "mistral-medium-latest", 1.5, 7.5),
        ("mistral", "mistral-small-latest", 0.15, 0.6),
        ("mistral", "mistral-medium", 1.5, 7.5),
        ("mistral", "magistral-medium-latest", 1.5, 7.5),
        ("mistral", "magistral-small-latest", 0.15, 0.6),
        ("mistral", "codestral-latest", 0.3, 0.9),
        ("mistral", "devstral-medium-latest", 0.4, 2),
        ("mistral", "devstral-small-latest", 0.1, 0.3),
        ("mistral", "ministral-3b-latest", 0.1, 0.1),
        ("mistral", "ministral-14b-latest", 0.2, 0.2),
        ("bedrock_mantle", "openai.gpt-oss-120b", 0.15, 0.6),
        ("bedrock_mantle", "anthropic.claude-haiku-4-5", 1, 5),
        ("bedrock_mantle", "xai.grok-4.7", 2.2, 6.6),
        ("openai", "gpt-6.2-astra", 8, 40),
        ("openai", "gpt-6.2-sol", 2, 10),
        ("gemini", "gemini-4-hydrogen", 1.5, 7.5),
        ("vertex_ai", "gemini-4-hydrogen", 1.5, 7.5),
    ],
)
def test_prices_that_the_list_lacks(provider: str, name: str, sent: float, received: float) -> None:
    by_hand = (1000 * sent + 100 * received) * MILLIONTH
    assert price(provider, name) == pytest.approx(by_hand)
    assert get_model_info(name, provider)["input_cost_per_token"] == pytest.approx(sent * MILLIONTH)


def test_long_requests_cost_more() -> None:
    details = PromptTokensDetails(cached_tokens=100_000, cache_creation_tokens=50_000)
    usage = Usage(
        prompt_tokens=300_000,
        completion_tokens=10,
        total_tokens=300_010,
        prompt_tokens_details=details,
    )
    by_hand = 150_000 * 16 + 100_000 * 0.8 + 50_000 * 20 + 10 * 60
    assert price("openai", "gpt-6.2-astra", usage=usage) == pytest.approx(by_hand * MILLIONTH)


def test_other_tiers_and_regions_of_added_models_have_no_price() -> None:
    assert "service_tier" in why_not("openai", "gpt-6.2-sol", service_tier="priority")
    name = "openai.gpt-oss-120b"
    known = "https://bedrock-mantle.us-east-1.api.aws/v1"
    assert price("bedrock_mantle", name, base_url=known) > 0
    government = "https://bedrock-mantle.us-gov-west-1.api.aws/v1"
    assert "address" in why_not("bedrock_mantle", name, base_url=government)


@pytest.mark.parametrize(
    ("provider", "name", "tier", "factor"),
    [
        ("bedrock", "us.amazon.nova-pro-v1:0", "default", 1),
        ("bedrock", "us.amazon.nova-pro-v1:0", "flex", 0.5),
        ("bedrock", "us.amazon.nova-pro-v1:0", "priority", 1.75),
        ("bedrock", "openai.gpt-oss-120b-1:0", "flex", 0.5),
        ("bedrock_mantle", "openai.gpt-oss-120b", "priority", 1.75),
        ("gemini", "gemini-3.6-flash", "flex", 0.5),
        ("gemini", "gemini-3.6-flash", "PRIORITY", 1.8),
        ("openai", "gpt-5.6-sol", "flex", 0.5),
        ("openai", "gpt-5.6-sol", "priority", 2),
        ("openai", "gpt-6.2-sol", "flex", 0.5),
        ("azure", "gpt-5.6-sol", "flex", 0.5),
    ],
)
def test_service_tiers(provider: str, name: str, tier: str, factor: float) -> None:
    plain = price(provider, name)
    assert price(provider, name, service_tier=tier) == pytest.approx(factor * plain)


@pytest.mark.parametrize(
    ("traffic", "factor"), [("ON_DEMAND", 1), ("ON_DEMAND_PRIORITY", 1.8), ("ON_DEMAND_FLEX", 0.5)]
)
def test_tiers_of_vertex_ai(traffic: str, factor: float) -> None:
    usage = SOME.model_copy(update={"native": {"trafficType": traffic}})
    plain = price("vertex_ai", "gemini-3.6-flash")
    assert price("vertex_ai", "gemini-3.6-flash", usage=usage) == pytest.approx(factor * plain)


def test_tiers_whose_price_is_not_known() -> None:
    assert "'reserved'" in why_not("bedrock", "us.amazon.nova-pro-v1:0", service_tier="reserved")
    model = "openai.gpt-5.6-luna"
    assert "'priority'" in why_not("bedrock_mantle", model, service_tier="priority")
    usage = SOME.model_copy(update={"prompt_tokens_details": PromptTokensDetails(cached_tokens=5)})
    assert price("gemini", "gemini-3.6-flash", usage=usage) > 0
    assert "'flex'" in why_not("gemini", "gemini-3.6-flash", usage=usage, service_tier="flex")


def test_the_file_says_where_its_prices_are_from() -> None:
    more = read_more_prices()
    assert more.source.startswith("litellm ")
    assert more.date >= "2026-11-29"
    for models in more.models.values():
        for prices in models.values():
            assert prices.input_mtok
            assert prices.output_mtok
