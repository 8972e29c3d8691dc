"""What tokens cost, against figures worked out by hand from the providers' price pages."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from trunkline import Usage, list_providers
from trunkline.adapters.table.table import find_provider
from trunkline.adapters.wires import anthropic
from trunkline.adapters.wires.bedrock.response import read_usage as bedrock_usage
from trunkline.adapters.wires.gemini.usage import read_usage as gemini_usage
from trunkline.middlewares.prices.book import open_book
from trunkline.middlewares.prices.listed import Called, list_price
from trunkline.middlewares.prices.own import TokenPrices, UnknownPriceError, own_price
from trunkline.pipeline.json_values import JSON
from trunkline.pipeline.port import HTTPResponse
from trunkline.pipeline.provider_facts import PriceRules
from trunkline.pipeline.schema.parts import CompletionTokensDetails, PromptTokensDetails

data_snapshot = pytest.importorskip(
    "genai_prices.data_snapshot", reason="the extra `costs` is not installed"
)

SOME = Usage(prompt_tokens=1000, completion_tokens=100, total_tokens=1100)
MILLIONTH = 1e-6


def anthropic_usage(native: JSON) -> Usage:
    """Return the usage of a response of Anthropic's with this usage object."""
    body = json.dumps({"content": [], "usage": native}).encode()
    sent = HTTPResponse(status=200, headers={}, body=body)
    usage = anthropic.decode(sent, find_provider("anthropic")).usage
    assert usage is not None
    return usage


def price(provider: str, *names: str, usage: Usage = SOME, **more: Any) -> float:
    return list_price(Called(provider=provider, names=names, **more), usage).total


def why_not(provider: str, *names: str, usage: Usage = SOME, **more: Any) -> str:
    with pytest.raises(UnknownPriceError) as caught:
        price(provider, *names, usage=usage, **more)
    return str(caught.value)


def test_openai_cached_tokens_count_once() -> None:
    usage = Usage(
        prompt_tokens=1000,
        completion_tokens=100,
        total_tokens=1100,
        prompt_tokens_details=PromptTokensDetails(cached_tokens=400),
        completion_tokens_details=CompletionTokensDetails(reasoning_tokens=60),
    )
    by_hand = (600 * 2.5 + 400 * 1.25 + 100 * 10) * MILLIONTH
    assert price("openai", "gpt-4o-2024-08-06", usage=usage) == pytest.approx(by_hand)


def test_anthropic_tells_cache_writes_of_five_minutes_from_those_of_an_hour() -> None:
    usage = anthropic_usage(
        {
            "input_tokens": 100,
            "cache_read_input_tokens": 2000,
            "cache_creation_input_tokens": 3000,
            "cache_creation": {
                "ephemeral_5m_input_tokens": 1000,
                "ephemeral_1h_input_tokens": 2000,
            },
            "output_tokens": 500,
        }
    )
    assert usage.prompt_tokens == 5100
    by_hand = (100 * 3 + 2000 * 0.3 + 1000 * 3.75 + 2000 * 6 + 500 * 15) * MILLIONTH
    assert price("anthropic", "claude-sonnet-4-20250514", usage=usage) == pytest.approx(by_hand)


def test_anthropic_searches_cost_extra() -> None:
    usage = anthropic_usage(
        {
            "input_tokens": 1000,
            "output_tokens": 100,
            "server_tool_use": {"web_search_requests": 3},
        }
    )
    by_hand = (1000 * 3 + 100 * 15) * MILLIONTH + 3 * 0.01
    assert price("anthropic", "claude-sonnet-4-20250514", usage=usage) == pytest.approx(by_hand)


def test_bedrock_writes_for_an_hour() -> None:
    usage = bedrock_usage(
        {
            "inputTokens": 100,
            "outputTokens": 10,
            "cacheReadInputTokens": 1000,
            "cacheWriteInputTokens": 3000,
            "cacheDetails": [
                {"ttl": "5m", "inputTokens": 1000},
                {"ttl": "1h", "inputTokens": 2000},
            ],
        }
    )
    assert usage is not None
    by_hand = (100 * 3.3 + 1000 * 0.33 + 1000 * 4.125 + 2000 * 6.6 + 10 * 16.5) * MILLIONTH
    name = "eu.anthropic.claude-sonnet-4-5-20250929-v1:0"
    assert price("bedrock", name, usage=usage) == pytest.approx(by_hand)


