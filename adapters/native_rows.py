"""The providers that speak a language of their own."""

from __future__ import annotations

from .bedrock_models import BEDROCK_RULES
from .claude_models import CLAUDE_RULES
from .gemini_models import GEMINI_RULES, VERTEX_RULES
from .params import CACHE_MARKS, LOGPROBS, MAX_TOKENS, OPENAI_ONLY, PENALTIES
from .provider import ModelRule, Provider
from .rows_labs import OPENAI_RULES

NATIVE_ROWS: tuple[Provider, ...] = (
    Provider(
        name="anthropic",
        title="Anthropic",
        wire="anthropic",
        base_url="https://api.anthropic.com",
        base_url_env=("ANTHROPIC_BASE_URL", "ANTHROPIC_API_BASE"),
        key_env=("ANTHROPIC_API_KEY",),
        path="/v1/messages",
        auth="x-api-key",
        headers={"anthropic-version": "2023-06-01"},
        models=CLAUDE_RULES,
        docs="https://platform.claude.com/docs/en/api/messages/create",
    ),
    Provider(
        name="gemini",
        title="Google AI Studio",
        wire="gemini",
        base_url="https://generativelanguage.googleapis.com/v1beta",
        base_url_env=("GEMINI_API_BASE",),
        key_env=("GEMINI_API_KEY", "GOOGLE_API_KEY"),
        auth="x-goog-api-key",
        models=GEMINI_RULES,
        max_stop_sequences=5,
        docs="https://ai.google.dev/api/generate-content",
    ),
    Provider(
        name="vertex_ai",
        title="Google Vertex AI",
        wire="vertex_ai",
        base_url="https://aiplatform.googleapis.com",
        base_url_env=("VERTEXAI_API_BASE",),
        auth="wire",
        drops=frozenset({"store"}),
        models=VERTEX_RULES,
        aliases=("vertex_ai_beta",),
        docs="https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference",
    ),
    Provider(
        name="bedrock",
        title="Amazon Bedrock",
        wire="bedrock",
        base_url="https://bedrock-runtime.{region}.amazonaws.com",
        base_url_env=("AWS_BEDROCK_RUNTIME_ENDPOINT",),
        key_env=("AWS_BEARER_TOKEN_BEDROCK",),
        auth="wire",
        renames=MAX_TOKENS,
        models=BEDROCK_RULES,
        aliases=("bedrock_converse",),
        docs="https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html",
    ),
    Provider(
        name="sagemaker",
        title="Amazon SageMaker",
        wire="sagemaker",
        base_url="https://runtime.sagemaker.{region}.amazonaws.com",
        auth="wire",
        drops=OPENAI_ONLY,
        renames=MAX_TOKENS,
        aliases=("sagemaker_chat", "sagemaker_nova"),
        docs="https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html",
    ),
    Provider(
        name="ollama",
        title="Ollama",
        wire="ollama",
        base_url="http://localhost:11434",
        base_url_env=("OLLAMA_API_BASE",),
        key_env=("OLLAMA_API_KEY",),
        path="/api/chat",
        auth="optional",
        renames={"max_tokens": "num_predict", "max_completion_tokens": "num_predict"},
        aliases=("ollama_chat",),
        docs="https://docs.ollama.com/api/chat",
    ),
    Provider(
        name="cohere",
        title="Cohere",
        wire="cohere",
        base_url="https://api.cohere.com",
        base_url_env=("COHERE_API_BASE",),
        key_env=("COHERE_API_KEY", "CO_API_KEY"),
        path="/v2/chat",
        renames={
            "max_completion_tokens": "max_tokens",
            "stop": "stop_sequences",
            "top_k": "k",
            "top_p": "p",
        },
        models=(
            ModelRule(
                pattern=r"reasoning|command-a-plus",
                adds=frozenset({"reasoning_effort", "thinking"}),
            ),
            # https://docs.cohere.com/reference/chat (tool_choice: Command R7B and newer)
            ModelRule(
                pattern=r"^command(-light|-nightly|-r|-r-plus)?(-0[348]-2024)?$",
                drops=frozenset({"tool_choice"}),
            ),
        ),
        max_stop_sequences=5,
        finish_reasons={"COMPLETE": "stop"},
        aliases=("cohere_chat",),
        docs="https://docs.cohere.com/reference/chat",
    ),
    Provider(
        name="replicate",
        title="Replicate",
        wire="replicate",
        base_url="https://api.replicate.com/v1",
        base_url_env=("REPLICATE_API_BASE",),
        key_env=("REPLICATE_API_TOKEN", "REPLICATE_API_KEY"),
        renames={"max_completion_tokens": "max_tokens", "stop": "stop_sequences"},
        # Each model has inputs of its own: https://replicate.com/explore
        models=(
            ModelRule(
                pattern=r"^openai/(?!gpt-oss)",
                drops=frozenset({"seed", "stop"}),
                renames={
                    "max_tokens": "max_completion_tokens",
                    "max_completion_tokens": "max_completion_tokens",
                },
            ),
            ModelRule(
                pattern=r"^openai/(gpt-5|o\d)",
                adds=frozenset({"reasoning_effort"}),
                drops=frozenset({"frequency_penalty", "presence_penalty", "temperature", "top_p"}),
            ),
            ModelRule(pattern=r"^openai/gpt-5", adds=frozenset({"verbosity"})),
            ModelRule(
                pattern=r"^anthropic/",
                drops=frozenset(
                    {
                        "frequency_penalty",
                        "presence_penalty",
                        "seed",
                        "stop",
                        "temperature",
                        "top_p",
                    }
                ),
            ),
            ModelRule(
                pattern=r"^google/gemini",
                drops=frozenset({"frequency_penalty", "presence_penalty", "seed", "stop"}),
                renames={
                    "max_tokens": "max_output_tokens",
                    "max_completion_tokens": "max_output_tokens",
                },
            ),
        ),
        finish_reasons={"succeeded": "stop"},
        docs="https://replicate.com/docs/reference/http",
    ),
    Provider(
        name="azure",
        title="Azure OpenAI",
        wire="azure",
        base_url_env=("AZURE_API_BASE", "AZURE_OPENAI_ENDPOINT"),
        key_env=("AZURE_API_KEY", "AZURE_OPENAI_API_KEY"),
        auth="wire",
        drops=frozenset({"prompt_cache_retention", "safety_identifier", "web_search_options"}),
        models=(
            *OPENAI_RULES,
            ModelRule(
                pattern=r"^(?:o_series|gpt5_series)/",
                drops=LOGPROBS | PENALTIES | {"logit_bias", "temperature", "top_p"},
                renames={"max_tokens": "max_completion_tokens"},
            ),
        ),
        max_stop_sequences=4,
        strips=CACHE_MARKS,
        docs="https://learn.microsoft.com/azure/ai-foundry/openai/reference",
    ),
    Provider(
        name="azure_ai",
        title="Azure AI Foundry",
        wire="azure_ai",
        base_url_env=("AZURE_AI_API_BASE",),
        key_env=("AZURE_AI_API_KEY",),
        auth="wire",
        drops=frozenset({"prompt_cache_retention", "safety_identifier", "web_search_options"}),
        models=(
            *OPENAI_RULES,
            ModelRule(pattern=r"claude", wire="foundry_claude"),
            *CLAUDE_RULES,
        ),
        flags=frozenset({"reasoning_beside_completion"}),
        strips=CACHE_MARKS,
        docs="https://learn.microsoft.com/azure/ai-foundry/foundry-models/concepts/endpoints",
    ),
    Provider(
        name="watsonx",
        title="IBM watsonx.ai",
        wire="watsonx",
        base_url="https://{WATSONX_REGION}.ml.cloud.ibm.com",
        base_url_env=("WATSONX_URL", "WATSONX_API_BASE", "WX_URL", "WML_URL"),
        key_env=("WATSONX_API_KEY", "WATSONX_APIKEY", "WX_API_KEY"),
        auth="wire",
        strips=CACHE_MARKS,
        finish_reasons={"time_limit": "length"},
        aliases=("watsonx_text",),
        docs="https://cloud.ibm.com/apidocs/watsonx-ai#text-chat",
    ),
)
