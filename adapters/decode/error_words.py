"""What providers' error messages say where their codes say nothing.

Providers that speak OpenAI's wire send codes such as "invalid_request_error" with every bad
request, so only the words tell a prompt that is too long from a typing error.
"""

from __future__ import annotations

import re

from ...pipeline.errors import (
    APIError,
    AuthenticationError,
    ContentPolicyViolationError,
    ContextWindowExceededError,
)

# Each line names the providers whose words it matches.
_CONTEXT = (
    # OpenAI, DeepSeek, Mistral, OpenRouter, llama.cpp, LM Studio, MiniMax, SGLang, Anthropic
    r"maximum context|context[ _-]?(length|window|limit|size)",
    # Anthropic, Bedrock, Fireworks, Ollama; Zhipu AI
    r"(prompt|input)( tokens?)?( length)?( is)? too long|prompt exceeds (the )?max|prompt ?超长",
    # Cohere; Google, Vertex AI; Amazon Nova
    r"too many (input |prompt )?tokens|input token count .{0,40}(exceed|only supports)",
    r"exceeds? the max(imum)? (number of|input|allowed) (input )?tokens",
    # watsonx.ai, GitHub Copilot
    r"input tokens (\d+ cannot )?exceed|token count of \d+ exceeds the limit",
    # xAI, Poolside, SambaNova
    r"maximum prompt length is|maximum allowed input length|maximum supported sequence length",
    # vLLM
    r"longer than the (maximum model length|model'?s)",
    # Groq, Cerebras
    r"reduce the length of the (messages|prompt|input)",
    # Moonshot AI
    r"exceed(s|ed)? (the )?(model|max)[ _](message )?tokens?( limit)?",
    # Alibaba Cloud, Volcengine, Baidu
    r"range of input length should be|input length \d* ?exceeds",
    r"tokens in (the )?request more than max|too many prompt tokens|token length exceed",
    r"length of (the )?(messages|input|prompt) exceed",
    # SiliconFlow; older servers of Moonshot AI
    r"prompt_tokens \(\d+\) must be less than|model max length exceeded",
    # TGI
    r"`inputs` (tokens|must have less than)|max_new_tokens` must be",
    r"token limit (is )?exceeded|exceeds? (the )?(model's )?token limit",
    r"(上下文|输入).{0,12}(超出|超过|过长)|(超出|超过).{0,12}(上下文|最大长度|输入长度)",
)
# What sounds like a long prompt but is a rate of tokens.
_NOT_CONTEXT = re.compile(r"rate limit|per (minute|day|hour)|please wait|throttl", re.IGNORECASE)
_CONTENT = (
    r"content (management|filtering) policy|content[ _]policy|content[ _]filter|safety system",
    # OpenAI, xAI, Anthropic
    r"violat\w+ (our |the |its )?(content |usage |terms|acceptable use)|usage guidelines",
    r"response was blocked|(prompt|input|content) (was |has been )?(flagged|blocked)",
    # DeepSeek, Alibaba Cloud, Moonshot AI
    r"content exists risk|data[ _]?inspection[ _]?failed|inappropriate content",
    r"considered high[ -]risk|high[ -]risk content",
    # Volcengine, Zhipu AI, MiniMax, Tencent, Baidu
    r"sensitive[ _]?(content|information|words?)|new_sensitive|敏感|违规|不安全",
    # OpenRouter, OpenAI's images, AWS, NVIDIA
    r"flagged_input|moderation[ _]blocked|requires moderation|guardrail[ _]?intervened",
    r"\bunsafe content|harmful content|prohibited[ _]content|content moderation",
)
_KEY = (r"(incorrect|invalid|missing) api[ _]key|api key not valid",)

# The statuses with which these words count; a status of None is that of an event in a stream.
_BAD_REQUEST = frozenset({None, 400, 413, 422})
_BY_WORDS: tuple[tuple[frozenset[int | None], re.Pattern[str], type[APIError]], ...] = tuple(
    (statuses, re.compile("|".join(patterns), re.IGNORECASE), cls)
    for statuses, patterns, cls in (
        # Servers of open models also send 500.
        (_BAD_REQUEST | {500}, _CONTEXT, ContextWindowExceededError),
        (_BAD_REQUEST | {403, 451}, _CONTENT, ContentPolicyViolationError),
        (_BAD_REQUEST, _KEY, AuthenticationError),
    )
)


def class_by_words(said: str, status: int | None) -> type[APIError] | None:
    """Return the class of an error by its words, None if these say nothing.

    Args:
        said: its code, its message, and what else the provider says of it.
        status: its HTTP status; None for an event of a stream.
    """
    for statuses, pattern, cls in _BY_WORDS:
        if status in statuses and pattern.search(said):
            if cls is ContextWindowExceededError and _NOT_CONTEXT.search(said):
                continue
            return cls
    return None