@pytest.mark.parametrize(
    ("prompt", "by_hand"),
    [(150_000, 100_000 * 1.25 + 50_000 * 0.125 + 1500 * 10),
     (250_000, 200_000 * 2.5 + 50_000 * 0.25 + 1500 * 15)],
)  # fmt: skip
def test_gemini_costs_more_where_the_prompt_is_long(prompt: int, by_hand: float) -> None:
    usage = gemini_usage(
        {
            "promptTokenCount": prompt,
            "cachedContentTokenCount": 50_000,
            "candidatesTokenCount": 1000,
            "thoughtsTokenCount": 500,
            "totalTokenCount": prompt + 1500,
        }
    )
    assert price("gemini", "gemini-2.5-pro", usage=usage) == pytest.approx(by_hand * MILLIONTH)


def test_gemini_tells_sound_apart_in_the_cache_too() -> None:
    usage = gemini_usage(
        {
            "promptTokenCount": 1000,
            "promptTokensDetails": [
                {"modality": "TEXT", "tokenCount": 600},
                {"modality": "AUDIO", "tokenCount": 400},
            ],
            "cachedContentTokenCount": 200,
            "cacheTokensDetails": [
                {"modality": "TEXT", "tokenCount": 100},
                {"modality": "AUDIO", "tokenCount": 100},
            ],
            "candidatesTokenCount": 100,
        }
    )
    by_hand = (500 * 0.3 + 300 * 1 + 100 * 0.03 + 100 * 0.1 + 100 * 2.5) * MILLIONTH
    assert price("gemini", "gemini-2.5-flash", usage=usage) == pytest.approx(by_hand)


def test_deepseek_cache_hits() -> None:
    usage = Usage(
        prompt_tokens=1000,
        completion_tokens=100,
        total_tokens=1100,
        prompt_tokens_details=PromptTokensDetails(cached_tokens=600),
    )
    by_hand = (400 * 0.27 + 600 * 0.13 + 100 * 0.95) * MILLIONTH
    assert price("deepseek", "deepseek-v3.1-terminus", usage=usage) == pytest.approx(by_hand)


def at(year: int, month: int, day: int, hour: int = 12) -> int:
    return int(datetime(year, month, day, hour, tzinfo=UTC).timestamp())


def test_prices_are_those_of_the_day() -> None:
    before = price("mistral", "mistral-large-4", created=at(2026, 10, 25))
    after = price("mistral", "mistral-large-4", created=at(2026, 11, 1))
    assert before == pytest.approx((1000 * 1.36 + 100 * 4.18) * MILLIONTH)
    assert after == pytest.approx((1000 * 0.7 + 100 * 2.1) * MILLIONTH)


def test_a_service_tier_has_its_own_price_or_none() -> None:
    plain = price("openai", "gpt-4.1", service_tier="default")
    assert price("openai", "gpt-4.1", service_tier="priority") > plain
    assert "service_tier 'scale'" in why_not("openai", "gpt-4.1", service_tier="scale")
    earlier = why_not("openai", "gpt-4.1", service_tier="priority", created=at(2026, 1, 1))
    assert "service_tier 'priority'" in earlier


