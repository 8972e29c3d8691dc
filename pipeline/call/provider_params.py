"""Parameters of chat requests that providers document, besides OpenAI's.

They go to the provider as they are. The list matters for names that resemble one of OpenAI's: see
slips.py. Each group names the page that documents it.
"""

from __future__ import annotations

# https://openrouter.ai/docs/api/reference/parameters and .../overview
_OPENROUTER = {
    "debug", "models", "min_p", "plugins", "provider", "reasoning", "repetition_penalty", "route",
    "session_id", "structured_outputs", "top_a", "top_k", "trace", "transforms", "usage",
}  # fmt: skip
# https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html
# https://docs.sglang.ai/basic_usage/sampling_params.html
_VLLM_AND_SGLANG = {
    "add_generation_prompt", "add_special_tokens", "allowed_token_ids", "bad_words", "best_of",
    "cache_salt", "chat_template", "chat_template_kwargs", "continue_final_message",
    "custom_logit_processor", "custom_params", "detokenize", "documents", "ebnf", "echo",
    "guided_choice", "guided_decoding_backend", "guided_grammar", "guided_json", "guided_regex",
    "guided_whitespace_pattern", "ignore_eos", "include_reasoning", "include_stop_str_in_output",
    "json_schema", "kv_transfer_params", "length_penalty", "logits_processors", "lora_path",
    "max_new_tokens", "media_io_kwargs", "min_new_tokens", "min_tokens", "mm_processor_kwargs",
    "no_stop_trim", "priority", "prompt_logprobs", "regex", "request_id", "return_hidden_states",
    "return_token_ids", "return_tokens_as_token_ids", "rid", "separate_reasoning",
    "skip_special_tokens", "spaces_between_special_tokens", "stop_regex", "stop_token_ids",
    "stream_reasoning", "structural_tag", "truncate_prompt_tokens", "use_beam_search",
    "vllm_xargs",
}  # fmt: skip
# https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md
_LLAMA_CPP = {
    "cache_prompt", "dry_allowed_length", "dry_base", "dry_multiplier", "dry_penalty_last_n",
    "dry_sequence_breakers", "dynatemp_exponent", "dynatemp_range", "grammar", "grammar_lazy",
    "grammar_triggers", "id_slot", "lora", "min_keep", "mirostat", "mirostat_eta", "mirostat_tau",
    "n_discard", "n_indent", "n_keep", "n_predict", "n_probs", "parse_tool_calls",
    "post_sampling_probs", "reasoning_format", "repeat_last_n", "repeat_penalty",
    "response_fields", "return_progress", "return_tokens", "samplers", "t_max_predict_ms",
    "thinking_forced_open", "timings_per_token", "top_n_sigma", "typical_p", "xtc_probability",
    "xtc_threshold",
}  # fmt: skip
# https://docs.ollama.com/api/chat and .../modelfile
_OLLAMA = {
    "format", "keep_alive", "low_vram", "main_gpu", "num_batch", "num_ctx", "num_gpu", "num_keep",
    "num_predict", "num_thread", "numa", "options", "penalize_newline", "raw", "template",
    "tfs_z", "think", "use_mlock", "use_mmap", "vocab_only",
}  # fmt: skip
# https://platform.claude.com/docs/en/api/messages/create
_ANTHROPIC = {
    "betas", "cache_control", "container", "context_management", "fallback_credit_token",
    "fallbacks_config", "inference_geo", "mcp_servers", "output_config", "output_format", "speed",
    "stop_sequences", "system", "thinking", "thread",
}  # fmt: skip
# https://ai.google.dev/api/generate-content
_GEMINI = {
    "audioTimestamp", "audio_timestamp", "cachedContent", "cached_content", "candidateCount",
    "candidate_count", "continuation_token", "enableEnhancedCivicAnswers", "generationConfig",
    "generation_config", "imageConfig", "image_config", "labels", "maxOutputTokens",
    "max_output_tokens",
    "mediaResolution", "media_resolution", "model_selection_config", "responseLogprobs",
    "responseMimeType", "responseModalities", "responseSchema", "response_json_schema",
    "response_logprobs", "response_mime_type", "response_modalities", "response_schema",
    "routing_config", "safetySettings", "safety_settings", "speechConfig", "speech_config",
    "systemInstruction", "system_instruction", "thinkingConfig", "thinking_config", "toolConfig",
    "tool_config", "translation_config",
}  # fmt: skip
# https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
_BEDROCK = {
    "additionalModelRequestFields", "additionalModelResponseFieldPaths", "additional_model_fields",
    "guardrailConfig", "inferenceConfig", "inference_config", "outputConfig", "performanceConfig",
    "projectIdentifier", "promptVariables", "reasoningConfig", "requestMetadata", "serviceTier",
}  # fmt: skip
# https://docs.mistral.ai/api/endpoint/chat and https://docs.cohere.com/reference/chat
_MISTRAL_AND_COHERE = {
    "citation_options", "connectors", "conversation_id", "force_single_step", "k",
    "max_input_tokens", "p", "prompt_mode", "prompt_truncation", "random_seed", "raw_prompting",
    "response_type", "safe_prompt", "safety_mode", "search_queries_only", "strict_tools",
    "tool_results", "truncation_strategy",
}  # fmt: skip
# https://docs.x.ai/docs/api-reference, https://console.groq.com/docs/api-reference,
# https://docs.perplexity.ai/api-reference/chat-completions-post
_XAI_GROQ_AND_PERPLEXITY = {
    "citation", "citation_options", "compound_custom", "deferred", "disable_search",
    "disable_tool_validation", "enable_search_classifier", "exclude_domains", "include_domains",
    "include_reasoning", "language_preference", "last_updated_after_filter",
    "last_updated_before_filter", "media_response", "reasoning_format", "return_images",
    "return_related_questions", "search_after_date_filter", "search_before_date_filter",
    "search_domain_filter", "search_mode", "search_parameters", "search_recency_filter",
    "search_settings", "stream_mode", "web_search_options",
}  # fmt: skip
# https://www.alibabacloud.com/help/en/model-studio/qwen-api-reference, https://docs.z.ai,
# https://platform.moonshot.ai/docs, https://platform.minimax.io/docs, https://api-docs.deepseek.com,
# https://cloud.tencent.com/document/product/1729, https://www.volcengine.com/docs/82379
_CHINA = {
    "bot_setting", "caching", "do_sample", "enable_code_interpreter", "enable_enhancement",
    "enable_search", "enable_thinking", "encrypted_content", "incremental_output",
    "mask_sensitive_info", "output_speed", "partial", "plugins", "prefix", "preserve_thinking",
    "reasoning_split", "reply_constraints", "request_id", "result_format", "search_options",
    "skill", "stream_moderation", "thinking", "thinking_budget", "thinking_mode", "tool_stream",
    "top_logits", "translation_options", "user_id", "vl_high_resolution_images", "web_search",
    "enable_deep_search", "enable_deep_read", "stream_cut", "x_request_id", "conversation_id",
}  # fmt: skip
# https://docs.together.ai/reference, https://docs.fireworks.ai/api-reference,
# https://docs.deepinfra.com, https://friendli.ai/docs, https://docs.venice.ai,
# https://docs.nvidia.com/nim, https://docs.sambanova.ai, https://inference-docs.cerebras.ai
_HOSTS = {
    "chat_template", "clear_thinking", "compliance", "context_length_exceeded_behavior",
    "disable_reasoning", "draft_model", "draft_token_count", "enable_reasoning", "fast",
    "fingerprint", "ignore", "logprob_start_len", "max_total_tokens", "mirostat_lr",
    "mirostat_target", "nvext", "perf_metrics_in_response", "prompt_cache_isolation_key",
    "prompt_cache_max_len", "prompt_truncate_len", "raw_output", "reasoning_history",
    "reference_models", "reuse", "safety_model", "speculation", "top_n", "venice_parameters",
    "xtc_threshold", "repetition_penalty_range", "response_format_type", "typical_p",
}  # fmt: skip
# https://learn.microsoft.com/azure/ai-foundry/openai/reference,
# https://docs.databricks.com/machine-learning/foundation-model-apis,
# https://cloud.ibm.com/apidocs/watsonx-ai, https://help.sap.com/docs/sap-ai-core,
# https://huggingface.co/docs/text-generation-inference, https://replicate.com/docs
_CLOUDS_AND_SERVERS = {
    "adapter_id", "best_of", "context", "data_sources", "decoder_input_details", "details",
    "decoding_method", "filtering", "grounding", "group", "input", "masking", "model_version",
    "moderations", "parameters", "project_id", "repetition_penalty", "return_full_text",
    "space_id", "time_limit", "top_n_tokens", "translation", "truncate", "user_security_context",
    "watermark", "webhook", "webhook_events_filter",
}  # fmt: skip
# What providers need besides a key: docs/providers.md has their pages.
_ACCOUNTS = {
    "access_token", "account_id", "auth_url", "aws_access_key_id", "aws_bedrock_runtime_endpoint",
    "aws_external_id", "aws_profile_name", "aws_region_name", "aws_role_name",
    "aws_secret_access_key", "aws_session_name", "aws_session_token", "aws_sts_endpoint",
    "aws_web_identity_token", "azure_ad_token", "azure_ad_token_provider", "azure_password",
    "azure_scope", "azure_username", "base_model", "client_id", "client_secret",
    "deployment_url", "model_id", "project", "region", "region_name", "resource_group", "scope",
    "service_account", "tenant_id", "token", "vertex_ai_credentials", "vertex_ai_location",
    "vertex_ai_project", "vertex_credentials", "vertex_location", "vertex_project",
    "zen_api_key",
}  # fmt: skip
# https://platform.openai.com/docs/api-reference/responses/create
_OPENAI_RESPONSES = {
    "include", "input", "instructions", "moderation", "prompt", "prompt_cache_options",
    "reasoning", "text", "truncation",
}  # fmt: skip

PROVIDER_PARAMS = frozenset(
    _OPENROUTER
    | _VLLM_AND_SGLANG
    | _LLAMA_CPP
    | _OLLAMA
    | _ANTHROPIC
    | _GEMINI
    | _BEDROCK
    | _MISTRAL_AND_COHERE
    | _XAI_GROQ_AND_PERPLEXITY
    | _CHINA
    | _HOSTS
    | _CLOUDS_AND_SERVERS
    | _ACCOUNTS
    | _OPENAI_RESPONSES
)
