"""Under which names genai-prices has the prices of which providers.

A provider that is not here has no listed price, whatever its models are called: the same model
costs something else at another host.

Source: https://github.com/pydantic/genai-prices/tree/main/prices/providers
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct


class Listing(Struct, frozen=True, kw_only=True):
    """Where a provider's prices stand, and for what they hold.

    Attributes:
        ids: its id in genai-prices, and those whose models it sells at their prices.
        deployments: whether its users name models as they like, so that only the name in the
            answer says what was called.
        audio_as_text: whether audio costs what text does where no price of its own is listed.
        hosts: pairs of regular expressions, a listed model's id and the address that it must have
            been called at; the first pair whose model matches decides.
        unlisted: regular expression of model names that are not meant, though they match.
    """

    ids: tuple[str, ...]
    deployments: bool = False
    audio_as_text: bool = False
    hosts: tuple[tuple[str, str], ...] = ()
    unlisted: str | None = None


#: By the prefix of the provider.
LISTINGS: Mapping[str, Listing] = {
    "anthropic": Listing(ids=("anthropic",)),
    "arcee": Listing(ids=("arcee",)),
    "avian": Listing(ids=("avian",)),
    "azure": Listing(ids=("azure", "openai"), deployments=True),
    "azure_ai": Listing(ids=("azure", "openai", "anthropic"), deployments=True),
    "baseten": Listing(ids=("baseten",)),
    "bedrock": Listing(
        ids=("aws",),
        # What is not told apart by region is listed as it costs in the United States.
        # https://aws.amazon.com/bedrock/pricing/
        hosts=(
            (r"^(regional|global)\.", r"^https://bedrock-runtime\.(?!us-gov-)"),
            (r"", r"^https://bedrock-runtime\.us-(east|west)-"),
        ),
        unlisted=r"us-gov\.",
    ),
    "cerebras": Listing(ids=("cerebras",)),
    "cloudflare": Listing(ids=("cloudflare",)),
    "cohere": Listing(ids=("cohere",)),
    "databricks": Listing(ids=("databricks",)),
    "deepseek": Listing(ids=("deepseek",)),
    "fireworks_ai": Listing(ids=("fireworks",)),
    "gemini": Listing(ids=("google",), audio_as_text=True),
    "groq": Listing(ids=("groq",)),
    "meta": Listing(ids=("meta",)),
    "minimax": Listing(ids=("minimax",)),
    "mistral": Listing(ids=("mistral",)),
    "modal": Listing(ids=("modal",)),
    "moonshot": Listing(ids=("moonshotai",)),
    "novita": Listing(ids=("novita",)),
    # What a search costs beside its tokens is not told.
    "openai": Listing(ids=("openai",), unlisted=r"-search-"),
    "openrouter": Listing(ids=("openrouter",)),
    "ovhcloud": Listing(ids=("ovhcloud",)),
    "perplexity": Listing(ids=("perplexity",)),
    "together_ai": Listing(ids=("together",)),
    "vertex_ai": Listing(
        ids=("google",),
        audio_as_text=True,
        # Claude costs a tenth more where the region is fixed.
        # https://platform.claude.com/docs/en/about-claude/pricing
        hosts=((r"^claude-", r"^https://aiplatform\."),),
    ),
    "xai": Listing(ids=("x-ai",)),
    "zai": Listing(ids=("zai",)),
    "zhipu": Listing(ids=("zhipuai",)),
}
