"""Providers in China that serve their own models."""

from __future__ import annotations

from functools import partial

from ...pipeline.errors import (
    APIError,
    AuthenticationError,
    ContentPolicyViolationError,
    ContextWindowExceededError,
    PaymentRequiredError,
    RateLimitError,
)
from ..provider.param_groups import (
    CACHE_MARKS,
    KEEPS_REASONING,
    LOGPROBS,
    MAX_COMPLETION_TOKENS,
    MAX_TOKENS,
    NO_FIELDS,
    OPENAI_ONLY,
    PENALTIES,
    REASONING,
    WEB_SEARCH,
    Host,
)
from ..provider.row import NO_MAPPING, OPENAI_PARTS, Flag, ModelRule, Provider, ResponsesAPI

_VIDEO = OPENAI_PARTS | {"video_url"}
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
#: The sampling of newer models is fixed. kimi-k3 has levels of effort, kimi-k2.5 to 2.7 a switch;
#: for all others the API ignores `reasoning_effort`.
#: https://platform.kimi.ai/docs/api/models-overview and
#: https://platform.kimi.ai/docs/guide/use-kimi-k2-thinking-model
_KIMI_RULES = (
    ModelRule(pattern=r"^kimi-k(2\.\d|3)", drops=PENALTIES | {"n", "temperature", "top_p"}),
    ModelRule(pattern=r"^kimi-k2\.\d", flags=frozenset({"thinking_switch"})),
    ModelRule(pattern=r"^(kimi-k2(-|$)|moonshot-v1)", drops=REASONING),
)
#: They support only the format json_object, and `tool_choice` must be "auto".
#: https://docs.z.ai/guides/capabilities/struct-output and
#: https://github.com/vectorize-io/hindsight/issues/4246
_GLM_FLAGS: frozenset[Flag] = frozenset(
    {"auto_tools", "forced_schema", "thinking_switch", "unforced_tools"}
)
#: Only this model supports `response_format`; others ignore it. The API has no `tool_choice`.
#: https://platform.minimax.io/docs/api-reference/text-chat-openai and
#: https://github.com/MiniMax-AI/MiniMax-M2.5/issues/4
_MINIMAX_RULES = (
    ModelRule(
        pattern=r"^(?!minimax-text-01)",
        flags=frozenset({"auto_tools", "forced_json", "unforced_tools"}),
    ),
)
#: For some of their models.
#: https://help.aliyun.com/en/model-studio/compatibility-with-openai-responses-api
_QWEN_RESPONSES = ResponsesAPI(
    hosts=(".aliyuncs.com",),
    used="needed",
    drops=frozenset({"background", "prompt"}),
    built_in_tools=WEB_SEARCH | {"code_interpreter", "file_search", "mcp"},
)
#: https://www.volcengine.com/docs/82379/1958524
_ARK_RESPONSES = ResponsesAPI(
    hosts=(".volces.com", ".bytepluses.com"),
    used="needed",
    drops=frozenset({"background", "conversation", "prompt"}),
    built_in_tools=WEB_SEARCH | {"mcp"},
)
#: https://platform.stepfun.ai/docs/en/api-reference/chat/chat-completion-create has no
#: `tool_choice`, and only the format json_object.
_STEP_FLAGS: frozenset[Flag] = frozenset(
    {"auto_tools", "forced_schema", "text_content", "unforced_tools"}
)

