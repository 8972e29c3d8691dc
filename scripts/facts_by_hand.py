"""Facts about models that litellm's list lacks, each with its source, for make_model_facts.py.

Models are by provider. A string names a model of the same provider whose facts apply; a tuple is
the maximum of input and of output tokens, the mode, and the capabilities.
"""

from __future__ import annotations

from collections.abc import Mapping

Facts = str | tuple[int | None, int | None, str, tuple[str, ...]]

_COMMON = ("supports_vision", "supports_reasoning", "supports_prompt_caching")
_TEXT: tuple[str, ...] = ()

BY_HAND: Mapping[str, Mapping[str, Facts]] = {
    # https://developers.openai.com/api/docs/models; the models for single fields, such as -law and
    # -cyber, have the limits of the model that they are based on.
    "openai": {
        "gpt-6.2-astra": "gpt-6-astra",
        "gpt-6.2-astra-law": "gpt-6-astra-law",
        "gpt-6.2-sol": "gpt-6.1-sol",
    },
    # https://platform.claude.com/docs/en/about-claude/models/overview
    "anthropic": {
        "claude-fable-5-2": "claude-fable-5-1",
        "claude-mythos-5-2": "claude-mythos-5-1",
    },
    # https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/gemini/4-carbon. The
    # limits of Neon and Robotics-ER 1.6 are not published.
    "gemini": {
        "gemini-4-carbon": "gemini-4-argon",
        "gemini-4-neon": (None, None, "chat", (*_COMMON, "supports_pdf_input")),
        "gemini-robotics-er-1.6-preview": "gemini-robotics-er-2-preview",
    },
    "vertex_ai": {"claude-fable-5-2": "claude-fable-5-1", "gemini-4-carbon": "gemini-4-argon"},
    # https://docs.aws.amazon.com/bedrock/latest/userguide/models-supported.html
    "bedrock": {
        f"{region}anthropic.claude-{name}-5-2": f"{region}anthropic.claude-{name}-5-1"
        for region in ("", "us.", "global.")
        for name in ("fable", "mythos")
    },
    # https://console.groq.com/docs/compound and https://console.groq.com/docs/models
    "groq": {
        **dict.fromkeys(
            (
                "compound",
                "compound-mini",
                "compound-beta",
                "compound-beta-mini",
                "groq/compound",
                "groq/compound-mini",
            ),
            (131072, 8192, "chat", ("supports_reasoning",)),
        ),
        "qwen/qwen3.6-27b": "qwen/qwen3.8-27b",
    },
    # https://docs.x.ai/docs/models: names without a date or kind are aliases.
    "xai": {
        "grok-3-fast": "grok-3-fast-latest",
        "grok-4-1-fast-non-reasoning-latest": "grok-4-1-fast-non-reasoning",
        "grok-4-fast": "grok-4-fast-reasoning",
        "grok-4-fast-reasoning-latest": "grok-4-fast-reasoning",
        "grok-4-fast-non-reasoning-latest": "grok-4-fast-non-reasoning",
    },
    # https://docs.cohere.com/docs/models
    "cohere": {
        "command-a-reasoning-08-2025": (256000, 32000, "chat", ("supports_reasoning",)),
        "command-a-vision-07-2025": (128000, 8000, "chat", ("supports_vision",)),
        "command-a-translate-08-2025": (8000, 8000, "chat", _TEXT),
    },
}

#: Models that can use a computer, where litellm's list does not say so, by provider.
#: https://developers.openai.com/api/docs/guides/tools-computer-use and, for each model, the tools
#: on its page below https://developers.openai.com/api/docs/models
COMPUTER_USE: Mapping[str, str] = dict.fromkeys(
    ("openai", "azure"), r"^(computer-use-preview|gpt-5\.[4-6](?!.*nano)|gpt-6)"
)
