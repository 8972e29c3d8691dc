"""Groups of OpenAI's parameters that wires and rows of the provider table name together."""

from __future__ import annotations

from functools import partial

from .row import Provider

#: What nearly every model takes, in one form or another.
MOST = frozenset(
    {
        "max_completion_tokens",
        "max_tokens",
        "reasoning_effort",
        "response_format",
        "stop",
        "stream",
        "stream_options",
        "temperature",
        "tool_choice",
        "tools",
        "top_p",
    }
)
#: What hardly anyone but OpenAI has.
OPENAI_ONLY = frozenset(
    {
        "audio",
        "modalities",
        "prediction",
        "prompt_cache_key",
        "prompt_cache_retention",
        "safety_identifier",
        "service_tier",
        "store",
        "verbosity",
        "web_search_options",
    }
)
#: What only the Responses API has.
#: https://platform.openai.com/docs/api-reference/responses/create
RESPONSES_ONLY = frozenset(
    {
        "background",
        "context_management",
        "conversation",
        "include",
        "instructions",
        "max_tool_calls",
        "previous_response_id",
        "prompt",
        "reasoning",
        "text",
        "truncation",
    }
)
#: What only chat completions have.
CHAT_ONLY = frozenset(
    {
        "audio",
        "frequency_penalty",
        "logit_bias",
        "modalities",
        "n",
        "prediction",
        "presence_penalty",
        "seed",
        "stop",
    }
)
LOGPROBS = frozenset({"logprobs", "top_logprobs"})
PENALTIES = frozenset({"frequency_penalty", "presence_penalty"})
REASONING = frozenset({"reasoning_effort"})
TOOLS = frozenset({"function_call", "functions", "parallel_tool_calls", "tool_choice", "tools"})

#: Marks of Anthropic's prompt caching, which most others do not know.
CACHE_MARKS = frozenset({"cache_control"})
NO_FIELDS = frozenset[str]()

#: For those who only know the older of the two names.
MAX_TOKENS = {"max_completion_tokens": "max_tokens"}
#: For those who only know the newer one.
MAX_COMPLETION_TOKENS = {"max_tokens": "max_completion_tokens"}

#: A host of open models, as vLLM and its like serve them; its row says what differs.
Host = partial(Provider, drops=OPENAI_ONLY, renames=MAX_TOKENS, strips=CACHE_MARKS)
#: A server of one's own, which may or may not ask for a key.
Server = partial(
    Provider, drops=OPENAI_ONLY, renames=MAX_TOKENS, strips=CACHE_MARKS, auth="optional"
)
