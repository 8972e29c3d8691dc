"""The arguments of completion() and its siblings, with their types, for make_signatures.py."""

from __future__ import annotations

from typing import NamedTuple


class Argument(NamedTuple):
    """A keyword argument: its name, its type apart from None, and one line about it."""

    name: str
    type: str
    text: str


_JSON = "Mapping[str, Any]"
_LISTENERS = "Sequence[Callback]"

# Of completion() and of responses().
_SAMPLING = (
    Argument("temperature", "float", "Sampling temperature, 0 to 2."),
    Argument("top_p", "float", "Nucleus sampling: the probability mass to sample from."),
)
_TOOL_CHOICE = (
    Argument("tool_choice", f"str | {_JSON}", '"auto", "none", "required", or one tool.'),
    Argument("parallel_tool_calls", "bool", "Whether the model may call several tools at once."),
)
_USER_AND_CACHE = (
    Argument("user", "str", "Your own id of the end user."),
    Argument("safety_identifier", "str", "A stable id of the end user, for abuse detection."),
    Argument("prompt_cache_key", "str", "Routes calls with the same prefix to the same cache."),
    Argument("prompt_cache_options", _JSON, "Options of OpenAI's prompt cache."),
    Argument("prompt_cache_retention", "str", 'How long a prompt is cached, such as "24h".'),
    Argument("moderation", f"str | {_JSON}", "OpenAI's moderation of the request."),
)

#: https://platform.openai.com/docs/api-reference/chat/create
OPENAI = (
    *_SAMPLING,
    Argument("max_tokens", "int", "Maximum number of tokens in the response."),
    Argument("max_completion_tokens", "int", "The same, reasoning included; OpenAI's newer name."),
    Argument("n", "int", "How many choices to return."),
    Argument("stop", "str | Sequence[str]", "Sequences that end the response."),
    Argument("seed", "int", "Makes sampling repeatable as far as the provider can."),
    Argument("frequency_penalty", "float", "Penalty for frequent tokens, -2 to 2."),
    Argument("presence_penalty", "float", "Penalty for tokens that have occurred, -2 to 2."),
    Argument("logit_bias", "Mapping[str, float]", "Bias per token id, -100 to 100."),
    Argument("logprobs", "bool", "Return the log probabilities of the tokens."),
    Argument("top_logprobs", "int", "How many alternatives per token to return, 0 to 20."),
    Argument("tools", "Sequence[Tool]", "Tools that the model may call: OpenAI's or functions."),
    *_TOOL_CHOICE,
    Argument("functions", f"Sequence[{_JSON}]", "The older form of `tools`."),
    Argument("function_call", f"str | {_JSON}", "The older form of `tool_choice`."),
    Argument("response_format", f"type[ParsedT] | {_JSON}", "JSON: OpenAI's form, or a class."),
    Argument("reasoning_effort", f"str | {_JSON}", '"none", "minimal", "low" to "max".'),
    Argument("verbosity", 'Literal["low", "medium", "high"]', "How long the response is."),
    Argument("modalities", "Sequence[str]", 'Kinds of output, such as ["text", "audio"].'),
    Argument("audio", _JSON, "Voice and format of audio output."),
    Argument("prediction", _JSON, "Content that is known in advance."),
    Argument("web_search_options", _JSON, "Search the web; options such as user_location."),
    Argument("stream_options", _JSON, "For streams, such as {'include_usage': True}."),
    Argument("service_tier", "str", 'Such as "auto", "default", "flex" or "priority".'),
    Argument("store", "bool", "Whether OpenAI stores the response."),
    *_USER_AND_CACHE,
)

OWN = (
    Argument("api_key", "str | Secret", "The provider's key; else its environment variable."),
    Argument("base_url", "str", "Address of the API; else the provider's own."),
    Argument("api_base", "str", "Another name of `base_url`."),
    Argument("api_version", "str", "Version of the API, for providers that have several."),
    Argument("custom_llm_provider", "str", "The provider, if `model` has no prefix."),
    Argument("timeout", f"float | Timeouts | {_JSON}", "Seconds, default 600; or limits by name."),
    Argument("request_timeout", "float", "Another name of `timeout`."),
    Argument("stream_timeout", f"float | Timeouts | {_JSON}", "`timeout` for streams."),
    Argument("max_response_bytes", "int", "The largest response body, default 64 MB."),
    Argument("extra_headers", "Mapping[str, str]", "Headers to add to the request."),
    Argument("headers", "Mapping[str, str]", "Another name of `extra_headers`."),
    Argument("extra_body", _JSON, "Fields to add to the request's body, as they are."),
    Argument("extra_query", _JSON, "Parameters to add to the URL."),
    Argument("http_client", "object", "An httpx client that sends the requests of this call."),
    Argument("client", "object", "Another name of `http_client`."),
    Argument("wire", 'Literal["chat", "responses"]', "The API to use; else the model decides."),
    Argument("metadata", _JSON, "For callbacks and traces; see the page of `Metadata`."),
    Argument("mock_response", "object", "Text, an exception or a response; nothing is sent."),
    Argument("allow_private_urls", "bool", "Fetch URLs in messages from private hosts too."),
    Argument("middlewares", "Sequence[Middleware]", "For this call, outside the client's own."),
)

