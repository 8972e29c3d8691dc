"""The providers with a wire of their own."""

from __future__ import annotations

from ...pipeline.provider_facts import PriceRules, TierRule
from ..families.bedrock import BEDROCK_RULES, GPT_OSS, OPENAI_OWN
from ..families.claude import CLAUDE_RULES
from ..families.gemini import GEMINI_RULES, VERTEX_RULES
from ..families.openai import DEPLOYMENT_RULES, OPENAI_RULES
from ..provider.param_groups import (
    CACHE_MARKS,
    LOGPROBS,
    MAX_COMPLETION_TOKENS,
    MAX_TOKENS,
    OPENAI_ONLY,
    PENALTIES,
    STORED,
    WEB_SEARCH,
)
from ..provider.row import ANY_HOST, OPENAI_PARTS, ModelRule, Provider, ResponsesAPI
from .clouds import AWS_TIERS
from .labs import XAI_RULES

# https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
_AWS_LOGINS = (
    ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
    ("AWS_PROFILE",),
    ("AWS_PROFILE_NAME",),
    ("AWS_DEFAULT_PROFILE",),
    ("AWS_CONFIG_FILE",),
    ("AWS_SHARED_CREDENTIALS_FILE",),
    ("AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE"),
    ("AWS_ROLE_NAME", "AWS_WEB_IDENTITY_TOKEN"),
    ("AWS_CONTAINER_CREDENTIALS_FULL_URI",),
    ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",),
)
# https://learn.microsoft.com/python/api/overview/azure/identity-readme (environment variables)
_AZURE_HOSTS = (".openai.azure.com", ".services.ai.azure.com", ".cognitiveservices.azure.com")
_AZURE_DROPS = frozenset({"safety_identifier", "web_search_options"})
_AZURE_RESPONSES = ResponsesAPI(
    wire="azure/responses", hosts=_AZURE_HOSTS, for_tools=True, drops=_AZURE_DROPS
)
_AZURE_LOGINS = (
    ("AZURE_AD_TOKEN",),
    ("AZURE_OPENAI_AD_TOKEN",),
    ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"),
    ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_CERTIFICATE_PATH"),
    ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_FEDERATED_TOKEN_FILE"),
    ("IDENTITY_ENDPOINT",),
    ("MSI_ENDPOINT",),
)
# Only the Responses API fetches the URLs of these parts.
_AZURE_BYTES = frozenset({"file", "input_audio"})

# https://ai.google.dev/gemini-api/docs/pricing. Caching has the standard price for some models.
_GOOGLE_TIERS = (
    TierRule(tier="flex", factor=0.5, models="gemini", cached=False),
    TierRule(tier="priority", factor=1.8, models="gemini"),
)

