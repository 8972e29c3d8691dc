"""What OpenAI's models support, for every provider that serves them."""

from __future__ import annotations

from msgspec.structs import replace

from ..provider.param_groups import LOGPROBS, MAX_COMPLETION_TOKENS, PENALTIES, REASONING
from ..provider.row import ModelRule

#: How names begin: "gpt-", at gateways "openai/gpt-", on Bedrock "openai.gpt-", on Databricks
#: "databricks-gpt-", on Snowflake "openai-gpt-", and fine-tuned "ft:gpt-".
_NAME = r"^(?:.*/)?(?:ft:|(?:[a-z]+\.)?openai[.-]|databricks-)?"
_GPT = rf"{_NAME}gpt-"
#: How a name of the o-series goes on: with a variant or date, or with what a fine-tune adds.
_END = r"(?:[-:@]|$)"
#: The suffix of a fine-tune may be any word.
_NO_CHAT = r"(?![^:]*-chat)"
#: Versions from 5 on. "gpt-35" is an old name on Azure, and dates have more digits than versions.
_FROM_5 = rf"(?:[5-9]|[12]\d)(?!\d){_NO_CHAT}"
_FROM_6 = r"(?:[6-9]|[12]\d)"
_FROM_5_4 = rf"(?:5[.-](?:[4-9]|[1-9]\d)|{_FROM_6})(?!\d){_NO_CHAT}"
_FROM_5_5 = rf"(?:5[.-](?:[5-9]|[1-9]\d)|{_FROM_6})(?!\d){_NO_CHAT}"
_FROM_5_6 = rf"(?:5[.-](?:[6-9]|[1-9]\d)|{_FROM_6})(?!\d){_NO_CHAT}"
_ONLY_5 = rf"5(?![.\d]|-\d\d?(?!\d)){_NO_CHAT}"
#: https://developers.openai.com/api/docs/guides/prompt-caching
CACHE_BREAKPOINTS = ModelRule(pattern=rf"{_GPT}{_FROM_5_6}", cache_mark="prompt_cache_breakpoint")
#: Names of deployments, which begin as their users like: "prod-gpt-5.5", "eu_o3".
_DEPLOYED = r"^(?:.*[/_-])?(?:ft:)?"
#: These hold wherever OpenAI's models are served. No rule matches the names of other models.
#: https://developers.openai.com/api/docs/guides/reasoning and .../guides/latest-model
OPENAI_RULES = (
    ModelRule(
        pattern=rf"{_NAME}(?:gpt-[34]|chatgpt|gpt-5[^:]*-chat)",
        drops=REASONING | {"verbosity"},
    ),
    ModelRule(
        pattern=rf"{_NAME}o[134]{_END}",
        drops=LOGPROBS
        | PENALTIES
        | {"logit_bias", "parallel_tool_calls", "temperature", "top_p", "verbosity"},
        renames=MAX_COMPLETION_TOKENS,
    ),
    ModelRule(pattern=rf"{_NAME}o[34]{_END}", drops=frozenset({"stop"})),
    ModelRule(
        pattern=rf"{_GPT}{_FROM_5}",
        drops=PENALTIES | {"logit_bias", "stop"},
        renames=MAX_COMPLETION_TOKENS,
    ),
    ModelRule(
        pattern=rf"{_GPT}{_ONLY_5}",
        drops=LOGPROBS | {"temperature", "top_p"},
    ),
    # Models in between do not reason by default, and support these parameters then.
    ModelRule(
        pattern=rf"{_GPT}{_FROM_5_5}",
        reasoning_drops=LOGPROBS | {"temperature", "top_p"},
    ),
    # These refuse the effort "none", so they always reason.
    ModelRule(
        pattern=rf"{_GPT}\d+(?:[.-]\d+)?-astra(?![a-z])",
        drops=LOGPROBS | {"temperature", "top_p"},
    ),
    ModelRule(
        pattern=rf"{_NAME}o[134]{_END}|{_GPT}{_FROM_5}",
        flags=frozenset({"reasons"}),
    ),
    # They reason too, but their names have no version.
    ModelRule(
        pattern=rf"{_GPT}(?:rosalind|daybreak)|{_NAME}codex-mini",
        drops=LOGPROBS | {"temperature", "top_p"},
        flags=frozenset({"reasons"}),
    ),
    # "Function tools with reasoning_effort are not supported ... use /v1/responses":
    # https://github.com/BerriAI/litellm/issues/34569
    ModelRule(
        pattern=rf"{_GPT}{_FROM_5_4}",
        flags=frozenset({"tools_need_responses"}),
    ),
    # https://developers.openai.com/api/docs/models
    ModelRule(
        pattern=rf"{_GPT}\d+(?:[.-]\d+)?-(?:pro|codex|cyber|rosalind|astra-law)(?![a-z])"
        rf"|{_GPT}(?:rosalind|daybreak)|{_NAME}(?:codex-mini|computer-use)"
        rf"|{_NAME}o[13]-pro(?![a-z])|{_NAME}o\d(?:-mini)?-deep-research",
        apis=frozenset({"responses"}),
    ),
)
#: The same for deployments, whose names contain the names of their models.
DEPLOYMENT_RULES = tuple(
    replace(rule, pattern=rule.pattern.replace(_NAME, _DEPLOYED)) for rule in OPENAI_RULES
)
