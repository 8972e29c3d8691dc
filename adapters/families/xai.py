"""What xAI's models support, for every provider that serves them.

https://docs.x.ai/docs/api-reference#chat-completions and .../docs/guides/reasoning
"""

from __future__ import annotations

from ..provider.param_groups import PENALTIES, REASONING
from ..provider.row import ModelRule

#: How names begin: "grok-", on Bedrock and at Oracle "xai.grok-", at gateways "x-ai/grok-".
_GROK = r"^(?:.*[/.])?grok-"
XAI_RULES = (
    ModelRule(
        pattern=rf"{_GROK}(?:[4-9]|3-mini|code)(?!.*non-reasoning)",
        drops=PENALTIES | {"stop"},
        flags=frozenset({"reasons"}),
    ),
    ModelRule(pattern=rf"{_GROK}.*multi-agent", apis=frozenset({"responses"})),
    ModelRule(pattern=rf"{_GROK}(?:2|3(?!-mini)|4(?![.\d])|code|.*non-reasoning)", drops=REASONING),
)