# What the rows of a vendor have in common. Most have an address in China and one elsewhere.
_Moonshot = partial(
    Provider,
    renames=MAX_COMPLETION_TOKENS,
    drops=(OPENAI_ONLY - {"prompt_cache_key", "safety_identifier"}) | LOGPROBS | {"logit_bias"},
    models=_KIMI_RULES,
    parts=frozenset({"image_url", "text", "video_url"}),
    inlines=frozenset({"image_url", "video_url"}),
    keeps=KEEPS_REASONING,
    flags=frozenset({"thinking_none"}),
    max_stop_sequences=5,
    strips=CACHE_MARKS,
)
_Zhipu = partial(
    Host,
    renames={**MAX_TOKENS, "user": "user_id"},
    drops=OPENAI_ONLY | LOGPROBS | PENALTIES | {"logit_bias", "n", "parallel_tool_calls", "seed"},
    parts=OPENAI_PARTS | {"file_url", "video_url"},
    keeps=KEEPS_REASONING,
    error_codes=_GLM_CODES,
    flags=_GLM_FLAGS,
    max_stop_sequences=1,
    strips=NO_FIELDS,
)
_MiniMax = partial(
    Host,
    drops=OPENAI_ONLY | LOGPROBS | REASONING | {"logit_bias", "n", "seed"},
    renames=MAX_COMPLETION_TOKENS,
    models=_MINIMAX_RULES,
    built_in_tools=frozenset({"web_search"}),
    parts=_VIDEO,
    keeps=frozenset({"reasoning_details"}),
    error_codes=_MINIMAX_CODES,
    strips=NO_FIELDS,
)
_Qwen = partial(
    Host,
    parts=OPENAI_PARTS | {"video", "video_url"},
    strips=NO_FIELDS,
    flags=frozenset({"enable_thinking"}),
)
_Ark = partial(
    Host,
    responses=_ARK_RESPONSES,
    drops=OPENAI_ONLY - {"service_tier"},
    # It accepts both names of `max_tokens`.
    renames=NO_MAPPING,
    flags=frozenset({"thinking_none", "tool_media"}),
    parts=OPENAI_PARTS | {"audio_url", "video_url"},
    keeps=KEEPS_REASONING,
)
_StepFun = partial(
    Host,
    flags=_STEP_FLAGS,
    parts=frozenset({"image_url", "input_audio", "text", "video_url"}),
)

