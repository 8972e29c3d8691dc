"""Groups of OpenAI's parameters for wires and for rows of the provider table."""

from __future__ import annotations

from functools import partial

from .row import Provider

#: Types of the tool that searches the web.
WEB_SEARCH = frozenset(
    {
        "web_search",
        "web_search_2025_08_26",
        "web_search_preview",
        "web_search_preview_2025_03_11",
    }
)
#: Tools that the provider runs itself, by their types in the Responses API.
#: https://platform.openai.com/docs/guides/tools
BUILT_IN_TOOLS = WEB_SEARCH | frozenset(
    {
        "apply_patch",
        "code_interpreter",
        "computer",
        "computer_use",
        "computer_use_preview",
        "file_search",
        "image_generation",
        "local_shell",
        "mcp",
        "namespace",
        "programmatic_tool_calling",
        "shell",
        "tool_search",
    }
)
#: The type of tools whose input is free text.
#: https://platform.openai.com/docs/guides/function-calling#custom-tools
CUSTOM_TOOL = "custom"
#: Parameters that nearly every model supports in some form.
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
#: Parameters that few providers besides OpenAI support.
OPENAI_ONLY = frozenset(
    {
        "audio",
        "modalities",
        "moderation",
        "prediction",
        "prompt_cache_key",
        "prompt_cache_options",
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
        "access_programs",
        "background",
        "background_options",
        "context_management",
        "conversation",
        "image",
        "include",
        "instructions",
        "max_output_tokens",
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
#: Parameters of the Responses API that need a provider which stores something.
STORED = frozenset({"background", "conversation", "previous_response_id", "prompt", "store"})
LOGPROBS = frozenset({"logprobs", "top_logprobs"})
PENALTIES = frozenset({"frequency_penalty", "presence_penalty"})
REASONING = frozenset({"reasoning_effort"})
TOOLS = frozenset({"function_call", "functions", "parallel_tool_calls", "tool_choice", "tools"})

#: Marks of Anthropic's prompt caching; most other providers refuse them.
CACHE_MARKS = frozenset({"cache_control"})
#: Reasoning goes back in the field that it came in.
KEEPS_REASONING = frozenset({"reasoning_content"})
NO_FIELDS = frozenset[str]()

#: For providers that support only the older name.
MAX_TOKENS = {"max_completion_tokens": "max_tokens"}
#: For providers that support only the newer name.
MAX_COMPLETION_TOKENS = {"max_tokens": "max_completion_tokens"}

#: A host that serves open models like vLLM does; a row contains the differences.
Host = partial(Provider, drops=OPENAI_ONLY, renames=MAX_TOKENS, strips=CACHE_MARKS)
#: A self-hosted server, which may or may not need a key.
Server = partial(
    Provider, drops=OPENAI_ONLY, renames=MAX_TOKENS, strips=CACHE_MARKS, auth="optional"
)
