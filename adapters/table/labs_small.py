"""Smaller providers that serve their own models."""

from __future__ import annotations

from ..provider.param_groups import (
    CACHE_MARKS,
    LOGPROBS,
    MAX_COMPLETION_TOKENS,
    NO_FIELDS,
    OPENAI_ONLY,
    PENALTIES,
    REASONING,
    TOOLS,
    Host,
)
from ..provider.row import OPENAI_PARTS, ModelRule, Provider, ResponsesAPI

_TEXT = frozenset({"text"})
_PICTURES = frozenset({"image_url", "text"})

SMALL_LABS: tuple[Provider, ...] = (
    Host(
        name="ai21",
        family=r"^(jamba|j2-)",
        title="AI21 Studio",
        base_url="https://api.ai21.com/studio/v1",
        base_url_env=("AI21_API_BASE",),
        key_env=("AI21_API_KEY",),
        drops=OPENAI_ONLY
        | LOGPROBS
        | PENALTIES
        | REASONING
        | {"logit_bias", "parallel_tool_calls", "user"},
        # https://docs.ai21.com/reference/jamba-1-6-api-ref has no `tool_choice`, and only
        # the format json_object.
        flags=frozenset({"forced_schema", "no_stream_usage", "text_content", "unforced_tools"}),
        parts=_TEXT,
        aliases=("ai21_chat",),
        docs="https://docs.ai21.com/reference/jamba-1-6-api-ref",
    ),
    Host(
        name="aleph_alpha",
        family=r"^(luminous|pharia)",
        title="Aleph Alpha",
        base_url="https://api.aleph-alpha.com",
        base_url_env=("ALEPH_ALPHA_API_BASE",),
        key_env=("ALEPH_ALPHA_API_KEY", "ALEPHALPHA_API_KEY"),
        drops=OPENAI_ONLY | REASONING | {"parallel_tool_calls", "seed", "user"},
        docs="https://docs.aleph-alpha.com/phariaai-dev-guide/latest/pharia-openapi/pharia-inference/index.html",
    ),
    Host(
        name="amazon_nova",
        family=r"^nova-",
        title="Amazon Nova API",
        base_url="https://api.nova.amazon.com/v1",
        base_url_env=("AMAZON_NOVA_API_BASE",),
        key_env=("AMAZON_NOVA_API_KEY", "NOVA_API_KEY"),
        drops=OPENAI_ONLY
        | LOGPROBS
        | PENALTIES
        | {"logit_bias", "n", "parallel_tool_calls", "seed", "user"},
        flags=frozenset({"forced_json"}),
        aliases=("nova",),
        docs="https://nova.amazon.com/dev/documentation",
    ),
    Provider(
        name="meta",
        family=r"^(meta-)?llama",
        title="Meta Model API",
        base_url="https://api.meta.ai/v1",
        base_url_env=("META_API_BASE",),
        responses=ResponsesAPI(),
        models=(ModelRule(pattern=r"^sam-", apis=frozenset({"responses"})),),
        key_env=("META_API_KEY", "META_MODEL_API_KEY", "MODEL_API_KEY"),
        drops=OPENAI_ONLY - {"prompt_cache_key"},
        strips=CACHE_MARKS,
        price_name="meta",
        docs="https://dev.meta.ai/docs",
    ),
    Host(
        name="inception",
        family=r"^mercury",
        title="Inception",
        base_url="https://api.inceptionlabs.ai/v1",
        base_url_env=("INCEPTION_API_BASE",),
        key_env=("INCEPTION_API_KEY",),
        drops=OPENAI_ONLY
        | LOGPROBS
        | PENALTIES
        | {"logit_bias", "n", "parallel_tool_calls", "seed", "top_p", "user"},
        docs="https://docs.inceptionlabs.ai",
    ),
    Host(
        name="reka",
        family=r"^reka-",
        title="Reka",
        base_url="https://api.reka.ai/v1",
        base_url_env=("REKA_API_BASE",),
        key_env=("REKA_API_KEY",),
        parts=OPENAI_PARTS | {"audio_url", "pdf_url", "video_url"},
        docs="https://docs.reka.ai",
    ),
    Host(
        name="upstage",
        family=r"^solar-",
        title="Upstage",
        base_url="https://api.upstage.ai/v1/solar",
        base_url_env=("UPSTAGE_API_BASE",),
        key_env=("UPSTAGE_API_KEY",),
        drops=OPENAI_ONLY - {"prompt_cache_key"},
        docs="https://console.upstage.ai/api/chat",
    ),
    Host(
        name="writer",
        family=r"^palmyra",
        title="Writer",
        base_url="https://api.writer.com/v1",
        base_url_env=("WRITER_API_BASE",),
        key_env=("WRITER_API_KEY",),
        path="/chat",
        drops=OPENAI_ONLY
        | PENALTIES
        | REASONING
        | {"logit_bias", "parallel_tool_calls", "seed", "top_logprobs", "user"},
        parts=_PICTURES,
        docs="https://dev.writer.com/api-reference/completion-api/chat-completion",
    ),
    Host(
        name="sarvam",
        family=r"^sarvam",
        title="Sarvam AI",
        base_url="https://api.sarvam.ai/v1",
        base_url_env=("SARVAM_API_BASE",),
        key_env=("SARVAM_API_KEY",),
        drops=OPENAI_ONLY | LOGPROBS | {"logit_bias", "user"},
        flags=frozenset({"text_content"}),
        parts=_PICTURES,
        inlines=frozenset({"image_url"}),
        docs="https://docs.sarvam.ai/api-reference-docs/chat/chat-completions",
    ),
    Host(
        name="krutrim",
        title="Ola Krutrim",
        base_url="https://cloud.olakrutrim.com/v1",
        base_url_env=("KRUTRIM_API_BASE",),
        key_env=("KRUTRIM_API_KEY", "KRUTRIM_CLOUD_API_KEY"),
        docs="https://cloud.olakrutrim.com/docs",
    ),
    Host(
        name="maritalk",
        family=r"^sabia",
        title="Maritaca AI",
        base_url="https://chat.maritaca.ai/api",
        base_url_env=("MARITALK_API_BASE",),
        key_env=("MARITALK_API_KEY",),
        drops=OPENAI_ONLY
        | LOGPROBS
        | REASONING
        | {"logit_bias", "parallel_tool_calls", "seed", "user"},
        docs="https://docs.maritaca.ai",
    ),
    Host(
        name="gigachat",
        family=r"^gigachat",
        title="GigaChat",
        base_url="https://gigachat.devices.sberbank.ru/api/v1",
        base_url_env=("GIGACHAT_API_BASE",),
        key_env=("GIGACHAT_CREDENTIALS", "GIGACHAT_API_KEY"),
        wire="gigachat",
        auth="wire",
        logins=(("GIGACHAT_ACCESS_TOKEN",),),
        drops=OPENAI_ONLY
        | LOGPROBS
        | PENALTIES
        | REASONING
        | TOOLS
        | {"logit_bias", "n", "response_format", "seed", "stop", "user"},
        flags=frozenset({"no_stream_usage"}),
        finish_reasons={"blacklist": "content_filter"},
        docs="https://developers.sber.ru/docs/ru/gigachat/api/reference/rest/post-chat",
    ),
    Host(
        name="xiaomi_mimo",
        family=r"^mimo-",
        title="Xiaomi MiMo",
        base_url="https://api.xiaomimimo.com/v1",
        base_url_env=("XIAOMI_MIMO_API_BASE",),
        key_env=("XIAOMI_MIMO_API_KEY", "XIAOMI_API_KEY", "MIMO_API_KEY"),
        renames=MAX_COMPLETION_TOKENS,
        parts=OPENAI_PARTS | {"video_url"},
        keeps=frozenset({"reasoning_content"}),
        flags=frozenset({"thinking_switch"}),
        built_in_tools=frozenset({"web_search"}),
        aliases=("xiaomi",),
        docs="https://platform.xiaomimimo.com/docs/en-US/api/chat/openai-api",
    ),
    Host(
        name="longcat",
        family=r"^longcat",
        title="Meituan LongCat",
        base_url="https://api.longcat.chat/openai/v1",
        base_url_env=("LONGCAT_API_BASE",),
        key_env=("LONGCAT_API_KEY",),
        docs="https://longcat.chat/platform/docs/",
    ),
    Host(
        name="streamlake",
        title="Kuaishou StreamLake",
        base_url="https://vanchin.streamlake.ai/api/gateway/v1/endpoints",
        base_url_env=("STREAMLAKE_API_BASE",),
        key_env=("STREAMLAKE_API_KEY",),
        renames=MAX_COMPLETION_TOKENS,
        strips=NO_FIELDS,
        docs="https://www.streamlake.ai/document",
    ),
    Host(
        name="arcee",
        title="Arcee AI",
        base_url="https://api.arcee.ai/api/v1",
        base_url_env=("ARCEE_API_BASE",),
        key_env=("ARCEE_API_KEY",),
        price_name="arcee",
        docs="https://docs.arcee.ai",
    ),
    Host(
        name="poolside",
        title="Poolside",
        base_url="https://inference.poolside.ai/v1",
        base_url_env=("POOLSIDE_API_BASE",),
        key_env=("POOLSIDE_API_KEY",),
        docs="https://platform.poolside.ai",
    ),
    Host(
        name="sakana",
        title="Sakana AI",
        base_url="https://api.sakana.ai/v1",
        base_url_env=("SAKANA_API_BASE",),
        key_env=("SAKANA_API_KEY",),
        docs="https://console.sakana.ai/models",
    ),
    Host(
        name="cognition",
        title="Cognition",
        base_url="https://api.cognition.ai/v1",
        base_url_env=("COGNITION_API_BASE",),
        key_env=("COGNITION_API_KEY",),
        docs="https://cognition.ai",
    ),
    Host(
        name="v0",
        title="v0 by Vercel",
        base_url="https://api.v0.dev/v1",
        base_url_env=("V0_API_BASE",),
        key_env=("V0_API_KEY",),
        renames=MAX_COMPLETION_TOKENS,
        drops=OPENAI_ONLY
        | LOGPROBS
        | PENALTIES
        | REASONING
        | {
            "logit_bias",
            "n",
            "parallel_tool_calls",
            "seed",
            "stop",
            "top_p",
            "user",
        },
        flags=frozenset({"forced_json", "no_stream_usage"}),
        docs="https://v0.app/docs/api/model",
    ),
    Host(
        name="morph",
        family=r"^morph-",
        title="Morph",
        base_url="https://api.morphllm.com/v1",
        base_url_env=("MORPH_API_BASE",),
        key_env=("MORPH_API_KEY",),
        drops=OPENAI_ONLY
        | LOGPROBS
        | PENALTIES
        | REASONING
        | TOOLS
        | {"logit_bias", "n", "response_format", "seed", "user"},
        docs="https://docs.morphllm.com/api-reference/introduction",
    ),
    Host(
        name="sail",
        title="Sail Research",
        base_url="https://api.sailresearch.com/v1",
        base_url_env=("SAIL_API_BASE",),
        key_env=("SAIL_API_KEY",),
        drops=(OPENAI_ONLY - {"service_tier"})
        | LOGPROBS
        | PENALTIES
        | {"logit_bias", "seed", "stop"},
        docs="https://docs.sailresearch.com",
    ),
    Host(
        name="pioneer",
        title="Pioneer",
        base_url="https://api.pioneer.ai/v1",
        base_url_env=("PIONEER_API_BASE",),
        key_env=("PIONEER_API_KEY",),
        docs="https://agent.pioneer.ai/llms.txt",
    ),
    Host(
        name="regolo",
        title="Regolo AI",
        base_url="https://api.regolo.ai/v1",
        base_url_env=("REGOLO_API_BASE",),
        key_env=("REGOLO_API_KEY",),
        aliases=("regolo-ai",),
        docs="https://docs.regolo.ai/",
    ),
    Host(
        name="publicai",
        title="Public AI",
        base_url="https://api.publicai.co/v1",
        base_url_env=("PUBLICAI_API_BASE",),
        key_env=("PUBLICAI_API_KEY",),
        flags=frozenset({"text_content"}),
        docs="https://platform.publicai.co/docs",
    ),
    Host(
        name="lemonfox",
        title="Lemonfox",
        base_url="https://api.lemonfox.ai/v1",
        base_url_env=("LEMONFOX_API_BASE",),
        key_env=("LEMONFOX_API_KEY",),
        drops=OPENAI_ONLY | REASONING,
        docs="https://www.lemonfox.ai/apis/chat",
    ),
)