CHINA_LABS: tuple[Provider, ...] = (
    _Moonshot(
        name="moonshot",
        misspellings=("kimi",),
        family=r"^(kimi|moonshot)",
        title="Moonshot AI",
        base_url="https://api.moonshot.ai/v1",
        base_url_env=("MOONSHOT_API_BASE",),
        key_env=("MOONSHOT_API_KEY", "MOONSHOTAI_API_KEY"),
        aliases=("moonshotai",),
        otel_name="moonshot_ai",
        price_name="moonshotai",
        docs="https://platform.kimi.ai/docs/api/chat",
    ),
    _Moonshot(
        name="moonshot_cn",
        title="Moonshot AI (China)",
        base_url="https://api.moonshot.cn/v1",
        base_url_env=("MOONSHOT_CN_API_BASE",),
        key_env=("MOONSHOT_CN_API_KEY",),
        aliases=("moonshotai-cn",),
        docs="https://platform.kimi.com/docs/api/chat",
    ),
    _Zhipu(
        name="zai",
        misspellings=("glm",),
        family=r"^(zai-)?glm-",
        title="Z.AI",
        base_url="https://api.z.ai/api/paas/v4",
        base_url_env=("ZAI_API_BASE", "ZAI_BASE_URL"),
        key_env=("ZAI_API_KEY",),
        aliases=("z-ai",),
        price_name="zai",
        docs="https://docs.z.ai/api-reference/llm/chat-completion",
    ),
    _Zhipu(
        name="zhipu",
        title="Zhipu BigModel",
        base_url="https://open.bigmodel.cn/api/paas/v4",
        base_url_env=("ZHIPU_API_BASE", "BIGMODEL_API_BASE"),
        key_env=("ZHIPU_API_KEY", "ZHIPUAI_API_KEY", "BIGMODEL_API_KEY"),
        aliases=("bigmodel", "zhipuai"),
        price_name="zhipuai",
        docs="https://docs.bigmodel.cn/api-reference",
    ),
    _MiniMax(
        name="minimax",
        family=r"^(minimax|abab\d)",
        title="MiniMax",
        base_url="https://api.minimax.io/v1",
        base_url_env=("MINIMAX_API_BASE",),
        key_env=("MINIMAX_API_KEY",),
        price_name="minimax",
        docs="https://platform.minimax.io/docs/api-reference/text-openai-api",
    ),
    _MiniMax(
        name="minimax_cn",
        title="MiniMax (China)",
        base_url="https://api.minimaxi.com/v1",
        base_url_env=("MINIMAX_CN_API_BASE",),
        key_env=("MINIMAX_CN_API_KEY",),
        aliases=("minimax-cn",),
        docs="https://platform.minimaxi.com/docs/api-reference/text-openai-api",
    ),
    _Qwen(
        name="dashscope",
        family=r"^(qwen|qwq|qvq)",
        title="Alibaba Cloud Model Studio (China)",
        base_url="https://dashscope.aliyuncs.com/compatible-mode/v1",
        base_url_env=("DASHSCOPE_API_BASE",),
        responses=_QWEN_RESPONSES,
        key_env=("DASHSCOPE_API_KEY",),
        aliases=("alibaba-cn",),
        docs="https://help.aliyun.com/zh/model-studio/qwen-api-reference",
    ),
    _Qwen(
        name="qwencloud",
        title="Alibaba Cloud Model Studio (international)",
        base_url="https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
        base_url_env=("QWENCLOUD_API_BASE",),
        responses=_QWEN_RESPONSES,
        key_env=("QWENCLOUD_API_KEY", "ALIBABA_API_KEY"),
        aliases=("alibaba",),
        docs="https://www.alibabacloud.com/help/en/model-studio/qwen-api-reference",
    ),
    _Qwen(
        name="qwen_ai_platform",
        title="Qwen AI Platform",
        base_url="https://dashscope.aliyuncs.com/compatible-mode/v1",
        base_url_env=("QWEN_AI_PLATFORM_API_BASE",),
        key_env=("QWEN_AI_PLATFORM_API_KEY",),
        docs="https://help.aliyun.com/zh/model-studio/qwen-api-reference",
    ),
    _Ark(
        name="volcengine",
        family=r"^doubao",
        title="Volcengine Ark",
        base_url="https://ark.cn-beijing.volces.com/api/v3",
        base_url_env=("VOLCENGINE_API_BASE",),
        key_env=("VOLCENGINE_API_KEY",),
        models=(
            # It refuses every format; whether a tool call can be forced is unknown.
            # https://github.com/anomalyco/models.dev/pull/5772
            ModelRule(pattern="seed-2-0-code", flags=frozenset({"forced_json", "unforced_tools"})),
        ),
        docs="https://www.volcengine.com/docs/82379/1494384",
    ),
    _Ark(
        name="byteplus",
        title="BytePlus ModelArk",
        base_url="https://ark.ap-southeast.bytepluses.com/api/v3",
        base_url_env=("BYTEPLUS_API_BASE",),
        key_env=("BYTEPLUS_API_KEY", "ARK_API_KEY"),
        docs="https://docs.byteplus.com/en/docs/ModelArk/1494384",
    ),
    Host(
        name="tencent",
        family=r"^hunyuan",
        title="Tencent Cloud TokenHub (international)",
        base_url="https://tokenhub-intl.tencentcloudmaas.com/v1",
        base_url_env=("TENCENT_API_BASE",),
        key_env=("TENCENT_API_KEY",),
        parts=_VIDEO,
        keeps=KEEPS_REASONING,
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
        family=r"^ernie",
        title="Baidu Qianfan",
        base_url="https://qianfan.baidubce.com/v2",
        base_url_env=("QIANFAN_API_BASE",),
        key_env=("QIANFAN_API_KEY",),
        drops=OPENAI_ONLY | LOGPROBS | {"logit_bias", "n"},
        parts=_VIDEO,
        docs="https://cloud.baidu.com/doc/qianfan-api/s/3m7of64lb",
    ),
    _StepFun(
        name="stepfun",
        family=r"^step-",
        title="StepFun (China)",
        base_url="https://api.stepfun.com/v1",
        base_url_env=("STEPFUN_API_BASE",),
        key_env=("STEPFUN_API_KEY",),
        docs="https://platform.stepfun.com/docs/zh/api-reference/chat/chat-completion-create",
    ),
    _StepFun(
        name="stepfun_ai",
        title="StepFun (international)",
        base_url="https://api.stepfun.ai/v1",
        base_url_env=("STEPFUN_AI_API_BASE",),
        key_env=("STEPFUN_AI_API_KEY",),
        aliases=("stepfun-ai",),
        docs="https://platform.stepfun.ai/docs/en/overview/concept",
    ),
)
