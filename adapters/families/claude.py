"""What differs between Claude models, by their names in any cloud.

SAP and Replicate have the version before the size, as in "claude-4.5-sonnet".

https://platform.claude.com/docs/en/models/overview, .../build-with-claude/thinking,
.../build-with-claude/effort, .../build-with-claude/structured-outputs, and the "what's new" page
of each model.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal

from msgspec import Struct

from ..provider.row import NO_MAPPING, ModelRule

DISABLED: Mapping[str, Any] = {"type": "disabled"}
EFFORTS = frozenset({"low", "medium", "high", "xhigh", "max"})


class ClaudeModel(Struct, frozen=True, kw_only=True, eq=False):
    """What the models of a family support.

    Attributes:
        pattern: regular expression, searched in the lower-case model name.
        max_tokens: sent if the caller sets none, since the API requires one.
        thinking: "budget" thinks for a number of tokens; "adaptive" decides itself how long.
        thinking_off: the `thinking` that turns it off, empty if it is off by default, None if it
            is always on.
        efforts: values of `output_config.effort`.
        structured_outputs: whether the model has `output_config.format` and strict tools.
        forced_tools: whether `tool_choice` may require a call.
        system_turns: whether system messages may come later in the conversation.
        filtered_search: whether it can filter the results of web searches with code.
    """

    pattern: str
    max_tokens: int
    thinking: Literal["none", "budget", "adaptive"] = "adaptive"
    thinking_off: Mapping[str, Any] | None = NO_MAPPING
    efforts: frozenset[str] = EFFORTS
    structured_outputs: bool = True
    forced_tools: bool = True
    system_turns: bool = False
    filtered_search: bool = True


def _older(pattern: str, max_tokens: int, *, structured_outputs: bool = False) -> ClaudeModel:
    return ClaudeModel(
        pattern=pattern,
        max_tokens=max_tokens,
        thinking="budget",
        efforts=frozenset(),
        structured_outputs=structured_outputs,
        filtered_search=False,
    )


#: The first that matches is used, so the newest models of a name come first.
MODELS: tuple[ClaudeModel, ...] = (
    ClaudeModel(
        pattern=r"opus-5[-.]5(?!\d)|(fable|mythos)-5[-.]\d(?!\d)",
        max_tokens=128_000,
        thinking_off=None,
        forced_tools=False,
        system_turns=True,
    ),
    ClaudeModel(
        pattern=r"(fable|mythos)-5", max_tokens=128_000, thinking_off=None, system_turns=True
    ),
    ClaudeModel(pattern=r"mythos", max_tokens=128_000, thinking_off=None, forced_tools=False),
    ClaudeModel(
        pattern=r"sonnet-5[-.]5(?!\d)",
        max_tokens=128_000,
        thinking_off={"type": "between_tools"},
        forced_tools=False,
        system_turns=True,
    ),
    ClaudeModel(
        pattern=r"haiku-5|opus-5", max_tokens=128_000, thinking_off=DISABLED, system_turns=True
    ),
    ClaudeModel(pattern=r"sonnet-5", max_tokens=128_000, thinking_off=DISABLED),
    ClaudeModel(pattern=r"opus-4[-.]8", max_tokens=128_000, system_turns=True),
    ClaudeModel(pattern=r"opus-4[-.]7", max_tokens=128_000),
    ClaudeModel(pattern=r"(opus|sonnet)-4[-.]6", max_tokens=128_000, efforts=EFFORTS - {"xhigh"}),
    _older(r"(opus|sonnet|haiku)-4[-.]5", 64_000, structured_outputs=True),
    _older(r"opus-4[-.]1(?!\d)", 32_000, structured_outputs=True),
    # These refuse a request whose prompt and max_tokens together exceed the window of 200,000.
    _older(r"(opus|sonnet)-4|claude-4-(opus|sonnet)|3[-.]7", 32_000),
    _older(r"3[-.]5", 8192),
    _older(r"claude-(\d|instant|v\d)", 4096),
    ClaudeModel(pattern=r"claude", max_tokens=32_000),
)
#: Models of other vendors with an API like Anthropic's.
OTHER_MODEL = _older("", 4096)

#: What get_supported_openai_params leaves out for them; see `ModelRule`.
CLAUDE_RULES: tuple[ModelRule, ...] = (
    # https://platform.claude.com/docs/en/about-claude/models/migration-guide
    ModelRule(
        pattern=r"claude-(2|3|instant|v\d)|(opus|sonnet|haiku)-4(?![-.][6-9](?!\d))"
        r"|claude-4(?![-.][6-9])",
        flags=frozenset({"prefill"}),
    ),
    ModelRule(
        pattern=r"opus-4[-.][78]|4[-.][78]-opus|(opus|sonnet|haiku|fable|mythos)-5"
        r"|claude-5([-.]\d)?-(opus|sonnet|haiku|fable|mythos)",
        drops=frozenset({"temperature", "top_p"}),
        refuses=frozenset({"top_k"}),
    ),
    ModelRule(
        pattern=r"opus-4[-.][156](?!\d)|(sonnet|haiku)-4[-.][56](?!\d)"
        r"|4[-.]1-opus|4[-.][56]-(opus|sonnet|haiku)",
        exclusive=(("temperature", "top_p"),),
    ),
    ModelRule(
        pattern=r"claude-(3[-.]5|3-(opus|sonnet|haiku)|2|instant|v\d)",
        drops=frozenset({"reasoning_effort", "thinking"}),
    ),
)


@lru_cache(maxsize=256)
def claude_model(name: str) -> ClaudeModel:
    """Return what a model supports; an unknown Claude is treated as one of the newest."""
    lower = name.lower()
    for model in MODELS:
        if re.search(model.pattern, lower):
            return model
    return OTHER_MODEL


#: Thinking tokens for each effort, for models that take a number.
BUDGETS: Mapping[str, int] = {
    "minimal": 1024,
    "low": 1024,
    "medium": 2048,
    "high": 4096,
    "xhigh": 8192,
    "max": 16384,
}
#: The API refuses a smaller budget.
LEAST_BUDGET = 1024
