"""Gateways: they forward requests to other providers."""

from __future__ import annotations

from functools import partial

from ..families.claude import CLAUDE_RULES
from ..families.openai import CACHE_BREAKPOINTS, OPENAI_RULES
from ..provider.param_groups import STORED, WEB_SEARCH
from ..provider.row import ModelRule, Provider, ResponsesAPI

#: What continues a response that the gateway stores.
_CONTINUED = frozenset({"previous_response_id", "store"})
#: A row whose content parts depend on the model behind it.
Gateway = partial(Provider, parts=None)

GATEWAYS: tuple[Provider, ...] = (
    Gateway(
        name="openrouter",
        title="OpenRouter",
        misspellings=("meta-llama/", "qwen/", "x-ai/", "z-ai/"),
        base_url="https://openrouter.ai/api/v1",
        base_url_env=("OPENROUTER_API_BASE",),
        # Its chat completions also have `reasoning`; its Responses API stores nothing.
        responses=ResponsesAPI(drops=STORED, chat_params=frozenset({"reasoning"})),
        key_env=("OPENROUTER_API_KEY", "OR_API_KEY"),
        drops=frozenset({"prompt_cache_retention", "safety_identifier", "store"}),
        # https://openrouter.ai/docs/features/multimodal/audio (audio: base64 only) and
        # https://openrouter.ai/docs/sdks/typescript/api-reference/models/chattoolmessage
        flags=frozenset({"tool_media"}),
        inlines=frozenset({"input_audio"}),
        keeps=frozenset({"annotations", "images", "reasoning", "reasoning_details"}),
        # https://openrouter.ai/docs/features/prompt-caching
        models=(
            ModelRule(pattern=r"^(anthropic/|google/gemini)", cache_mark="cache_control"),
            CACHE_BREAKPOINTS,
        ),
        price_name="openrouter",
        # https://openrouter.ai/docs/guides/routing/provider-selection#anthropic-beta-features
        beta_header="x-anthropic-beta",
        docs="https://openrouter.ai/docs/api-reference/chat-completion",
    ),
    Gateway(
        name="vercel_ai_gateway",
        title="Vercel AI Gateway",
        base_url="https://ai-gateway.vercel.sh/v1",
        base_url_env=("VERCEL_AI_GATEWAY_API_BASE",),
        responses=ResponsesAPI(chat_params=frozenset({"reasoning"})),
        key_env=("VERCEL_AI_GATEWAY_API_KEY", "AI_GATEWAY_API_KEY", "VERCEL_OIDC_TOKEN"),
        keeps=frozenset({"reasoning", "reasoning_details"}),
        aliases=("vercel",),
        docs="https://vercel.com/docs/ai-gateway/openai-compat",
    ),
    Gateway(
        name="requesty",
        title="Requesty",
        base_url="https://router.requesty.ai/v1",
        base_url_env=("REQUESTY_API_BASE",),
        # Models without a Responses API of their own go through its chat completions.
        # https://docs.requesty.ai/api-reference/endpoint/responses-create
        responses=ResponsesAPI(used="needed", drops=STORED - {"store"}),
        key_env=("REQUESTY_API_KEY",),
        keeps=frozenset({"reasoning", "reasoning_details"}),
        docs="https://docs.requesty.ai",
    ),
    Gateway(
        name="helicone",
        title="Helicone AI Gateway",
        base_url="https://ai-gateway.helicone.ai/v1",
        base_url_env=("HELICONE_API_BASE",),
        # For models of OpenAI and Anthropic.
        # https://docs.helicone.ai/gateway/concepts/responses-api
        responses=ResponsesAPI(used="needed"),
        key_env=("HELICONE_API_KEY",),
        docs="https://docs.helicone.ai/gateway/overview",
    ),
    Gateway(
        name="portkey",
        title="Portkey",
        base_url="https://api.portkey.ai/v1",
        base_url_env=("PORTKEY_API_BASE",),
        # For all models: https://portkey.ai/docs/product/ai-gateway/responses-api
        responses=ResponsesAPI(),
        key_env=("PORTKEY_API_KEY",),
        auth="x-portkey-api-key",
        docs="https://portkey.ai/docs/api-reference/inference-api/chat",
    ),
    Gateway(
        name="github_copilot",
        title="GitHub Copilot",
        base_url="https://api.githubcopilot.com",
        base_url_env=("GITHUB_COPILOT_API_BASE",),
        responses=ResponsesAPI(hosts=(".githubcopilot.com",), for_tools=True),
        models=(
            *OPENAI_RULES,
            *CLAUDE_RULES,
            ModelRule(
                pattern=r"^gpt-(?:5\.4-|5\.[5-9]|[6-9])|codex|^mai-code",
                apis=frozenset({"responses"}),
            ),
        ),
        # Tokens are sent unchanged: a token of Copilot's own login, or a user's GitHub token.
        # GitHub does not document the interface that exchanges one for the other; it is for
        # GitHub's own editors only.
        key_env=("GITHUB_COPILOT_TOKEN", "COPILOT_GITHUB_TOKEN"),
        headers={"Editor-Version": "trunkline/0.1", "Openai-Intent": "conversation-panel"},
        docs="https://docs.github.com/en/copilot",
    ),
    Gateway(
        name="aihubmix",
        title="AIHubMix",
        base_url="https://aihubmix.com/v1",
        base_url_env=("AIHUBMIX_API_BASE",),
        # In beta: https://docs.aihubmix.com/en/api/responses/Basic-Usage
        responses=ResponsesAPI(used="needed"),
        key_env=("AIHUBMIX_API_KEY",),
        docs="https://docs.aihubmix.com",
    ),
    Gateway(
        name="aiml",
        title="AI/ML API",
        base_url="https://api.aimlapi.com/v1",
        base_url_env=("AIML_API_BASE",),
        key_env=("AIML_API_KEY",),
        docs="https://docs.aimlapi.com",
    ),
    Gateway(
        name="cometapi",
        title="CometAPI",
        base_url="https://api.cometapi.com/v1",
        base_url_env=("COMETAPI_API_BASE",),
        key_env=("COMETAPI_KEY", "COMETAPI_API_KEY"),
        docs="https://apidoc.cometapi.com",
    ),
    Gateway(
        name="edenai",
        title="Eden AI",
        base_url="https://api.edenai.run/v3",
        base_url_env=("EDENAI_API_BASE",),
        key_env=("EDENAI_API_KEY",),
        docs="https://docs.edenai.co",
    ),
    Gateway(
        name="nano-gpt",
        title="NanoGPT",
        base_url="https://nano-gpt.com/api/v1",
        base_url_env=("NANOGPT_API_BASE",),
        # https://docs.nano-gpt.com/api-reference/endpoint/responses
        responses=ResponsesAPI(
            drops=frozenset({"conversation", "prompt"}), chat_params=frozenset({"reasoning"})
        ),
        key_env=("NANOGPT_API_KEY", "NANO_GPT_API_KEY"),
        docs="https://docs.nano-gpt.com",
    ),
    Gateway(
        name="poe",
        title="Poe",
        base_url="https://api.poe.com/v1",
        base_url_env=("POE_API_BASE",),
        # https://creator.poe.com/docs/external-applications/responses-api
        responses=ResponsesAPI(drops=STORED - _CONTINUED, built_in_tools=WEB_SEARCH),
        key_env=("POE_API_KEY",),
        docs="https://creator.poe.com/docs/external-applications/openai-compatible-api",
    ),
    Gateway(
        name="apertis",
        title="Apertis",
        base_url="https://api.stima.tech/v1",
        base_url_env=("APERTIS_API_BASE",),
        key_env=("STIMA_API_KEY", "APERTIS_API_KEY"),
        docs="https://docs.stima.tech",
    ),
    Gateway(
        name="assemblyai",
        title="AssemblyAI LLM Gateway",
        base_url="https://llm-gateway.assemblyai.com/v1",
        base_url_env=("ASSEMBLYAI_API_BASE",),
        key_env=("ASSEMBLYAI_API_KEY",),
        docs="https://www.assemblyai.com/docs/llm-gateway",
    ),
    Gateway(
        name="cortecs",
        title="Cortecs",
        base_url="https://api.cortecs.ai/v1",
        base_url_env=("CORTECS_API_BASE",),
        key_env=("CORTECS_API_KEY",),
        docs="https://docs.cortecs.ai",
    ),
    Gateway(
        name="nadir",
        title="Nadir",
        base_url="https://api.getnadir.com/v1",
        base_url_env=("NADIR_API_BASE",),
        key_env=("NADIR_API_KEY",),
        docs="https://getnadir.com/docs",
    ),
    Gateway(
        name="clf_ai_gateway",
        title="CLF AI Gateway",
        base_url="https://api.clfaigateway.dev/v1",
        base_url_env=("CLF_AI_GATEWAY_API_BASE",),
        key_env=("CLF_AI_GATEWAY_API_KEY",),
        docs="https://clfaigateway.dev",
    ),
    Gateway(
        name="hostinger_router",
        title="Hostinger AI Router",
        base_url="https://router.hostinger.com/v1",
        base_url_env=("HOSTINGER_ROUTER_API_BASE",),
        key_env=("HOSTINGER_ROUTER_API_KEY",),
        docs="https://www.hostinger.com",
    ),
    Gateway(
        name="inferenceapis",
        title="InferenceAPIs",
        base_url="https://api.inferenceapis.com/v1",
        base_url_env=("INFERENCEAPIS_API_BASE",),
        key_env=("INFERENCEAPIS_API_KEY",),
        docs="https://inferenceapis.com",
    ),
    Gateway(
        name="kyma",
        title="Kyma API",
        base_url="https://kymaapi.com/v1",
        base_url_env=("KYMA_API_BASE",),
        key_env=("KYMA_API_KEY",),
        docs="https://kymaapi.com",
    ),
    Gateway(
        name="opencode",
        title="OpenCode Zen",
        base_url="https://opencode.ai/zen/v1",
        base_url_env=("OPENCODE_API_BASE",),
        # Each model has one of several APIs, most of them chat completions.
        responses=ResponsesAPI(),
        models=(ModelRule(pattern=r"^(?!gpt-)", apis=frozenset({"chat"})),),
        key_env=("OPENCODE_API_KEY",),
        docs="https://opencode.ai/docs/zen",
    ),
    Gateway(
        name="opencode_go",
        title="OpenCode Go",
        base_url="https://opencode.ai/zen/go/v1",
        base_url_env=("OPENCODE_GO_API_BASE",),
        responses=ResponsesAPI(),
        models=(ModelRule(pattern=r"^(?:gpt|grok|muse)-", apis=frozenset({"responses"})),),
        key_env=("OPENCODE_GO_API_KEY",),
        aliases=("opencode-go",),
        docs="https://opencode.ai/docs/zen",
    ),
    Gateway(
        name="llmgateway",
        title="LLM Gateway",
        base_url="https://api.llmgateway.io/v1",
        base_url_env=("LLMGATEWAY_API_BASE",),
        # https://docs.llmgateway.io/features/responses
        responses=ResponsesAPI(
            drops=STORED - _CONTINUED,
            built_in_tools=WEB_SEARCH,
            chat_params=frozenset({"reasoning"}),
        ),
        key_env=("LLMGATEWAY_API_KEY", "LLM_GATEWAY_API_KEY"),
        docs="https://docs.llmgateway.io",
    ),
    Gateway(
        name="zenmux",
        title="ZenMux",
        base_url="https://zenmux.ai/api/v1",
        base_url_env=("ZENMUX_API_BASE",),
        # For some of its models: https://docs.zenmux.ai/api/openai/openai-responses.html
        responses=ResponsesAPI(used="needed", chat_params=frozenset({"reasoning"})),
        key_env=("ZENMUX_API_KEY",),
        docs="https://docs.zenmux.ai",
    ),
    Gateway(
        name="kilo",
        title="Kilo Gateway",
        base_url="https://api.kilo.ai/api/gateway",
        base_url_env=("KILO_API_BASE",),
        key_env=("KILO_API_KEY",),
        docs="https://kilo.ai/docs/gateway",
    ),
    Gateway(
        name="fastrouter",
        title="FastRouter",
        base_url="https://go.fastrouter.ai/api/v1",
        base_url_env=("FASTROUTER_API_BASE",),
        key_env=("FASTROUTER_API_KEY",),
        docs="https://docs.fastrouter.ai",
    ),
    Gateway(
        name="302ai",
        title="302.AI",
        base_url="https://api.302.ai/v1",
        base_url_env=("AI302_API_BASE",),
        key_env=("AI302_API_KEY", "302AI_API_KEY"),
        docs="https://doc.302.ai",
    ),
    Gateway(
        name="abacus",
        title="Abacus RouteLLM",
        base_url="https://routellm.abacus.ai/v1",
        base_url_env=("ABACUS_API_BASE",),
        key_env=("ABACUS_API_KEY",),
        docs="https://abacus.ai/help/api",
    ),
    Gateway(
        name="orcarouter",
        title="OrcaRouter",
        base_url="https://api.orcarouter.ai/v1",
        base_url_env=("ORCAROUTER_API_BASE",),
        key_env=("ORCAROUTER_API_KEY",),
        docs="https://docs.orcarouter.ai",
    ),
    Gateway(
        name="fal_ai",
        title="fal",
        base_url="https://fal.run/openrouter/router/openai/v1",
        base_url_env=("FAL_AI_API_BASE",),
        key_env=("FAL_AI_API_KEY", "FAL_KEY"),
        auth="key",
        docs="https://fal.ai/models/openrouter/router/openai/v1/chat/completions",
    ),
    Gateway(
        name="neon",
        title="Neon AI Gateway",
        base_url_env=("NEON_AI_GATEWAY_BASE_URL",),
        key_env=("NEON_AI_GATEWAY_TOKEN",),
        path="/v1/chat/completions",
        docs="https://neon.com/docs",
    ),
    Gateway(
        name="pydantic_ai_gateway",
        title="Pydantic AI Gateway",
        base_url_env=("PYDANTIC_AI_GATEWAY_BASE_URL",),
        key_env=("PYDANTIC_AI_GATEWAY_API_KEY", "PAIG_API_KEY"),
        docs="https://ai.pydantic.dev/gateway/",
    ),
    Gateway(
        name="ragflow",
        title="RAGFlow",
        base_url_env=("RAGFLOW_API_BASE",),
        key_env=("RAGFLOW_API_KEY",),
        docs="https://ragflow.io/docs/dev/http_api_reference",
    ),
    Gateway(
        name="custom_openai",
        title="Any OpenAI-compatible server",
        base_url_env=("CUSTOM_OPENAI_API_BASE",),
        responses=ResponsesAPI(),
        key_env=("CUSTOM_OPENAI_API_KEY",),
        auth="optional",
        keeps=frozenset({"reasoning_content"}),
        aliases=("openai_like",),
        docs="https://platform.openai.com/docs/api-reference/chat",
    ),
)