OPTIONS = (
    Argument("num_retries", "int", "How often to retry a failed call, default 2."),
    Argument("max_retries", "int", "Another name of `num_retries`."),
    Argument("fallbacks", "Fallbacks", "Models to ask if the call fails, in order."),
    Argument("context_window_fallback_dict", "Fallbacks", "If the prompt is too long."),
    Argument("content_policy_fallbacks", "Fallbacks", "If the content is refused."),
    Argument("cache", f"bool | {_JSON}", "Cache the response; or options such as {'ttl': 60}."),
    Argument("caching", "bool", "Another name of `cache`."),
    Argument("drop_params", "bool", "Leave out parameters that the model does not support."),
    Argument("additional_drop_params", "Sequence[str]", "Parameters to leave out, by path."),
    Argument("allowed_openai_params", "Sequence[str]", "Parameters to send in any case."),
    Argument("disable_stop_sequence_limit", "bool", "Send all `stop` sequences."),
    Argument("callbacks", _LISTENERS, "Called once when the call has ended."),
    Argument("success_callback", _LISTENERS, "Called if it succeeded."),
    Argument("failure_callback", _LISTENERS, "Called if it failed."),
    Argument("attempt_callbacks", _LISTENERS, "Called after each request."),
    Argument("call_id", "str", "Your own id of the call; else one is made."),
    Argument("litellm_call_id", "str", "Another name of `call_id`."),
    Argument("tags", "Sequence[str]", "Tags, for callbacks and traces."),
    Argument("model_info", _JSON, "Its `base_model` names the model whose listed prices apply."),
    Argument("input_cost_per_token", "float", "Your own price in US dollars, as the next ones."),
    Argument("input_cost_per_audio_token", "float", "Price of a token of audio input."),
    Argument("output_cost_per_token", "float", "Price of a token of output."),
    Argument("output_cost_per_audio_token", "float", "Price of a token of audio output."),
    Argument("output_cost_per_reasoning_token", "float", "Price of a token of reasoning."),
    Argument("cache_read_input_token_cost", "float", "Price of a token read from a prompt cache."),
    Argument("cache_creation_input_token_cost", "float", "Price of a token written to it."),
    Argument("cache_creation_input_token_cost_above_1hr", "float", "The same for an hour or more."),
)

#: Of batch_completion() and its siblings only.
BATCH = (
    Argument("requests", "Iterable[Arguments]", "Instead of messages: arguments of each call."),
    Argument("max_workers", "int", "Maximum number of concurrent calls, default 100."),
    Argument("progress", "bool | MakeBar", "Show a progress bar; or a class like tqdm."),
)
BATCH_BLOCKING = (
    Argument("executor", "Executor", "Runs the calls; else threads of this process."),
    Argument("make_client", "MakeClient", "Creates the client in another process."),
)

#: https://platform.openai.com/docs/api-reference/responses/create
RESPONSES = (
    Argument("instructions", "str", "The system message."),
    Argument("previous_response_id", "str", "The response that the input continues."),
    Argument("conversation", f"str | {_JSON}", "The provider's conversation to add to."),
    Argument("max_output_tokens", "int", "Maximum number of tokens, reasoning included."),
    Argument("reasoning", _JSON, "Such as {'effort': 'low', 'summary': 'auto'}."),
    Argument("text", _JSON, "Form of the text: `format` for JSON, `verbosity`."),
    Argument("tools", "Sequence[Tool]", "Tools that the model may call."),
    *_TOOL_CHOICE,
    Argument("max_tool_calls", "int", "Maximum number of calls of built-in tools."),
    *_SAMPLING,
    Argument("top_logprobs", "int", "How many alternatives per token to return, 0 to 20."),
    Argument("include", "Sequence[str]", 'More output, such as ["reasoning.encrypted_content"].'),
    Argument("truncation", 'Literal["auto", "disabled"]', "Whether to shorten long input."),
    Argument("background", "bool", "Answer later; see `retrieve_response`."),
    Argument("background_options", _JSON, "Options of `background`."),
    Argument("prompt", _JSON, "A prompt that OpenAI stores, with its variables."),
    Argument("context_management", f"Sequence[{_JSON}]", "How OpenAI shortens long contexts."),
    Argument("image", _JSON, "Options of images that are generated."),
    Argument("access_programs", _JSON, "OpenAI's programs that the request is part of."),
    Argument("stream_options", _JSON, "For streams, such as {'include_obfuscation': False}."),
    Argument("service_tier", "str", 'Such as "auto", "default", "flex" or "priority".'),
    Argument("store", "bool", "Whether the response is stored; OpenAI's default is True."),
    *_USER_AND_CACHE,
    Argument("metadata", _JSON, "Sent to the provider; callbacks see it too."),
    Argument("litellm_metadata", _JSON, "The same for callbacks only."),
)
