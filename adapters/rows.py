"""The provider table: one row each."""

from __future__ import annotations

from .provider import ModelRule, Provider

_REASONING = ModelRule(
    # o1, o3, o4-mini, gpt-5 and later; gpt-5-chat is no reasoning model.
    pattern=r"^(?:.*/)?(?:o[134](?:-|$)|gpt-[5-9](?!.*-chat))",
    adds=frozenset({"reasoning_effort", "verbosity"}),
    drops=frozenset(
        {"frequency_penalty", "logit_bias", "logprobs", "presence_penalty", "top_logprobs"}
    ),
    renames={"max_tokens": "max_completion_tokens"},
)

ROWS: tuple[Provider, ...] = (
    Provider(
        name="openai",
        title="OpenAI",
        base_url="https://api.openai.com/v1",
        base_url_env=("OPENAI_BASE_URL", "OPENAI_API_BASE"),
        key_env=("OPENAI_API_KEY",),
        models=(_REASONING,),
        max_stop_sequences=4,
        strips=frozenset({"cache_control"}),
        docs="https://platform.openai.com/docs/api-reference/chat",
    ),
    Provider(
        name="local",
        title="llama.cpp in this process",
        wire="local_wire",
        # The real port and key are known once the server runs.
        base_url="http://127.0.0.1",
        auth="wire",
        keeps=frozenset({"reasoning_content"}),
        docs="https://github.com/xorbitsai/xllamacpp",
    ),
    Provider(
        name="groq",
        title="Groq",
        base_url="https://api.groq.com/openai/v1",
        key_env=("GROQ_API_KEY",),
        drops=frozenset({"logit_bias", "logprobs", "top_logprobs"}),
        max_stop_sequences=4,
        docs="https://console.groq.com/docs/api-reference",
    ),
    Provider(
        name="mistral",
        title="Mistral AI",
        base_url="https://api.mistral.ai/v1",
        base_url_env=("MISTRAL_BASE_URL",),
        key_env=("MISTRAL_API_KEY",),
        renames={"max_completion_tokens": "max_tokens", "seed": "random_seed"},
        drops=frozenset({"logit_bias", "logprobs", "top_logprobs", "user"}),
        flags=frozenset({"no_stream_usage"}),
        docs="https://docs.mistral.ai/api/",
    ),
    Provider(
        name="deepseek",
        title="DeepSeek",
        base_url="https://api.deepseek.com",
        key_env=("DEEPSEEK_API_KEY",),
        renames={"max_completion_tokens": "max_tokens"},
        docs="https://api-docs.deepseek.com/api/create-chat-completion",
    ),
    Provider(
        name="openrouter",
        title="OpenRouter",
        base_url="https://openrouter.ai/api/v1",
        key_env=("OPENROUTER_API_KEY",),
        keeps=frozenset({"reasoning", "reasoning_details", "images"}),
        docs="https://openrouter.ai/docs/api-reference/chat-completion",
    ),
    Provider(
        name="together_ai",
        title="Together AI",
        base_url="https://api.together.xyz/v1",
        key_env=("TOGETHER_API_KEY", "TOGETHERAI_API_KEY", "TOGETHER_AI_API_KEY"),
        renames={"max_completion_tokens": "max_tokens"},
        docs="https://docs.together.ai/reference/chat-completions",
    ),
    Provider(
        name="fireworks_ai",
        title="Fireworks AI",
        base_url="https://api.fireworks.ai/inference/v1",
        key_env=("FIREWORKS_API_KEY", "FIREWORKS_AI_API_KEY"),
        renames={"max_completion_tokens": "max_tokens"},
        docs="https://docs.fireworks.ai/api-reference/post-chatcompletions",
    ),
    Provider(
        name="xai",
        title="xAI",
        base_url="https://api.x.ai/v1",
        key_env=("XAI_API_KEY",),
        flags=frozenset({"reasoning_beside_completion"}),
        docs="https://docs.x.ai/docs/api-reference",
    ),
    Provider(
        name="perplexity",
        title="Perplexity",
        base_url="https://api.perplexity.ai",
        key_env=("PERPLEXITYAI_API_KEY", "PERPLEXITY_API_KEY"),
        renames={"max_completion_tokens": "max_tokens"},
        docs="https://docs.perplexity.ai/api-reference/chat-completions-post",
    ),
    Provider(
        name="cerebras",
        title="Cerebras",
        base_url="https://api.cerebras.ai/v1",
        key_env=("CEREBRAS_API_KEY",),
        docs="https://inference-docs.cerebras.ai/api-reference/chat-completions",
    ),
    Provider(
        name="vllm",
        title="vLLM server",
        base_url="http://localhost:8000/v1",
        base_url_env=("VLLM_API_BASE", "HOSTED_VLLM_API_BASE"),
        key_env=("VLLM_API_KEY", "HOSTED_VLLM_API_KEY"),
        auth="optional",
        keeps=frozenset({"reasoning_content"}),
        aliases=("hosted_vllm",),
        docs="https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html",
    ),
)
