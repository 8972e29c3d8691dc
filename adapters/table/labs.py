"""Providers that serve their own models."""

from __future__ import annotations

from ...pipeline.errors import (
    APIError,
    AuthenticationError,
    ContentPolicyViolationError,
    ContextWindowExceededError,
    PaymentRequiredError,
    RateLimitError,
)
from ...pipeline.provider_facts import PriceRules
from ..families.openai import OPENAI_RULES
from ..provider.param_groups import (
    CACHE_MARKS,
    LOGPROBS,
    MAX_COMPLETION_TOKENS,
    MAX_TOKENS,
    NO_FIELDS,
    OPENAI_ONLY,
    PENALTIES,
    REASONING,
    TOOLS,
    Host,
)
from ..provider.row import NO_MAPPING, OPENAI_PARTS, Flag, ModelRule, Provider, ResponsesAPI

#: https://docs.z.ai/api-reference/api-code
_GLM_CODES: dict[str, type[APIError]] = {
    "1113": PaymentRequiredError,
    "1261": ContextWindowExceededError,
    "1301": ContentPolicyViolationError,
}
#: https://platform.minimax.io/docs/api-reference/errorcode
_MINIMAX_CODES: dict[str, type[APIError]] = {
    "1002": RateLimitError,
    "1004": AuthenticationError,
    "1008": PaymentRequiredError,
    "1026": ContentPolicyViolationError,
    "1027": ContentPolicyViolationError,
    "1039": ContextWindowExceededError,
    "2049": AuthenticationError,
}
_KEEPS_REASONING = frozenset({"reasoning_content"})

_VIDEO = OPENAI_PARTS | {"video_url"}
#: As in `ContentChunk` of Mistral's client.
_MISTRAL_PARTS = OPENAI_PARTS | {
    "document_url",
    "reference",
    "resource",
    "resource_link",
    "thinking",
}
#: It accepts a sender's name only in tool results.
_MISTRAL_REFUSES = CACHE_MARKS | {"name"}
_MISTRAL_FLAGS: frozenset[Flag] = frozenset(
    {"document_urls", "no_stream_usage", "short_call_ids", "tool_media"}
)
_KIMI_PARTS = frozenset({"image_url", "text", "video_url"})
#: Their sampling is fixed. https://platform.kimi.ai/docs/api/models-overview
_KIMI_RULES = (ModelRule(pattern=r"^kimi-k2\.\d", drops=PENALTIES | {"n", "temperature", "top_p"}),)
_GLM_PARTS = OPENAI_PARTS | {"file_url", "video_url"}
_GLM_NAMES = {**MAX_TOKENS, "user": "user_id"}
#: They support only the format json_object, and `tool_choice` must be "auto".
#: https://docs.z.ai/guides/capabilities/struct-output and
#: https://github.com/vectorize-io/hindsight/issues/4246
_GLM_FLAGS: frozenset[Flag] = frozenset(
    {"auto_tools", "forced_schema", "thinking_switch", "unforced_tools"}
)
#: Only this model supports `response_format`; others ignore it. `tool_choice` is undocumented.
#: https://platform.minimax.io/docs/api-reference/text-chat-openai and
#: https://github.com/MiniMax-AI/MiniMax-M2.5/issues/4
_MINIMAX_RULES = (
    ModelRule(pattern=r"^(?!minimax-text-01)", flags=frozenset({"forced_json", "unforced_tools"})),
)
_QWEN_PARTS = OPENAI_PARTS | {"video", "video_url"}
_ARK_PARTS = OPENAI_PARTS | {"audio_url", "video_url"}
#: https://platform.stepfun.ai/docs/en/api-reference/chat/chat-completion-create has no
#: `tool_choice`, and only the format json_object.
_STEP_FLAGS: frozenset[Flag] = frozenset({"forced_schema", "text_content", "unforced_tools"})
_STEP_PARTS = frozenset({"image_url", "input_audio", "text", "video_url"})

#: https://docs.x.ai/docs/api-reference#create-new-response
_XAI_RESPONSES_DROPS = frozenset(
    {"background", "context_management", "conversation", "prompt", "truncation", "verbosity"}
)
#: Only its own models have chat completions; other makers' models have the Responses API.
_PERPLEXITY_RULES = (
    ModelRule(pattern="reason|research", adds=REASONING),
    ModelRule(pattern=r"/", apis=frozenset({"responses"})),
    ModelRule(pattern=r"^[^/]+$", apis=frozenset({"chat"})),
)

