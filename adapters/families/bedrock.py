"""Differences between Bedrock's model families on Converse, by model name.

A name may have a region prefix or be an ARN. An ARN without a model's name (an application
inference profile, a provisioned or imported model) counts as a model that supports everything.
https://docs.aws.amazon.com/bedrock/latest/userguide/conversation-inference-supported-models-features.html
"""

from __future__ import annotations

import re

from msgspec.structs import replace

from ...pipeline.json_values import JSON
from ..provider.row import NO_MAPPING, ModelRule
from .claude import CLAUDE_RULES, claude_model
from .openai import OPENAI_RULES

CLAUDE = r"anthropic\.claude"
NOVA = r"amazon\.nova"
#: An ARN that does not contain a model's name.
OPAQUE = r"^arn:[^/]*/[^.]*$"
THINKING_CLAUDE = r"anthropic\.claude-(3-7|(?!instant)[a-z]{3,})"
# https://docs.aws.amazon.com/nova/latest/nova2-userguide/using-converse-api.html
THINKING_NOVA = r"amazon\.nova-[2-9]"
GPT_OSS = r"openai\.gpt-oss"
#: OpenAI's own models, for which Amazon has the Responses API.
OPENAI_OWN = r"openai\.gpt-(?:5\.[4-9]|[6-9]|daybreak)"
HYBRID_QWEN = r"qwen\.qwen3-(32b|235b|vl|next)"
#: Other models that reason. Their effort is a field of Converse.
EFFORT = (
    r"openai\.|moonshot(ai)?\.|minimax\.|zai\.|xai\.|nvidia\.nemotron"
    rf"|deepseek\.v[3-9]|google\.gem|mistral\.magistral|{HYBRID_QWEN}"
)
#: Models whose reasoning can be set by a budget of thinking tokens too, as a level.
LEVELS = "|".join((THINKING_NOVA, GPT_OSS, HYBRID_QWEN))
#: Claude 4 and later, whose names begin with the size. Earlier versions refuse
#: `disable_parallel_tool_use` on Bedrock.
PARALLEL_CHOICE = r"anthropic\.claude-(?!instant)[a-z]{3,}"
# https://docs.aws.amazon.com/nova/latest/nova2-userguide/web-grounding.html
GROUNDING = r"amazon\.nova-(premier|[2-9])"
#: Models without tools, and models that cannot be forced to call one.
NO_TOOLS = (
    r"amazon\.titan|anthropic\.claude-(v\d|instant)|mistral\.(mistral-7b|mixtral-8x7b)"
    r"|meta\.llama3-(8b|70b|2-[13]b)|cohere\.command-(light-)?text|ai21\.(j2|jamba-instruct)"
    r"|deepseek\.r1"
)
FREE_CHOICE_ONLY = r"meta\.llama|cohere\.command|ai21\.jamba"

# https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html
_NATIVE_JSON = re.compile(
    r"anthropic\.claude-((haiku|sonnet|opus)-4-[56]|(haiku|sonnet|opus)-[5-9])"
    r"|qwen\.qwen3|deepseek\.v3|google\.gemma-3-(12b|27b)|minimax\.|moonshot\.|nvidia\.nemotron"
    r"|openai\.gpt-oss|zai\.glm"
    r"|mistral\.(magistral-small|ministral-3|mistral-large-3|voxtral)"
)
_NO_SYSTEM = re.compile(
    r"amazon\.titan|mistral\.(mistral-7b|mixtral-8x7b)|cohere\.command-(light-)?text|ai21\.j2"
)
# https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html
_CACHES = re.compile(rf"{CLAUDE}|{NOVA}")
_NAMED_CHOICE = re.compile(rf"{CLAUDE}|{NOVA}")
_REFUSES_REASONING = re.compile(r"deepseek\.")


#: Parameters that models support; see `ModelRule`.
BEDROCK_RULES: tuple[ModelRule, ...] = (
    # https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html
    ModelRule(pattern=rf"{CLAUDE}|{NOVA}", cache_mark="cache_control"),
    ModelRule(
        pattern=f"{THINKING_CLAUDE}|{LEVELS}", adds=frozenset({"reasoning_effort", "thinking"})
    ),
    ModelRule(pattern=EFFORT, adds=frozenset({"reasoning_effort"})),
    ModelRule(pattern=OPAQUE, adds=frozenset({"thinking"})),
    ModelRule(pattern=PARALLEL_CHOICE, adds=frozenset({"parallel_tool_calls"})),
    ModelRule(pattern=GROUNDING, adds=frozenset({"web_search_options"})),
    ModelRule(pattern=FREE_CHOICE_ONLY, drops=frozenset({"tool_choice"})),
    ModelRule(pattern=NO_TOOLS, drops=frozenset({"response_format", "tool_choice", "tools"})),
    *CLAUDE_RULES,
    # Converse has its own names for parameters, and is the only API.
    *(replace(rule, renames=NO_MAPPING, apis=None) for rule in OPENAI_RULES),
)


def matches(pattern: str | re.Pattern[str], model: str) -> bool:
    """Return whether a model belongs to a family."""
    return re.search(pattern, model.lower()) is not None


def is_opaque(model: str) -> bool:
    """Return whether a name is an ARN that does not contain a model's name."""
    return matches(OPAQUE, model)


def has_native_json(model: str) -> bool:
    """Return whether a model supports a JSON schema for its text, and strict tools."""
    return matches(_NATIVE_JSON, model)


def takes_system(model: str) -> bool:
    """Return whether a model supports a system prompt."""
    return not matches(_NO_SYSTEM, model)


def takes_system_turns(model: str) -> bool:
    """Return whether system messages may come later in the conversation."""
    return matches(CLAUDE, model) and claude_model(model).system_turns


def takes_cache_points(model: str) -> bool:
    """Return whether a model supports cache points in system prompt and messages."""
    return matches(_CACHES, model) or is_opaque(model)


def takes_result_cache_points(model: str) -> bool:
    """Return whether a model supports cache points in a message with results of tools."""
    return not matches(NOVA, model)


def takes_tool_cache_points(model: str) -> bool:
    """Return whether a model supports cache points among the tools."""
    return matches(CLAUDE, model) or is_opaque(model)


def takes_named_choice(model: str) -> bool:
    """Return whether a tool choice can name a tool."""
    return matches(_NAMED_CHOICE, model) or is_opaque(model)


def takes_forced_choice(model: str) -> bool:
    """Return whether a tool choice can require a call."""
    return not matches(FREE_CHOICE_ONLY, model)


def takes_reasoning(model: str, *, signed: bool) -> bool:
    """Return whether a model accepts reasoning in messages; Claude requires signatures."""
    if matches(CLAUDE, model):
        return signed
    return not matches(_REFUSES_REASONING, model)


def top_k_fields(model: str, top_k: object) -> JSON:
    """Return the model's own fields for `top_k`.

    https://docs.aws.amazon.com/nova/latest/userguide/complete-request-schema.html
    """
    return {"inferenceConfig": {"topK": top_k}} if matches(NOVA, model) else {"top_k": top_k}
