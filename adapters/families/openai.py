"""What OpenAI's models support, for every provider that serves them."""

from __future__ import annotations

from ..provider.param_groups import LOGPROBS, MAX_COMPLETION_TOKENS, PENALTIES, REASONING
from ..provider.row import ModelRule

#: How names begin: "gpt-", at gateways "openai/gpt-", on Bedrock "openai.gpt-", on Databricks
#: "databricks-gpt-", and fine-tuned "ft:gpt-".
_GPT = r"^(?:.*/)?(?:ft:|openai\.|databricks-)?gpt-"
#: These hold wherever OpenAI's models are served. No rule matches the names of other models.
#: https://developers.openai.com/api/docs/guides/reasoning and .../guides/latest-model
OPENAI_RULES = (
    ModelRule(
        pattern=r"^(?:.*/)?(?:ft:)?(?:gpt-[34]|chatgpt|gpt-5.*-chat)",
        drops=REASONING | {"verbosity"},
    ),
    ModelRule(
        pattern=r"^(?:.*/)?o[134](?:-|$)",
        drops=LOGPROBS
        | PENALTIES
        | {"logit_bias", "parallel_tool_calls", "temperature", "top_p", "verbosity"},
        renames=MAX_COMPLETION_TOKENS,
    ),
    ModelRule(pattern=r"^(?:.*/)?o[34](?:-|$)", drops=frozenset({"stop"})),
    ModelRule(
        pattern=r"^(?:.*/)?gpt-(?:[5-9]|\d\d)(?!.*-chat)",
        drops=PENALTIES | {"logit_bias", "stop"},
        renames=MAX_COMPLETION_TOKENS,
    ),
    ModelRule(
        pattern=r"^(?:.*/)?gpt-5(?![.\d])(?!.*-chat)",
        drops=LOGPROBS | {"temperature", "top_p"},
    ),
    # Models in between do not reason by default, and support these parameters then.
    ModelRule(
        pattern=rf"{_GPT}(?:5[.-](?:[5-9]|\d\d)|[6-9]|\d\d)(?!.*-chat)",
        reasoning_drops=LOGPROBS | {"temperature", "top_p"},
    ),
    ModelRule(
        pattern=rf"^(?:.*/)?(?:ft:)?o[134](?:-|$)|{_GPT}(?:[5-9]|\d\d)(?!.*-chat)",
        flags=frozenset({"reasons"}),
    ),
    # "Function tools with reasoning_effort are not supported ... use /v1/responses":
    # https://github.com/BerriAI/litellm/issues/34569
    ModelRule(
        pattern=rf"{_GPT}(?:5[.-](?:[4-9]|\d\d)|[6-9]|\d\d)(?!.*-chat)",
        flags=frozenset({"tools_need_responses"}),
    ),
    # https://developers.openai.com/api/docs/models
    ModelRule(
        pattern=rf"{_GPT}\d+(?:[.-]\d+)?-(?:pro|codex|cyber|rosalind|astra-law)"
        rf"|{_GPT}(?:rosalind|daybreak)|^(?:.*/)?(?:codex-mini|computer-use)"
        r"|^(?:.*/)?o[13]-pro|^(?:.*/)?o\d(?:-mini)?-deep-research",
        apis=frozenset({"responses"}),
    ),
)