NATIVE_ROWS: tuple[Provider, ...] = (
    Provider(
        name="anthropic",
        misspellings=("claude",),
        family=r"^claude(?!.*@)",
        title="Anthropic",
        wire="anthropic",
        base_url="https://api.anthropic.com",
        base_url_env=("ANTHROPIC_BASE_URL", "ANTHROPIC_API_BASE"),
        key_env=("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"),
        path="/v1/messages",
        auth="x-api-key",
        models=CLAUDE_RULES,
        cache_mark="cache_control",
        price_name="anthropic",
        # https://platform.claude.com/docs/en/about-claude/pricing (data residency)
        price_rules=PriceRules(regions=(("us", 1.1),)),
        docs="https://platform.claude.com/docs/en/api/messages/create",
    ),
    Provider(
        name="gemini",
        misspellings=("google", "google_ai", "googleai", "google-gla", "google_genai"),
        family=r"^(gemini|gemma|learnlm|lyria|nano-banana)",
        title="Google AI Studio",
        wire="gemini",
        base_url="https://generativelanguage.googleapis.com/v1beta",
        base_url_env=("GEMINI_API_BASE",),
        key_env=("GEMINI_API_KEY", "GOOGLE_API_KEY"),
        auth="x-goog-api-key",
        models=GEMINI_RULES,
        max_stop_sequences=5,
        otel_name="gcp.gemini",
        price_name="google",
        price_rules=PriceRules(audio_as_text=True, tiers=_GOOGLE_TIERS),
        docs="https://ai.google.dev/api/generate-content",
    ),
    Provider(
        name="vertex_ai",
        misspellings=("google-vertex", "google_vertexai", "vertex", "vertexai"),
        family=r"^claude.*@",
        title="Google Vertex AI",
        wire="vertex/gemini",
        base_url="https://aiplatform.googleapis.com",
        base_url_env=("VERTEXAI_API_BASE",),
        auth="wire",
        drops=frozenset({"store"}),
        # On its OpenAI-compatible endpoint, the parts depend on each model's maker.
        parts=None,
        models=VERTEX_RULES,
        aliases=("vertex_ai_beta",),
        otel_name="gcp.vertex_ai",
        price_name="google",
        price_rules=PriceRules(
            audio_as_text=True,
            # Claude costs a tenth more in a fixed region.
            # https://platform.claude.com/docs/en/about-claude/pricing
            hosts=((r"^claude-", r"^https://aiplatform\."),),
            # These have other prices than on AI Studio, whose prices are listed.
            # https://cloud.google.com/vertex-ai/generative-ai/pricing
            unlisted=r"^gemini-1\.|^gemini-2\.0-flash(?!-lite)",
            tiers=_GOOGLE_TIERS,
        ),
        docs="https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference",
    ),
    Provider(
        name="bedrock",
        misspellings=("amazon", "aws", "amazon_bedrock", "aws_bedrock"),
        family=(
            r"^((us|us-gov|eu|apac|jp|au|ca|global)\.)?(ai21|amazon|"
            r"anthropic|cohere|deepseek|google|meta|minimax|mistral|moonshot|moonshotai|nvidia|"
            r"openai|qwen|stability|writer|zai)\."
        ),
        title="Amazon Bedrock",
        wire="bedrock",
        base_url="https://bedrock-runtime.{region}.amazonaws.com",
        base_url_env=("AWS_BEDROCK_RUNTIME_ENDPOINT",),
        key_env=("AWS_BEARER_TOKEN_BEDROCK",),
        auth="wire",
        logins=_AWS_LOGINS,
        renames=MAX_TOKENS,
        # For OpenAI's models only, and never in the background. Open ones may be there.
        # https://docs.aws.amazon.com/bedrock/latest/userguide/inference-responses-api.html
        responses=ResponsesAPI(
            wire="bedrock/responses",
            hosts=(".amazonaws.com", ".api.aws"),
            on_request=GPT_OSS,
            drops=frozenset({"background", "background_options"}),
        ),
        models=(
            *BEDROCK_RULES,
            ModelRule(pattern=rf"^(?!(?:.*[/.])?{OPENAI_OWN})", apis=frozenset({"chat"})),
        ),
        aliases=("bedrock_converse",),
        otel_name="aws.bedrock",
        price_name="aws",
        price_rules=PriceRules(
            # Prices that do not name a region are those of the United States.
            # https://aws.amazon.com/bedrock/pricing/
            hosts=(
                (r"^(regional|global)\.", r"^https://bedrock-runtime\.(?!us-gov-)"),
                (r"", r"^https://bedrock-runtime\.us-(east|west)-"),
            ),
            unlisted=r"us-gov\.|^(?!us\.|global\.)[a-z]+\.amazon\.",
            tiers=AWS_TIERS,
        ),
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
        strips=CACHE_MARKS,
        parts=None,
        aliases=("sagemaker_chat", "sagemaker_nova"),
        docs="https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html",
    ),
    Provider(
        name="ollama",
        family=r"^[\w.-]+:(latest|\d+(\.\d+)?[bm])",
        title="Ollama",
        wire="ollama",
        base_url="http://localhost:11434",
        base_url_env=("OLLAMA_API_BASE",),
        key_env=("OLLAMA_API_KEY",),
        path="/api/chat",
        # Its own API has more: images, thinking, options.
        # https://docs.ollama.com/api/openai-compatibility
        responses=ResponsesAPI(
            path="/v1/responses",
            hosts=ANY_HOST,
            used="asked",
            drops=STORED | {"truncation"},
            built_in_tools=WEB_SEARCH,
        ),
        auth="optional",
        renames={"max_tokens": "num_predict", "max_completion_tokens": "num_predict"},
        flags=frozenset({"prefill"}),
        aliases=("ollama_chat",),
        docs="https://docs.ollama.com/api/chat",
    ),
    Provider(
        name="cohere",
        family=r"^(command(-|$)|c4ai-|aya-)",
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
        price_name="cohere",
        docs="https://docs.cohere.com/reference/chat",
    ),
    Provider(
        name="nlp_cloud",
        title="NLP Cloud",
        wire="nlp_cloud",
        base_url="https://api.nlpcloud.io/v1/gpu",
        base_url_env=("NLP_CLOUD_API_BASE",),
        key_env=("NLP_CLOUD_API_KEY",),
        path="/chatbot",
        auth="token",
        docs="https://docs.nlpcloud.com/#chatbot-and-conversational-ai",
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
        misspellings=("azure-openai", "azure_openai", "azureopenai"),
        wire="azure/openai",
        base_url_env=("AZURE_API_BASE", "AZURE_OPENAI_ENDPOINT"),
        responses=_AZURE_RESPONSES,
        key_env=("AZURE_API_KEY", "AZURE_OPENAI_API_KEY"),
        auth="wire",
        logins=_AZURE_LOGINS,
        drops=_AZURE_DROPS,
        flags=frozenset({"custom_tools", "developer_role"}),
        models=(
            *DEPLOYMENT_RULES,
            ModelRule(
                pattern=r"^(?:o_series|gpt5_series)/",
                drops=LOGPROBS | PENALTIES | {"logit_bias", "temperature", "top_p"},
                renames=MAX_COMPLETION_TOKENS,
                flags=frozenset({"reasons"}),
            ),
        ),
        max_stop_sequences=4,
        strips=CACHE_MARKS,
        inlines=_AZURE_BYTES,
        counter="openai/counting",
        otel_name="azure.ai.openai",
        price_name="azure",
        # OpenAI does not sell its open models; the list has another host's price.
        price_rules=PriceRules(
            resells=("openai",),
            named_by="response",
            unlisted=r"gpt-oss",
            tiers=(TierRule(tier="flex", factor=0.5),),
        ),
        docs="https://learn.microsoft.com/azure/ai-foundry/openai/reference",
    ),
    Provider(
        name="azure_ai",
        title="Azure AI Foundry",
        wire="azure/foundry",
        base_url_env=("AZURE_AI_API_BASE",),
        responses=_AZURE_RESPONSES,
        key_env=("AZURE_AI_API_KEY",),
        auth="wire",
        logins=_AZURE_LOGINS,
        drops=_AZURE_DROPS,
        models=(
            *OPENAI_RULES,
            ModelRule(pattern=r"claude", wire="azure/claude", cache_mark="cache_control"),
            *CLAUDE_RULES,
            *XAI_RULES,
        ),
        # https://learn.microsoft.com/rest/api/aifoundry/modelinference/ has lists of parts only in
        # user messages; audio_url: .../foundry-models/how-to/use-chat-multi-modal
        flags=frozenset({"custom_tools", "reasoning_beside_completion", "text_content"}),
        strips=CACHE_MARKS,
        parts=OPENAI_PARTS | {"audio_url"},
        inlines=_AZURE_BYTES,
        otel_name="azure.ai.inference",
        price_name="azure",
        price_rules=PriceRules(
            resells=("openai", "anthropic"), named_by="response", unlisted=r"gpt-oss"
        ),
        docs="https://learn.microsoft.com/azure/ai-foundry/foundry-models/concepts/endpoints",
    ),
    Provider(
        name="sap",
        title="SAP Generative AI Hub",
        wire="sap",
        base_url="https://{ai_api_url}",
        base_url_env=("AICORE_BASE_URL",),
        key_env=("AICORE_CLIENT_SECRET", "AICORE_SERVICE_KEY"),
        path="/v2/completion",
        auth="wire",
        models=(*OPENAI_RULES, *CLAUDE_RULES),
        strips=CACHE_MARKS | {"name"},
        # https://sap.github.io/ai-sdk/api/v2/types/orchestration_src.UserChatMessageContentItem.html
        parts=frozenset({"file", "image_url", "text"}),
        inlines=frozenset({"file"}),
        docs="https://help.sap.com/docs/sap-ai-core/generative-ai/orchestration",
    ),
    Provider(
        name="watsonx",
        family=r"^granite",
        title="IBM watsonx.ai",
        wire="watsonx",
        base_url="https://{WATSONX_REGION}.ml.cloud.ibm.com",
        base_url_env=("WATSONX_URL", "WATSONX_API_BASE", "WX_URL", "WML_URL"),
        key_env=("WATSONX_API_KEY", "WATSONX_APIKEY", "WX_API_KEY"),
        auth="wire",
        logins=(("WATSONX_TOKEN",), ("WATSONX_ZENAPIKEY",)),
        strips=CACHE_MARKS,
        parts=frozenset({"image_url", "input_audio", "refusal", "text", "video_url"}),
        flags=frozenset({"text_content"}),
        finish_reasons={"time_limit": "length"},
        aliases=("watsonx_text",),
        otel_name="ibm.watsonx.ai",
        docs="https://cloud.ibm.com/apidocs/watsonx-ai#text-chat",
    ),
)