LABS: tuple[Provider, ...] = (
    Provider(
        name="openai",
        title="OpenAI",
        base_url="https://api.openai.com/v1",
        base_url_env=("OPENAI_BASE_URL", "OPENAI_API_BASE"),
        responses=ResponsesAPI(hosts=(".api.openai.com",), for_tools=True),
        key_env=("OPENAI_API_KEY",),
        models=OPENAI_RULES,
        max_stop_sequences=4,
        flags=frozenset({"developer_role"}),
        strips=CACHE_MARKS,
        inlines=frozenset({"document", "file", "input_audio"}),
        counter="openai/counting",
        price_name="openai",
        # Responses do not report what a search costs on top of its tokens.
        price_rules=PriceRules(unlisted=r"-search-|gpt-oss"),
        docs="https://platform.openai.com/docs/api-reference/chat",
    ),
    Provider(
        name="mistral",
        title="Mistral AI",
        base_url="https://api.mistral.ai/v1",
        base_url_env=("MISTRAL_API_BASE", "MISTRAL_BASE_URL"),
        responses=ResponsesAPI(),
        key_env=("MISTRAL_API_KEY",),
        renames={**MAX_TOKENS, "seed": "random_seed"},
        # Mistral refuses a body with an unknown field.
        drops=(OPENAI_ONLY - {"prediction", "prompt_cache_key", "service_tier"})
        | {"logit_bias", "user"},
        flags=_MISTRAL_FLAGS | frozenset[Flag]({"thinking_parts"}),
        parts=_MISTRAL_PARTS,
        strips=_MISTRAL_REFUSES,
        finish_reasons={"model_length": "length"},
        aliases=("mistralai",),
        otel_name="mistral_ai",
        price_name="mistral",
        # The models behind names without a version change, and responses repeat the name. Our
        # additions to the list have their prices.
        price_rules=PriceRules(
            unlisted=r"^(?!mistral-(medium|small)-).*-latest$"
            r"|^(magistral|mistral)-(large|medium|small)$"
        ),
        docs="https://docs.mistral.ai/api/",
    ),
    Provider(
        name="codestral",
        title="Codestral (Mistral AI)",
        base_url="https://codestral.mistral.ai/v1",
        base_url_env=("CODESTRAL_API_BASE",),
        key_env=("CODESTRAL_API_KEY",),
        renames={**MAX_TOKENS, "seed": "random_seed"},
        drops=(OPENAI_ONLY - {"prediction"}) | REASONING | {"logit_bias", "user"},
        flags=_MISTRAL_FLAGS,
        parts=_MISTRAL_PARTS,
        strips=_MISTRAL_REFUSES,
        finish_reasons={"model_length": "length"},
        docs="https://docs.mistral.ai/capabilities/code_generation/",
    ),
    Host(
        name="deepseek",
        title="DeepSeek",
        base_url="https://api.deepseek.com",
        base_url_env=("DEEPSEEK_API_BASE", "DEEPSEEK_BASE_URL"),
        responses=ResponsesAPI(),
        key_env=("DEEPSEEK_API_KEY",),
        drops=OPENAI_ONLY | {"logit_bias", "n", "parallel_tool_calls", "seed", "user"},
        # Its thinking models need their reasoning back with tool results.
        keeps=_KEEPS_REASONING,
        # https://api-docs.deepseek.com/guides/json_mode (only json_object) and
        # https://github.com/deepseek-ai/DeepSeek-V3/issues/1376 (what thinking refuses)
        flags=frozenset({"forced_schema", "text_content", "thinking_none", "unforced_thinking"}),
        max_stop_sequences=16,
        price_name="deepseek",
        # The list has the prices of 2025; the models behind these names have changed. Peak hours
        # are on weekdays. On China's public holidays, which are not known here, the cost of these
        # hours is an upper bound. https://api-docs.deepseek.com/quick_start/pricing
        price_rules=PriceRules(
            unlisted=r"^deepseek-(chat|reasoner)$", days_without_hours=frozenset({5, 6})
        ),
        docs="https://api-docs.deepseek.com/api/create-chat-completion",
    ),
    Provider(
        name="xai",
        title="xAI",
        base_url="https://api.x.ai/v1",
        base_url_env=("XAI_API_BASE", "XAI_BASE_URL"),
        responses=ResponsesAPI(hosts=(".api.x.ai",), for_tools=True, drops=_XAI_RESPONSES_DROPS),
        key_env=("XAI_API_KEY",),
        # https://docs.x.ai/docs/api-reference#chat-completions
        drops=(OPENAI_ONLY - {"safety_identifier", "service_tier"}) | {"logit_bias"},
        models=(
            ModelRule(
                pattern=r"^grok-(?:[4-9]|3-mini|code)(?!.*non-reasoning)",
                drops=PENALTIES | {"stop"},
                flags=frozenset({"reasons"}),
            ),
            ModelRule(pattern=r"multi-agent", apis=frozenset({"responses"})),
            ModelRule(
                pattern=r"^grok-(?:2|3(?!-mini)|4(?![.\d])|code"
                r"|.*non-reasoning)",
                drops=REASONING,
            ),
        ),
        flags=frozenset({"reasoning_beside_completion"}),
        aliases=("x_ai",),
        strips=CACHE_MARKS,
        counter="openai/counting_xai",
        otel_name="x_ai",
        price_name="x-ai",
        docs="https://docs.x.ai/docs/api-reference",
    ),
    Provider(
        name="perplexity",
        title="Perplexity",
        base_url="https://api.perplexity.ai",
        base_url_env=("PERPLEXITY_API_BASE",),
        responses=ResponsesAPI(path="/v1/responses"),
        key_env=("PERPLEXITYAI_API_KEY", "PERPLEXITY_API_KEY"),
        renames=MAX_TOKENS,
        drops=(OPENAI_ONLY - {"web_search_options"})
        | TOOLS
        | LOGPROBS
        | {"logit_bias", "n", "seed", "stop", "user"},
        models=_PERPLEXITY_RULES,
        # https://docs.perplexity.ai/guides/structured-outputs
        flags=frozenset({"json_schema_only"}),
        parts=frozenset({"file_url", "image_url", "pdf_url", "text", "video_url"}),
        strips=CACHE_MARKS,
        price_name="perplexity",
        docs="https://docs.perplexity.ai/api-reference/chat-completions-post",
    ),
    Provider(
        name="moonshot",
        title="Moonshot AI",
        base_url="https://api.moonshot.ai/v1",
        base_url_env=("MOONSHOT_API_BASE",),
        key_env=("MOONSHOT_API_KEY", "MOONSHOTAI_API_KEY"),
        renames=MAX_COMPLETION_TOKENS,
        drops=(OPENAI_ONLY - {"prompt_cache_key", "safety_identifier"}) | LOGPROBS | {"logit_bias"},
        models=_KIMI_RULES,
        parts=_KIMI_PARTS,
        inlines=frozenset({"image_url", "video_url"}),
        keeps=_KEEPS_REASONING,
        flags=frozenset({"thinking_none"}),
        max_stop_sequences=5,
        aliases=("moonshotai",),
        strips=CACHE_MARKS,
        otel_name="moonshot_ai",
        price_name="moonshotai",
        docs="https://platform.kimi.ai/docs/api/chat",
    ),
    Provider(
        name="moonshot_cn",
        title="Moonshot AI (China)",
        base_url="https://api.moonshot.cn/v1",
        base_url_env=("MOONSHOT_CN_API_BASE",),
        key_env=("MOONSHOT_CN_API_KEY",),
        renames=MAX_COMPLETION_TOKENS,
        drops=(OPENAI_ONLY - {"prompt_cache_key", "safety_identifier"}) | LOGPROBS | {"logit_bias"},
        models=_KIMI_RULES,
        parts=_KIMI_PARTS,
        inlines=frozenset({"image_url", "video_url"}),
        keeps=_KEEPS_REASONING,
        flags=frozenset({"thinking_none"}),
        max_stop_sequences=5,
        aliases=("moonshotai-cn",),
        strips=CACHE_MARKS,
        docs="https://platform.kimi.com/docs/api/chat",
    ),
    Host(
        name="zai",
        title="Z.AI",
        base_url="https://api.z.ai/api/paas/v4",
        base_url_env=("ZAI_API_BASE", "ZAI_BASE_URL"),
        key_env=("ZAI_API_KEY",),
        renames=_GLM_NAMES,
        drops=OPENAI_ONLY
        | LOGPROBS
        | PENALTIES
        | {"logit_bias", "n", "parallel_tool_calls", "seed"},
        parts=_GLM_PARTS,
        keeps=_KEEPS_REASONING,
        error_codes=_GLM_CODES,
        flags=_GLM_FLAGS,
        max_stop_sequences=1,
        aliases=("z-ai",),
        strips=NO_FIELDS,
        price_name="zai",
        docs="https://docs.z.ai/api-reference/llm/chat-completion",
    ),
    Host(
        name="zhipu",
        title="Zhipu BigModel",
        base_url="https://open.bigmodel.cn/api/paas/v4",
        base_url_env=("ZHIPU_API_BASE", "BIGMODEL_API_BASE"),
        key_env=("ZHIPU_API_KEY", "ZHIPUAI_API_KEY", "BIGMODEL_API_KEY"),
        renames=_GLM_NAMES,
        drops=OPENAI_ONLY
        | LOGPROBS
        | PENALTIES
        | {"logit_bias", "n", "parallel_tool_calls", "seed"},
        parts=_GLM_PARTS,
        keeps=_KEEPS_REASONING,
        error_codes=_GLM_CODES,
        flags=_GLM_FLAGS,
        max_stop_sequences=1,
        aliases=("bigmodel", "zhipuai"),
        strips=NO_FIELDS,
        price_name="zhipuai",
        docs="https://docs.bigmodel.cn/api-reference",
    ),
    Host(
        name="minimax",
        title="MiniMax",
        base_url="https://api.minimax.io/v1",
        base_url_env=("MINIMAX_API_BASE",),
        key_env=("MINIMAX_API_KEY",),
        drops=OPENAI_ONLY | LOGPROBS | REASONING | {"logit_bias", "n", "seed"},
        renames=MAX_COMPLETION_TOKENS,
        models=_MINIMAX_RULES,
        parts=_VIDEO,
        keeps=frozenset({"reasoning_details"}),
        error_codes=_MINIMAX_CODES,
        strips=NO_FIELDS,
        price_name="minimax",
        docs="https://platform.minimax.io/docs/api-reference/text-openai-api",
    ),
    Host(
        name="minimax_cn",
        title="MiniMax (China)",
        base_url="https://api.minimaxi.com/v1",
        base_url_env=("MINIMAX_CN_API_BASE",),
        key_env=("MINIMAX_CN_API_KEY",),
        drops=OPENAI_ONLY | LOGPROBS | REASONING | {"logit_bias", "n", "seed"},
        renames=MAX_COMPLETION_TOKENS,
        models=_MINIMAX_RULES,
        parts=_VIDEO,
        keeps=frozenset({"reasoning_details"}),
        error_codes=_MINIMAX_CODES,
        aliases=("minimax-cn",),
        strips=NO_FIELDS,
        docs="https://platform.minimaxi.com/docs/api-reference/text-openai-api",
    ),
    Host(
        name="dashscope",
        title="Alibaba Cloud Model Studio (China)",
        base_url="https://dashscope.aliyuncs.com/compatible-mode/v1",
        base_url_env=("DASHSCOPE_API_BASE",),
        key_env=("DASHSCOPE_API_KEY",),
        aliases=("alibaba-cn",),
        parts=_QWEN_PARTS,
        strips=NO_FIELDS,
        flags=frozenset({"enable_thinking"}),
        docs="https://help.aliyun.com/zh/model-studio/qwen-api-reference",
    ),
    Host(
        name="qwencloud",
        title="Alibaba Cloud Model Studio (international)",
        base_url="https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
        base_url_env=("QWENCLOUD_API_BASE",),
        key_env=("QWENCLOUD_API_KEY", "ALIBABA_API_KEY"),
        aliases=("alibaba",),
        parts=_QWEN_PARTS,
        strips=NO_FIELDS,
        flags=frozenset({"enable_thinking"}),
        docs="https://www.alibabacloud.com/help/en/model-studio/qwen-api-reference",
    ),
    Host(
        name="qwen_ai_platform",
        title="Qwen AI Platform",
        base_url="https://dashscope.aliyuncs.com/compatible-mode/v1",
        base_url_env=("QWEN_AI_PLATFORM_API_BASE",),
        key_env=("QWEN_AI_PLATFORM_API_KEY",),
        parts=_QWEN_PARTS,
        strips=NO_FIELDS,
        flags=frozenset({"enable_thinking"}),
        docs="https://help.aliyun.com/zh/model-studio/qwen-api-reference",
    ),
    Host(
        name="volcengine",
        title="Volcengine Ark",
        base_url="https://ark.cn-beijing.volces.com/api/v3",
        base_url_env=("VOLCENGINE_API_BASE",),
        key_env=("VOLCENGINE_API_KEY",),
        drops=OPENAI_ONLY - {"service_tier"},
        # It accepts both names of `max_tokens`.
        renames=NO_MAPPING,
        models=(
            # It refuses every format; whether a tool call can be forced is unknown.
            # https://github.com/anomalyco/models.dev/pull/5772
            ModelRule(pattern="seed-2-0-code", flags=frozenset({"forced_json", "unforced_tools"})),
        ),
        flags=frozenset({"thinking_none", "tool_media"}),
        parts=_ARK_PARTS,
        keeps=_KEEPS_REASONING,
        docs="https://www.volcengine.com/docs/82379/1494384",
    ),
    Host(
        name="byteplus",
        title="BytePlus ModelArk",
        base_url="https://ark.ap-southeast.bytepluses.com/api/v3",
        base_url_env=("BYTEPLUS_API_BASE",),
        key_env=("BYTEPLUS_API_KEY", "ARK_API_KEY"),
        drops=OPENAI_ONLY - {"service_tier"},
        # It accepts both names of `max_tokens`.
        renames=NO_MAPPING,
        flags=frozenset({"thinking_none", "tool_media"}),
        parts=_ARK_PARTS,
        keeps=_KEEPS_REASONING,
        docs="https://docs.byteplus.com/en/docs/ModelArk/1494384",
    ),
    Host(
        name="tencent",
        title="Tencent Cloud TokenHub (international)",
        base_url="https://tokenhub-intl.tencentcloudmaas.com/v1",
        base_url_env=("TENCENT_API_BASE",),
        key_env=("TENCENT_API_KEY",),
        parts=_VIDEO,
        keeps=_KEEPS_REASONING,
        flags=frozenset({"thinking_switch"}),
        docs="https://www.tencentcloud.com/document/product/1284",
    ),
    Host(
        name="hunyuan",
        title="Tencent Hunyuan",
        base_url="https://api.hunyuan.cloud.tencent.com/v1",
        base_url_env=("HUNYUAN_API_BASE",),
        key_env=("HUNYUAN_API_KEY",),
        drops=OPENAI_ONLY | REASONING | LOGPROBS | {"logit_bias", "n"},
        parts=OPENAI_PARTS | {"video_frames", "video_url"},
        docs="https://cloud.tencent.com/document/product/1729/111007",
    ),
    Host(
        name="qianfan",
        title="Baidu Qianfan",
        base_url="https://qianfan.baidubce.com/v2",
        base_url_env=("QIANFAN_API_BASE",),
        key_env=("QIANFAN_API_KEY",),
        drops=OPENAI_ONLY | LOGPROBS | {"logit_bias", "n"},
        parts=_VIDEO,
        docs="https://cloud.baidu.com/doc/qianfan-api/s/3m7of64lb",
    ),
    Host(
        name="stepfun",
        title="StepFun (China)",
        base_url="https://api.stepfun.com/v1",
        base_url_env=("STEPFUN_API_BASE",),
        key_env=("STEPFUN_API_KEY",),
        flags=_STEP_FLAGS,
        parts=_STEP_PARTS,
        docs="https://platform.stepfun.com/docs/zh/api-reference/chat/chat-completion-create",
    ),
    Host(
        name="stepfun_ai",
        title="StepFun (international)",
        base_url="https://api.stepfun.ai/v1",
        base_url_env=("STEPFUN_AI_API_BASE",),
        key_env=("STEPFUN_AI_API_KEY",),
        flags=_STEP_FLAGS,
        parts=_STEP_PARTS,
        aliases=("stepfun-ai",),
        docs="https://platform.stepfun.ai/docs/en/overview/concept",
    ),
)