@pytest.mark.parametrize(
    ("provider", "name"),
    [
        ("openai", "gpt-4o-2024-08-06"),
        ("openai", "GPT-4o"),
        ("openai", "gpt-5-nano-2025-08-07"),
        ("anthropic", "claude-sonnet-4-5-20250929"),
        ("azure", "gpt-4o-2024-08-06"),
        ("bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
        ("bedrock", "us.amazon.nova-lite-v1:0"),
        ("gemini", "gemini-2.5-pro"),
        ("vertex_ai", "claude-sonnet-4-5@20250929"),
        ("vertex_ai", "claude-opus-4-6@default"),
        ("groq", "llama-3.3-70b-versatile"),
        ("mistral", "mistral-large-2512"),
        ("mistral", "mistral-small-latest"),
        ("bedrock", "us.amazon.nova-2-lite-v1:0"),
        ("bedrock", "global.amazon.nova-2-lite-v1:0"),
    ],
)
def test_names_that_surely_mean_a_model(provider: str, name: str) -> None:
    assert price(provider, name) > 0


@pytest.mark.parametrize(
    ("provider", "name"),
    [
        ("openai", "gpt-4o-of-the-future"),
        ("openai", "my-gpt-4o"),
        ("openai", "claude-sonnet-4-5"),
        ("anthropic", "claude-sonnet-4-5-turbo"),
        ("azure", "my-deployment"),
        ("openai", "gpt-4o-search-preview"),
        ("openai", "ft:gpt-4o-2024-08-06:me::abc"),
        ("azure_ai", "deepseek-r1"),
        ("azure_ai", "gpt-oss-120b"),
        ("bedrock", "eu.amazon.nova-2-lite-v1:0"),
        ("deepseek", "deepseek-chat-of-the-future"),
        ("mistral", "mistral-huge-latest"),
        ("openai", "gpt-6.2-sol-mini"),
        ("vertex_ai", "gemini-2.0-flash-001"),
        ("bedrock", "eu.amazon.nova-lite-v1:0"),
        ("bedrock", "us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0"),
        ("bedrock", "ap-south-1/meta.llama3-70b-instruct-v1:0"),
        ("gemini", "gemini-3.8-flash-cyber"),
        ("deepseek", "deepseek-v4-flash-vision-exp"),
        ("vllm", "gpt-4o"),
        ("custom_openai", "gpt-4o"),
        ("mock", "gpt-4o"),
        ("", "gpt-4o"),
    ],
)
def test_a_namesake_has_no_price(provider: str, name: str) -> None:
    assert "listed" in why_not(provider, name)


@pytest.mark.parametrize(
    ("provider", "name", "base_url"),
    [
        ("openai", "gpt-4o", "http://localhost:8000/v1"),
        ("openai", "gpt-4o", "https://eu.api.openai.com/v1"),
        ("bedrock", "amazon.nova-lite-v1:0", "https://bedrock-runtime.eu-west-1.amazonaws.com"),
        ("vertex_ai", "claude-sonnet-4-5", "https://us-east5-aiplatform.googleapis.com/v1"),
        (
            "bedrock",
            "anthropic.claude-sonnet-4-5-20250929-v1:0",
            "https://bedrock-runtime.us-gov-west-1.amazonaws.com",
        ),
    ],
)
def test_the_same_model_at_another_address_has_no_price(
    provider: str, name: str, base_url: str
) -> None:
    assert base_url in why_not(provider, name, base_url=base_url)


@pytest.mark.parametrize(
    ("provider", "name", "base_url"),
    [
        ("openai", "gpt-4o", "https://api.openai.com/v1"),
        ("azure", "gpt-4o", "https://mine.openai.azure.com"),
        ("bedrock", "amazon.nova-lite-v1:0", "https://bedrock-runtime.us-east-1.amazonaws.com"),
        ("vertex_ai", "claude-sonnet-4-5", "https://aiplatform.googleapis.com/v1"),
        ("vertex_ai", "gemini-2.5-pro", "https://us-east5-aiplatform.googleapis.com/v1"),
    ],
)
def test_a_provider_s_own_addresses(provider: str, name: str, base_url: str) -> None:
    assert price(provider, name, base_url=base_url) == price(provider, name)


def test_what_the_list_says_nothing_of_is_not_priced() -> None:
    sound = Usage(
        prompt_tokens=100,
        completion_tokens=10,
        total_tokens=110,
        prompt_tokens_details=PromptTokensDetails(audio_tokens=90),
    )
    assert "input_audio tokens" in why_not("openai", "gpt-4o-audio-preview", usage=sound)
    assert "input tokens" in why_not("gemini", "gemma-4-31b-it")
    reserved = gemini_usage({"promptTokenCount": 1, "trafficType": "PROVISIONED_THROUGHPUT"})
    assert "PROVISIONED" in why_not("vertex_ai", "gemini-2.5-pro", usage=reserved)
    shared = gemini_usage({"promptTokenCount": 1, "trafficType": "ON_DEMAND"})
    assert price("vertex_ai", "gemini-2.5-pro", usage=shared) > 0
    placed = anthropic_usage({"input_tokens": 1, "output_tokens": 1, "inference_geo": "eu"})
    assert "inference in eu" in why_not("anthropic", "claude-opus-4-6", usage=placed)
    advised = anthropic_usage(
        {
            "input_tokens": 1,
            "output_tokens": 1,
            "iterations": [
                {"type": "advisor_message", "model": "claude-opus-5", "input_tokens": 5}
            ],
        }
    )
    assert "claude-opus-5 advised" in why_not("anthropic", "claude-sonnet-5", usage=advised)
    fallback = [{"type": "fallback_message", "model": "claude-opus-5", "input_tokens": 5}]
    answered = anthropic_usage({"input_tokens": 1, "output_tokens": 1, "iterations": fallback})
    assert "as a fallback" in why_not("anthropic", "claude-opus-5", usage=answered)
    newer = [{"type": "newer_than_this", "input_tokens": 5}]
    counted = anthropic_usage({"input_tokens": 1, "output_tokens": 1, "iterations": newer})
    assert "newer_than_this" in why_not("anthropic", "claude-opus-5", usage=counted)
    redeemed = {"status": {"type": "redeemed"}}
    credited = anthropic_usage({"input_tokens": 1, "output_tokens": 1, "fallback_credit": redeemed})
    assert "credit" in why_not("anthropic", "claude-opus-5", usage=credited)


def test_inference_in_the_united_states() -> None:
    """It costs a tenth more, but searches cost the same."""
    counts = {"input_tokens": 1000, "output_tokens": 100}
    plain = price("anthropic", "claude-opus-4-6", usage=anthropic_usage(counts))
    placed = anthropic_usage({**counts, "inference_geo": "us"})
    assert price("anthropic", "claude-opus-4-6", usage=placed) == pytest.approx(1.1 * plain)
    searching = {**counts, "server_tool_use": {"web_search_requests": 1}}
    searched = price("anthropic", "claude-opus-4-6", usage=anthropic_usage(searching))
    placed = anthropic_usage({**searching, "inference_geo": "us"})
    both = price("anthropic", "claude-opus-4-6", usage=placed)
    assert both - searched == pytest.approx(0.1 * plain)


def test_compaction_is_priced() -> None:
    """Its tokens are billed in addition to the counts of the call."""
    compacting = anthropic_usage(
        {
            "input_tokens": 1000,
            "cache_creation": {"ephemeral_1h_input_tokens": 0},
            "output_tokens": 100,
            "iterations": [
                {
                    "type": "compaction",
                    "input_tokens": 5000,
                    "cache_read_input_tokens": 3000,
                    "cache_creation_input_tokens": 1000,
                    "cache_creation": {"ephemeral_1h_input_tokens": 500},
                    "output_tokens": 900,
                },
                {"type": "message", "input_tokens": 1000, "output_tokens": 100},
            ],
        }
    )
    whole = anthropic_usage(
        {
            "input_tokens": 6000,
            "cache_read_input_tokens": 3000,
            "cache_creation_input_tokens": 1000,
            "cache_creation": {"ephemeral_1h_input_tokens": 500},
            "output_tokens": 1000,
        }
    )
    assert price("anthropic", "claude-opus-4-6", usage=compacting) == pytest.approx(
        price("anthropic", "claude-opus-4-6", usage=whole)
    )
    prices = TokenPrices(input_cost_per_token=2e-6, output_cost_per_token=1e-5)
    assert own_price(prices, compacting) == own_price(prices, whole)


def test_counts_that_contradict_each_other() -> None:
    usage = Usage(
        prompt_tokens=10,
        completion_tokens=1,
        total_tokens=11,
        prompt_tokens_details=PromptTokensDetails(cached_tokens=20),
    )
    assert "cannot exceed" in why_not("openai", "gpt-4o", usage=usage)


def test_the_answer_s_name_says_more_than_the_request_s() -> None:
    old = price("openai", "gpt-4o-2024-05-13", "gpt-4o")
    assert old == pytest.approx((1000 * 5 + 100 * 15) * MILLIONTH)
    assert price("openai", "", "gpt-4o") == price("openai", "gpt-4o")
    # Mistral once answered a call of pixtral-12b so.
    latest = price("mistral", "ministral-14b-latest", "pixtral-12b")
    assert latest == pytest.approx((1000 * 0.2 + 100 * 0.2) * MILLIONTH)
    # A deployment's name says nothing, and Databricks answers with the maker's name.
    assert "an unnamed model at" in why_not("azure", "", "gpt-4o")
    asked = "databricks-gpt-oss-20b"
    assert price("databricks", "gpt-oss-20b-080525", asked) == price("databricks", asked)


def test_every_price_name_is_in_the_list() -> None:
    listed = open_book().providers
    priced = [row for row in list_providers() if row.price_name]
    assert len(priced) >= 30
    for row in priced:
        assert {row.price_name, *row.price_rules.resells} <= listed.keys(), row.name
        if row.base_url is not None and "{" not in row.base_url:
            # Together AI has a second host, which its client calls now.
            known = row.base_url.replace("together.ai", "together.xyz")
            assert re.match(listed[row.price_name].api_pattern, known), row.name


def test_price_rules_need_a_price_name() -> None:
    ruled = [row for row in list_providers() if row.price_rules != PriceRules()]
    assert ruled
    assert all(row.price_name for row in ruled)
