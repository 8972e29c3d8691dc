"""Providers that serve their own models."""

from __future__ import annotations

from ...pipeline.provider_facts import PriceRules, TierRule
from ..families.openai import CACHE_BREAKPOINTS, OPENAI_RULES
from ..provider.param_groups import (
    CACHE_MARKS,
    KEEPS_REASONING,
    LOGPROBS,
    MAX_TOKENS,
    OPENAI_ONLY,
    PENALTIES,
    REASONING,
    STORED,
    TOOLS,
    WEB_SEARCH,
    Host,
)
from ..provider.row import OPENAI_PARTS, Flag, ModelRule, Provider, ResponsesAPI

#: As in `ContentChunk` of Mistral's client.
_MISTRAL_PARTS = OPENAI_PARTS | {
    "document_url",
    "reference",
    "resource",
    "resource_link",
    "thinking",
}
#: It accepts a sender's name only in tool results, and has no refusals.
_MISTRAL_REFUSES = CACHE_MARKS | {"name", "refusal"}
_MISTRAL_FLAGS: frozenset[Flag] = frozenset(
    {"audio_text", "document_urls", "no_stream_usage", "short_call_ids", "tool_media"}
)

#: https://docs.x.ai/docs/api-reference#create-new-response
_XAI_RESPONSES_DROPS = frozenset(
    {"background", "context_management", "conversation", "prompt", "truncation", "verbosity"}
)
#: Among those that OpenAI has too. https://docs.x.ai/developers/tools/overview
_XAI_TOOLS = WEB_SEARCH | {"code_interpreter", "file_search", "mcp", "shell", "tool_search"}
#: How names begin: "grok-", on Bedrock and at Oracle "xai.grok-", at gateways "x-ai/grok-".
_GROK = r"^(?:.*[/.])?grok-"
#: What Grok models support, for every provider that serves them.
#: https://docs.x.ai/docs/api-reference#chat-completions
XAI_RULES = (
    ModelRule(
        pattern=rf"{_GROK}(?:[4-9]|3-mini|code)(?!.*non-reasoning)",
        drops=PENALTIES | {"stop"},
        flags=frozenset({"reasons"}),
    ),
    ModelRule(pattern=rf"{_GROK}.*multi-agent", apis=frozenset({"responses"})),
    ModelRule(pattern=rf"{_GROK}(?:2|3(?!-mini)|4(?![.\d])|code|.*non-reasoning)", drops=REASONING),
)
#: Only its own models have chat completions; other makers' models have the Responses API.
_PERPLEXITY_RULES = (
    ModelRule(pattern="reason|research", adds=REASONING),
    ModelRule(pattern=r"/", apis=frozenset({"responses"})),
    ModelRule(pattern=r"^[^/]+$", apis=frozenset({"chat"})),
)

