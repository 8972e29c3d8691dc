"""The parameters of a request for a response, as OpenAI's clients send it.

https://platform.openai.com/docs/api-reference/responses/create
"""

from __future__ import annotations

from ...provider.param_groups import RESPONSES_ONLY

#: All parameters of the API.
INBOUND_PARAMS = RESPONSES_ONLY | frozenset(
    {
        "input",
        "metadata",
        "model",
        "moderation",
        "parallel_tool_calls",
        "prompt_cache_key",
        "prompt_cache_options",
        "prompt_cache_retention",
        "safety_identifier",
        "service_tier",
        "store",
        "stream",
        "stream_options",
        "temperature",
        "tool_choice",
        "tools",
        "top_logprobs",
        "top_p",
        "user",
    }
)
