"""Under which names genai-prices has the prices of which providers.

A provider that is not here has no listed price, whatever its models are called: the same model
costs something else at another host.

Source: https://github.com/pydantic/genai-prices/tree/main/prices/providers
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct


class Listing(Struct, frozen=True, kw_only=True):
    """Where a provider's prices stand, and for what they hold.

    Attributes:
        ids: its id in genai-prices, and those whose models it sells at their prices.
        named_by: whose name is that of the list: the one in the answer alone, where users name
            deployments as they like; the one in the request, where answers tell the maker's name;
            None for the answer's, and the request's where an answer has none.
        audio_as_text: whether audio costs what text does where no price of its own is listed.
        hosts: pairs of regular expressions, a listed model's id and the address that it must have
            been called at; the first pair whose model matches decides.
        unlisted: regular expression of model names that are not meant, though they match.
    """

    ids: tuple[str, ...]
    named_by: Literal["answer", "request"] | None = None
    audio_as_text: bool = False
    hosts: tuple[tuple[str, str], ...] = ()
    unlisted: str | None = None


#: By the prefix of the provider.
LISTINGS: Mapping[str, Listing] = {
    "anthropic": Listing(ids=("anthropic",)),
    "arcee": Listing(ids=("arcee",)),
    "avian": Listing(ids=("avian",)),
    # OpenAI does not sell its open models; what is listed is another host's price.
    "azure": Listing(ids=("azure", "openai"), named_by="answer", unlisted=r"gpt-oss"),
    "azure_ai": Listing(
        ids=("azure", "openai", "anthropic"), named_by="answer", unlisted=r"gpt-oss"
    ),
    "baseten": Listing(ids=("baseten",)),
    "bedrock": Listing(
        ids=("aws",),
        # What is not told apart by region is listed as it costs in the United States.
        # https://aws.amazon.com/bedrock/pricing/
        hosts=(
            (r"^(regional|global)\.", r"^https://bedrock-runtime\.(?!us-gov-)"),
            (r"", r"^https://bedrock-runtime\.us-(east|west)-"),
        ),
        unlisted=r"us-gov\.|^(?!us\.|global\.)[a-z]+\.amazon\.",
    ),
    "cerebras": Listing(ids=("cerebras",)),
    "cloudflare": Listing(ids=("cloudflare",)),
    "cohere": Listing(ids=("cohere",)),
    "databricks": Listing(ids=("databricks",), named_by="request"),
    # Listed as they cost in 2025; the models behind these names have changed.
    "deepseek": Listing(ids=("deepseek",), unlisted=r"^deepseek-(chat|reasoner)$"),
    "fireworks_ai": Listing(ids=("fireworks",)),
    "gemini": Listing(ids=("google",), audio_as_text=True),
    "groq": Listing(ids=("groq",)),
    "meta": Listing(ids=("meta",)),
    "minimax": Listing(ids=("minimax",)),
    # The models behind names without a version change, and answers repeat the name.
    "mistral": Listing(
        ids=("mistral",),
        unlisted=r"^(?!mistral-(medium|small)-).*-latest$|^(magistral|mistral)-(large|medium|small)$",
    ),
    "modal": Listing(ids=("modal",)),
    "moonshot": Listing(ids=("moonshotai",)),
    "novita": Listing(ids=("novita",)),
    # What a search costs beside its tokens is not told.
    "openai": Listing(ids=("openai",), unlisted=r"-search-|gpt-oss"),
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
        # These cost something else than at AI Studio, whose prices are listed.
        # https://cloud.google.com/vertex-ai/generative-ai/pricing
        unlisted=r"^gemini-1\.|^gemini-2\.0-flash(?!-lite)",
    ),
    "xai": Listing(ids=("x-ai",)),
    "zai": Listing(ids=("zai",)),
    "zhipu": Listing(ids=("zhipuai",)),
}
