"""Providers that serve other makers' open models."""

from __future__ import annotations

from ..provider.param_groups import (
    LOGPROBS,
    MAX_COMPLETION_TOKENS,
    OPENAI_ONLY,
    PENALTIES,
    STORED,
    Host,
)
from ..provider.row import OPENAI_PARTS, ModelRule, Provider, ResponsesAPI

#: Parts of vLLM and SGLang, and of providers that run models on them.
#: https://docs.vllm.ai/en/latest/features/multimodal_inputs.html
VLLM_PARTS = OPENAI_PARTS | {"audio_url", "video_url"}

HOSTS: tuple[Provider, ...] = (
    Host(
        name="groq",
        title="Groq",
        base_url="https://api.groq.com/openai/v1",
        base_url_env=("GROQ_API_BASE", "GROQ_BASE_URL"),
        # https://console.groq.com/docs/responses-api
        responses=ResponsesAPI(
            drops=frozenset(
                {
                    "background",
                    "conversation",
                    "include",
                    "previous_response_id",
                    "prompt",
                    "prompt_cache_key",
                    "safety_identifier",
                    "store",
                    "truncation",
                }
            ),
            built_in_tools=frozenset({"code_interpreter", "mcp"}),
        ),
        key_env=("GROQ_API_KEY",),
        drops=(OPENAI_ONLY - {"service_tier"}) | LOGPROBS | {"logit_bias"},
        renames={},
        max_stop_sequences=4,
        models=(
            # Others refuse it: https://github.com/vercel/ai/pull/8057
            ModelRule(pattern=r"gpt-oss|qwen-?3", keeps=frozenset({"reasoning"})),
            # All other models support only json_object, and compound systems support no tools.
            # https://console.groq.com/docs/structured-outputs
            ModelRule(
                pattern=r"^(?!.*(?:compound|gpt-oss|kimi-k2|llama-4))",
                flags=frozenset({"forced_schema"}),
            ),
        ),
        # As in https://github.com/groq/groq-python; its documents have a different form.
        parts=frozenset({"image_url", "text"}),
        price_name="groq",
        docs="https://console.groq.com/docs/api-reference",
    ),
    Host(
        name="together_ai",
        title="Together AI",
        base_url="https://api.together.ai/v1",
        base_url_env=("TOGETHER_AI_API_BASE",),
        # It is in beta and does not tell reasoning from text.
        # https://docs.together.ai/docs/inference/responses
        responses=ResponsesAPI(used="needed", drops=STORED, built_in_tools=frozenset({"mcp"})),
        key_env=(
            "TOGETHER_API_KEY",
            "TOGETHERAI_API_KEY",
            "TOGETHER_AI_API_KEY",
            "TOGETHER_AI_TOKEN",
        ),
        keeps=frozenset({"reasoning", "reasoning_content"}),
        # Only what users say may be a list: https://github.com/togethercomputer/together-py
        flags=frozenset({"text_content"}),
        parts=VLLM_PARTS - {"file"},
        inlines=frozenset({"input_audio"}),
        aliases=("together", "togetherai"),
        price_name="together",
        docs="https://docs.together.ai/reference/chat-completions-1",
    ),
    Host(
        name="fireworks_ai",
        title="Fireworks AI",
        base_url="https://api.fireworks.ai/inference/v1",
        base_url_env=("FIREWORKS_API_BASE",),
        # https://docs.fireworks.ai/guides/response-api
        responses=ResponsesAPI(
            drops=frozenset({"background", "conversation", "prompt"}),
            built_in_tools=frozenset({"mcp"}),
        ),
        key_env=(
            "FIREWORKS_API_KEY",
            "FIREWORKS_AI_API_KEY",
            "FIREWORKSAI_API_KEY",
            "FIREWORKS_AI_TOKEN",
        ),
        drops=OPENAI_ONLY - {"prediction", "prompt_cache_key", "service_tier"},
        keeps=frozenset({"reasoning_content"}),
        # https://docs.fireworks.ai/guides/video-audio-inputs
        parts=VLLM_PARTS - {"file"},
        aliases=("fireworks",),
        price_name="fireworks",
        docs="https://docs.fireworks.ai/api-reference/post-chatcompletions",
    ),
    Host(
        name="cerebras",
        title="Cerebras",
        base_url="https://api.cerebras.ai/v1",
        base_url_env=("CEREBRAS_API_BASE",),
        key_env=("CEREBRAS_API_KEY",),
        drops=(OPENAI_ONLY - {"prediction", "service_tier"}) | PENALTIES | {"logit_bias", "n"},
        renames=MAX_COMPLETION_TOKENS,
        max_stop_sequences=4,
        keeps=frozenset({"reasoning"}),
        # https://inference-docs.cerebras.ai/capabilities/image-inputs
        parts=frozenset({"image", "image_url", "text"}),
        inlines=frozenset({"image_url"}),
        price_name="cerebras",
        docs="https://inference-docs.cerebras.ai/api-reference/chat-completions",
    ),
    Host(
        name="sambanova",
        title="SambaNova Cloud",
        base_url="https://api.sambanova.ai/v1",
        base_url_env=("SAMBANOVA_API_BASE", "SAMBANOVA_BASE_URL"),
        # It stores nothing, and has few models there.
        # https://docs.sambanova.ai/docs/en/features/responses
        responses=ResponsesAPI(drops=STORED),
        models=(
            ModelRule(
                pattern=r"^(?!gpt-oss-120b|minimax-m[2-9]|gemma-4-31b)", apis=frozenset({"chat"})
            ),
        ),
        key_env=("SAMBANOVA_API_KEY",),
        drops=OPENAI_ONLY | PENALTIES | {"user"},
        keeps=frozenset({"reasoning"}),
        # https://github.com/sambanova/sambanova-inference-api-spec
        parts=frozenset({"audio_content", "image_url", "text", "video_url"}),
        inlines=frozenset({"image_url"}),
        docs="https://docs.sambanova.ai/docs/en/api-reference/endpoints/chat",
    ),
    Host(
        name="deepinfra",
        title="DeepInfra",
        base_url="https://api.deepinfra.com/v1/openai",
        base_url_env=("DEEPINFRA_API_BASE",),
        key_env=("DEEPINFRA_API_KEY", "DEEPINFRA_TOKEN"),
        drops=OPENAI_ONLY - {"service_tier"},
        # https://github.com/BerriAI/litellm/issues/13982: it refuses lists in tool results.
        flags=frozenset({"text_content"}),
        parts=VLLM_PARTS,
        docs="https://deepinfra.com/docs/openai_api",
    ),
    Host(
        name="baseten",
        title="Baseten",
        base_url="https://inference.baseten.co/v1",
        base_url_env=("BASETEN_API_BASE",),
        key_env=("BASETEN_API_KEY",),
        parts=VLLM_PARTS,
        price_name="baseten",
        docs="https://docs.baseten.co/inference/model-apis/overview",
    ),
    Host(
        name="hyperbolic",
        title="Hyperbolic",
        base_url="https://api.hyperbolic.xyz/v1",
        base_url_env=("HYPERBOLIC_API_BASE",),
        key_env=("HYPERBOLIC_API_KEY",),
        parts=VLLM_PARTS,
        docs="https://docs.hyperbolic.ai",
    ),
    Host(
        name="novita",
        title="Novita AI",
        base_url="https://api.novita.ai/openai",
        base_url_env=("NOVITA_API_BASE",),
        key_env=("NOVITA_API_KEY",),
        parts=VLLM_PARTS,
        aliases=("novita-ai",),
        price_name="novita",
        docs="https://novita.ai/docs/api-reference/model-apis-llm-create-chat-completion",
    ),
    Host(
        name="nscale",
        title="Nscale",
        base_url="https://inference.api.nscale.com/v1",
        base_url_env=("NSCALE_API_BASE",),
        key_env=("NSCALE_API_KEY",),
        parts=VLLM_PARTS,
        docs="https://docs.nscale.com",
    ),
    Host(
        name="featherless_ai",
        title="Featherless AI",
        base_url="https://api.featherless.ai/v1",
        base_url_env=("FEATHERLESS_AI_API_BASE", "FEATHERLESS_API_BASE"),
        key_env=("FEATHERLESS_AI_API_KEY", "FEATHERLESS_API_KEY", "FEATHERLESSAI_API_KEY"),
        parts=VLLM_PARTS,
        aliases=("featherless",),
        docs="https://featherless.ai/docs/completions",
    ),
    Host(
        name="friendliai",
        title="FriendliAI",
        base_url="https://api.friendli.ai/serverless/v1",
        base_url_env=("FRIENDLI_API_BASE",),
        key_env=("FRIENDLI_TOKEN", "FRIENDLIAI_API_KEY"),
        keeps=frozenset({"reasoning_content"}),
        # Only what users say may be a list: https://github.com/friendliai/friendli-python
        flags=frozenset({"text_content"}),
        parts=VLLM_PARTS - {"file", "input_audio"},
        aliases=("friendli",),
        docs="https://friendli.ai/docs/openapi/model-apis/chat-completions",
    ),
    Host(
        name="lambda_ai",
        title="Lambda",
        base_url="https://api.lambda.ai/v1",
        base_url_env=("LAMBDA_API_BASE",),
        key_env=("LAMBDA_API_KEY",),
        parts=VLLM_PARTS,
        aliases=("lambda",),
        docs="https://docs.lambda.ai/public-cloud/lambda-inference-api/",
    ),
    Host(
        name="chutes",
        title="Chutes",
        base_url="https://llm.chutes.ai/v1",
        base_url_env=("CHUTES_API_BASE",),
        key_env=("CHUTES_API_KEY",),
        parts=VLLM_PARTS,
        docs="https://chutes.ai/docs",
    ),
    Host(
        name="synthetic",
        title="Synthetic",
        base_url="https://api.synthetic.new/openai/v1",
        base_url_env=("SYNTHETIC_API_BASE",),
        key_env=("SYNTHETIC_API_KEY",),
        parts=VLLM_PARTS,
        docs="https://dev.synthetic.new/docs/openai/chat-completions",
    ),
    Host(
        name="parasail",
        title="Parasail",
        base_url="https://api.parasail.io/v1",
        base_url_env=("PARASAIL_API_BASE",),
        key_env=("PARASAIL_API_KEY",),
        parts=VLLM_PARTS,
        docs="https://docs.parasail.io",
    ),
    Host(
        name="inference_net",
        title="Inference.net",
        base_url="https://api.inference.net/v1",
        base_url_env=("INFERENCE_NET_API_BASE",),
        key_env=("INFERENCE_NET_API_KEY", "INFERENCE_API_KEY"),
        parts=VLLM_PARTS,
        docs="https://docs.inference.net",
    ),
    Host(
        name="io_intelligence",
        title="IO Intelligence",
        base_url="https://api.intelligence.io.solutions/api/v1",
        base_url_env=("IO_INTELLIGENCE_API_BASE",),
        key_env=("IOINTELLIGENCE_API_KEY", "IO_INTELLIGENCE_API_KEY"),
        parts=VLLM_PARTS,
        aliases=("io-net",),
        docs="https://io.net/docs/guides/intelligence/io-intelligence",
    ),
    Host(
        name="siliconflow",
        title="SiliconFlow",
        base_url="https://api.siliconflow.com/v1",
        base_url_env=("SILICONFLOW_API_BASE",),
        key_env=("SILICONFLOW_API_KEY",),
        flags=frozenset({"enable_thinking"}),
        # https://docs.siliconflow.cn/capabilities/vision
        parts=VLLM_PARTS,
        docs="https://docs.siliconflow.com/en/api-reference/chat-completions/chat-completions",
    ),
    Host(
        name="siliconflow_cn",
        title="SiliconFlow (China)",
        base_url="https://api.siliconflow.cn/v1",
        base_url_env=("SILICONFLOW_CN_API_BASE",),
        key_env=("SILICONFLOW_CN_API_KEY",),
        aliases=("siliconflow-cn",),
        flags=frozenset({"enable_thinking"}),
        # https://docs.siliconflow.cn/capabilities/vision
        parts=VLLM_PARTS,
        docs="https://docs.siliconflow.cn/cn/api-reference/chat-completions/chat-completions",
    ),
    Host(
        name="avian",
        title="Avian",
        base_url="https://api.avian.io/v1",
        base_url_env=("AVIAN_API_BASE",),
        key_env=("AVIAN_API_KEY",),
        price_name="avian",
        docs="https://avian.io/docs",
    ),
    Host(
        name="crusoe",
        title="Crusoe Managed Inference",
        base_url="https://api.inference.crusoecloud.com/v1",
        base_url_env=("CRUSOE_API_BASE",),
        key_env=("CRUSOE_API_KEY",),
        parts=VLLM_PARTS,
        docs="https://docs.crusoecloud.com/managed-inference/overview",
    ),
    Host(
        name="gmi",
        title="GMI Cloud",
        base_url="https://api.gmi-serving.com/v1",
        base_url_env=("GMI_API_BASE",),
        key_env=("GMI_API_KEY", "GMI_CLOUD_APIKEY", "GMICLOUD_API_KEY"),
        parts=VLLM_PARTS,
        aliases=("gmicloud",),
        docs="https://docs.gmicloud.ai/inference-engine/api-reference/llm-api-reference",
    ),
    Host(
        name="atlascloud",
        title="Atlas Cloud",
        base_url="https://api.atlascloud.ai/v1",
        base_url_env=("ATLASCLOUD_API_BASE",),
        key_env=("ATLASCLOUD_API_KEY",),
        parts=VLLM_PARTS,
        docs="https://www.atlascloud.ai/docs",
    ),
    Host(
        name="compactifai",
        title="CompactifAI",
        base_url="https://api.compactif.ai/v1",
        base_url_env=("COMPACTIFAI_API_BASE",),
        key_env=("COMPACTIFAI_API_KEY",),
        docs="https://docs.compactif.ai",
    ),
    Host(
        name="bytez",
        title="Bytez",
        base_url="https://api.bytez.com/models/v2/openai/v1",
        base_url_env=("BYTEZ_API_BASE",),
        key_env=("BYTEZ_API_KEY",),
        # It serves models of every kind and has its own names for parts as well.
        parts=None,
        docs="https://docs.bytez.com",
    ),
)
