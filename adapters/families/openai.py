"""What OpenAI's models support, for every provider that serves them."""

from __future__ import annotations

from ..provider.param_groups import LOGPROBS, MAX_COMPLETION_TOKENS, PENALTIES, REASONING
from ..provider.row import ModelRule

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
    # Later models support these parameters when they do not reason.
    ModelRule(
        pattern=r"^(?:.*/)?gpt-5(?![.\d])(?!.*-chat)",
        drops=LOGPROBS | {"temperature", "top_p"},
    ),
)