LABS: tuple[Provider, ...] = (
    Provider(
        name="openai",
        family=r"^(ft:|openai-)?(gpt(?!-?oss)|chatgpt|o\d|codex|davinci|babbage|text-|computer-use|omni)",
        title="OpenAI",
        misspellings=("chatgpt", "gpt", "open-ai", "open_ai"),
        base_url="https://api.openai.com/v1",
        base_url_env=("OPENAI_BASE_URL", "OPENAI_API_BASE"),
        responses=ResponsesAPI(hosts=(".api.openai.com",), for_tools=True, keys_are_accounts=True),
        key_env=("OPENAI_API_KEY",),
        models=(*OPENAI_RULES, CACHE_BREAKPOINTS),
        max_stop_sequences=4,
        flags=frozenset({"custom_tools", "developer_role"}),
        strips=CACHE_MARKS,
        inlines=frozenset({"document", "file", "input_audio"}),
        counter="openai/counting",
        price_name="openai",
        # Responses do not report what a search costs on top of its tokens.
        price_rules=PriceRules(
            unlisted=r"-search-|gpt-oss", tiers=(TierRule(tier="flex", factor=0.5),)
        ),
        docs="https://platform.openai.com/docs/api-reference/chat",
    ),
    Provider(
        name="mistral",
        family=r"^(open-|labs-)?(mistral|leanstral|mixtral|ministral|magistral|codestral|devstral|pixtral|voxtral)",
        title="Mistral AI",
        base_url="https://api.mistral.ai/v1",
        base_url_env=("MISTRAL_API_BASE", "MISTRAL_BASE_URL"),
        responses=ResponsesAPI(),
        key_env=("MISTRAL_API_KEY",),
        renames={**MAX_TOKENS, "seed": "random_seed"},
        # Mistral refuses a body with an unknown field.
        drops=(OPENAI_ONLY - {"prediction", "prompt_cache_key", "service_tier"})
        | {"logit_bias", "user"},
        flags=_MISTRAL_FLAGS | frozenset[Flag]({"prefill_prefix", "thinking_parts"}),
        parts=_MISTRAL_PARTS,
        strips=_MISTRAL_REFUSES,
        finish_reasons={"model_length": "length"},
        aliases=("mistralai",),
        otel_name="mistral_ai",
        price_name="mistral",
        # The models behind names without a version change, and responses repeat the name. Our
        # additions to the list have their prices.
        price_rules=PriceRules(
            unlisted=r"^(?!mistral-(medium|small)-).*-latest$"
            r"|^(magistral|mistral)-(large|medium|small)$"
        ),
        docs="https://docs.mistral.ai/api/",
    ),
    Provider(
        name="codestral",
        title="Codestral (Mistral AI)",
        base_url="https://codestral.mistral.ai/v1",
        base_url_env=("CODESTRAL_API_BASE",),
        key_env=("CODESTRAL_API_KEY",),
        renames={**MAX_TOKENS, "seed": "random_seed"},
        drops=(OPENAI_ONLY - {"prediction"}) | REASONING | {"logit_bias", "user"},
        flags=_MISTRAL_FLAGS,
        parts=_MISTRAL_PARTS,
        strips=_MISTRAL_REFUSES,
        finish_reasons={"model_length": "length"},
        docs="https://docs.mistral.ai/capabilities/code_generation/",
    ),
    Host(
        name="deepseek",
        family=r"^deepseek",
        title="DeepSeek",
        base_url="https://api.deepseek.com",
        base_url_env=("DEEPSEEK_API_BASE", "DEEPSEEK_BASE_URL"),
        # https://api-docs.deepseek.com/guides/responses_api
        responses=ResponsesAPI(drops=STORED, built_in_tools=WEB_SEARCH | {"tool_search"}),
        key_env=("DEEPSEEK_API_KEY",),
        drops=OPENAI_ONLY | {"logit_bias", "n", "parallel_tool_calls", "seed", "user"},
        # Its thinking models need their reasoning back with tool results.
        keeps=KEEPS_REASONING,
        # https://api-docs.deepseek.com/guides/json_mode (only json_object) and
        # https://github.com/deepseek-ai/DeepSeek-V3/issues/1376 (what thinking refuses)
        flags=frozenset({"forced_schema", "text_content", "thinking_none", "unforced_thinking"}),
        max_stop_sequences=16,
        price_name="deepseek",
        # The list has the prices of 2025; the models behind these names have changed. Peak hours
        # are on weekdays. On China's public holidays, which are not known here, the cost of these
        # hours is an upper bound. https://api-docs.deepseek.com/quick_start/pricing
        price_rules=PriceRules(
            unlisted=r"^deepseek-(chat|reasoner)$", days_without_hours=frozenset({5, 6})
        ),
        docs="https://api-docs.deepseek.com/api/create-chat-completion",
    ),
    Provider(
        name="xai",
        misspellings=("grok",),
        family=r"^grok",
        title="xAI",
        base_url="https://api.x.ai/v1",
        base_url_env=("XAI_API_BASE", "XAI_BASE_URL"),
        responses=ResponsesAPI(
            hosts=(".api.x.ai",),
            for_tools=True,
            drops=_XAI_RESPONSES_DROPS,
            built_in_tools=_XAI_TOOLS,
            keys_are_accounts=True,
        ),
        key_env=("XAI_API_KEY",),
        # https://docs.x.ai/docs/api-reference#chat-completions
        drops=(OPENAI_ONLY - {"safety_identifier", "service_tier"}) | {"logit_bias"},
        models=XAI_RULES,
        flags=frozenset({"reasoning_beside_completion"}),
        aliases=("x_ai",),
        strips=CACHE_MARKS,
        counter="openai/counting_xai",
        otel_name="x_ai",
        price_name="x-ai",
        docs="https://docs.x.ai/docs/api-reference",
    ),
    Provider(
        name="perplexity",
        family=r"^(sonar|r1-1776)",
        title="Perplexity",
        base_url="https://api.perplexity.ai",
        base_url_env=("PERPLEXITY_API_BASE",),
        # https://docs.perplexity.ai/docs/agent-api/openai-compatibility
        # https://docs.perplexity.ai/docs/agent-api/tools
        responses=ResponsesAPI(path="/v1/responses", built_in_tools=WEB_SEARCH | {"mcp"}),
        key_env=("PERPLEXITYAI_API_KEY", "PERPLEXITY_API_KEY"),
        renames=MAX_TOKENS,
        drops=(OPENAI_ONLY - {"web_search_options"})
        | TOOLS
        | LOGPROBS
        | {"logit_bias", "n", "seed", "stop", "user"},
        models=_PERPLEXITY_RULES,
        # https://docs.perplexity.ai/guides/structured-outputs
        flags=frozenset({"json_schema_only"}),
        parts=frozenset({"file_url", "image_url", "pdf_url", "text", "video_url"}),
        strips=CACHE_MARKS,
        price_name="perplexity",
        docs="https://docs.perplexity.ai/api-reference/chat-completions-post",
    ),
)
