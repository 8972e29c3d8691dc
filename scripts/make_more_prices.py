"""Write middlewares/prices/more_prices.json: prices that genai-prices does not have.

    uv run --with litellm==VERSION python scripts/make_more_prices.py

Most are from the list of models that litellm's package holds, under the MIT license; litellm is not
imported. The others are from the vendors' pages, named below. A price that genai-prices gains takes
precedence, so entries can stay until they are removed here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import PathDistribution, distribution
from pathlib import Path
from typing import Any, cast

DATA = Path(__file__).parents[1] / "middlewares" / "prices" / "more_prices.json"
LIST = "litellm/model_prices_and_context_window_backup.json"
MODES = ("chat", "responses", "completion")

# Providers whose models are taken from litellm, if they have a price there.
FROM_LITELLM = ("mistral", "bedrock_mantle")
# Single models that are taken from there, by pattern.
ALSO_FROM_LITELLM = {
    "anthropic": r"claude-mythos-(5|5-1|preview)",
    "openai": r"gpt-daybreak-(blue|red)-latest|gpt-6-astra-law|computer-use-preview(-2025-03-11)?",
}
# Providers that genai-prices does not have: their names, and patterns of their addresses. The
# regions of the United States' government have other prices.
PROVIDERS = {
    "bedrock_mantle": {
        "name": "Amazon Bedrock (OpenAI-compatible)",
        "api_pattern": r"https://bedrock-mantle\.(?!us-gov)[a-z0-9-]+\.api\.aws(/|$)",
    }
}
# Other names of listed models. https://api-docs.deepseek.com/updates: both are modes of Flash.
# https://ai.google.dev/gemini-api/docs/models: variants at the same price.
ALIASES = {
    "deepseek": {
        "deepseek-chat": "deepseek-v4-flash",
        "deepseek-reasoner": "deepseek-v4-flash",
    },
    "google": {
        "gemini-3.1-pro-preview-customtools": "gemini-3.1-pro-preview",
        "nano-banana-pro-preview": "gemini-3-pro-image-preview",
    },
    # https://docs.x.ai/docs/models: with and without reasoning at the same price.
    "x-ai": {
        f"grok-4.20-{kind}": "grok-4.20"
        for kind in ("0309", "non-reasoning", "non-reasoning-latest", "reasoning-latest")
    },
}
# https://developers.openai.com/api/docs/models/gpt-6.2-astra and .../gpt-6.2-sol, November 2026:
# dollars for a million tokens. Requests above 272,000 tokens cost twice, their output 1.5 times.
BY_HAND: dict[str, dict[str, dict[str, Any]]] = {
    # https://ai.google.dev/gemini-api/docs/pricing
    "google": {
        "gemini-4-hydrogen": {"input_mtok": 1.5, "output_mtok": 7.5, "cache_read_mtok": 0.075},
        "gemini-omni-1.2-flash": {"input_mtok": 1.5, "output_mtok": 9, "output_video_mtok": 12},
    },
    "openai": {
        "gpt-6.2-astra": {
            "input_mtok": 8,
            "output_mtok": 40,
            "cache_read_mtok": 0.4,
            "cache_write_mtok": 10,
            "long": {
                "start": 272000,
                "input_mtok": 16,
                "output_mtok": 60,
                "cache_read_mtok": 0.8,
                "cache_write_mtok": 20,
            },
        },
        "gpt-6.2-sol": {
            "input_mtok": 2,
            "output_mtok": 10,
            "cache_read_mtok": 0.1,
            "cache_write_mtok": 2.5,
            "long": {
                "start": 272000,
                "input_mtok": 4,
                "output_mtok": 15,
                "cache_read_mtok": 0.2,
                "cache_write_mtok": 5,
            },
        },
    },
}
NAMES = {
    "input_mtok": "input_cost_per_token",
    "output_mtok": "output_cost_per_token",
    "cache_read_mtok": "cache_read_input_token_cost",
    "cache_write_mtok": "cache_creation_input_token_cost",
    "cache_write_1h_mtok": "cache_creation_input_token_cost_above_1hr",
}
LONG = "_above_272k_tokens"


def document() -> dict[str, Any]:
    """Return the content of the file, from the litellm that is installed."""
    package = cast("PathDistribution", distribution("litellm"))
    listed: dict[str, dict[str, Any]] = json.loads(Path(str(package.locate_file(LIST))).read_text())
    models = {name: dict(prices) for name, prices in BY_HAND.items()}
    for key, entry in listed.items():
        provider = entry.get("litellm_provider")
        name = key.removeprefix(f"{provider}/")
        if _is_wanted(provider, name) and entry.get("mode") in MODES and "/" not in name:
            prices = _prices(entry)
            if prices.get("input_mtok") and prices.get("output_mtok"):
                models.setdefault(str(provider), {})[name] = prices
    return {
        "source": f"litellm {package.version}, {Path(LIST).name}, and the vendors' price pages",
        "date": datetime.now(UTC).date().isoformat(),
        "providers": PROVIDERS,
        "aliases": ALIASES,
        "models": {name: dict(sorted(models[name].items())) for name in sorted(models)},
    }


def _is_wanted(provider: object, name: str) -> bool:
    pattern = ALSO_FROM_LITELLM.get(str(provider))
    single = pattern is not None and re.fullmatch(pattern, name) is not None
    return single or provider in FROM_LITELLM


def _prices(entry: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = _tier(entry, "")
    long = _tier(entry, LONG)
    if long:
        found["long"] = {"start": 272000, **long}
    return found


def _tier(entry: Mapping[str, Any], suffix: str) -> dict[str, float]:
    return {
        name: round(entry[theirs + suffix] * 1_000_000, 6)
        for name, theirs in NAMES.items()
        if entry.get(theirs + suffix)
    }


if __name__ == "__main__":
    DATA.write_text(json.dumps(document(), separators=(",", ":"), ensure_ascii=False) + "\n")
