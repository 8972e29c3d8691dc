"""Arguments of other libraries' completion() that trunkline lacks or names differently.

Without this table they would be sent to the provider, like all unknown names.
"""

from __future__ import annotations

from collections.abc import Mapping

#: Other libraries' names of trunkline's arguments, which take precedence if both are given.
OTHER_NAMES: Mapping[str, str] = {
    "caching": "cache",
    "litellm_call_id": "call_id",
    "max_retries": "num_retries",
    "request_timeout": "timeout",
}

_CLIENT = "pass your own HTTP client as client="
_LAYER = "write a middleware that changes the messages"
_METADATA = "pass it in metadata="
_CALLBACKS = "omit it; callbacks= determines what is called after a call"

#: Arguments that trunkline does not have, and what to use instead.
ABSENT: Mapping[str, str] = {
    "allowed_model_region": "name the deployments of that region in a Router",
    "assistant_continue_message": _LAYER,
    "bos_token": _LAYER,
    "budget_duration": "pass a Budget in middlewares=",
    "cache_control_injection_points": "add cache_control to the messages",
    "caching_groups": "calls of one model name share their cached responses; several names do not",
    "complete_response": "call without stream=True",
    "configurable_clientside_auth_params": "omit it; pass keys in litellm_params",
    "cooldown_time": "pass it to Fallback(cooldown=) or Router(cooldown_time=)",
    "deployment_id": 'put it into the model: "azure/DEPLOYMENT"',
    "enable_json_schema_validation": "pass a class as response_format, which validates responses",
    "ensure_alternating_roles": _LAYER,
    "eos_token": _LAYER,
    "fastest_response": 'use Router(routing_strategy="latency-based-routing")',
    "final_prompt_value": _LAYER,
    "force_timeout": "pass it as timeout=",
    "hf_model_name": "use the provider's name of the model",
    "initial_prompt_value": _LAYER,
    "itpm": "set tpm, the tokens of prompt and completion, in litellm_params",
    "litellm_credential_name": "pass the key as api_key=",
    "litellm_metadata": "pass it as metadata=",
    "litellm_session_id": _METADATA,
    "litellm_system_prompt": "add it as the first message",
    "litellm_trace_id": _METADATA,
    "logger_fn": "pass it as callbacks=[function]",
    "max_budget": "pass a Budget in middlewares=",
    "merge_reasoning_content_in_choices": "read message.reasoning_content",
    "mock_delay": "use trunkline.testing.FakeProvider with a Pause",
    "mock_timeout": "pass mock_response=Timeout(...)",
    "mock_tool_calls": "pass a response with tool_calls as mock_response",
    "model_list": "pass it to Router(model_list)",
    "no-log": _CALLBACKS,
    "organization": 'pass extra_headers={"OpenAI-Organization": ...}',
    "original_function": "call that function directly",
    "otpm": "set tpm, the tokens of prompt and completion, in litellm_params",
    "prompt_id": "fetch the prompt and pass its messages",
    "prompt_label": "fetch the prompt and pass its messages",
    "prompt_variables": "fetch the prompt and pass its messages",
    "prompt_version": "fetch the prompt and pass its messages",
    "provider_specific_header": "set extra_headers in the candidate or deployment that needs them",
    "retry_policy": "use a chain with Retry(policy={RateLimitError: 5})",
    "retry_strategy": "waits grow exponentially; for other waits use a chain with Retry(wait=)",
    "roles": _LAYER,
    "rpd": "set rpm in litellm_params",
    "shared_session": _CLIENT,
    "ssl_verify": _CLIENT,
    "supports_system_message": _LAYER,
    "tag_regex": "put these deployments into their own group (model_name)",
    "text_format": "pass a class to completion() as response_format; responses() takes text",
    "tpd": "set tpm in litellm_params",
    "ttl": 'pass cache={"ttl": seconds}',
    "turn_off_message_logging": "spans contain no content by default; remove it in your callbacks",
    "use_chat_completions_api": 'use wire="chat"',
    "use_in_pass_through": "omit it",
    "use_litellm_proxy": 'call the model "litellm_proxy/MODEL" with the proxy as base_url',
    "user_continue_message": _LAYER,
}

# Values that request the default behavior.
_DEFAULTS: Mapping[str, object] = {
    "retry_strategy": "exponential_backoff_retry",
    "ssl_verify": True,
    "supports_system_message": True,
    "use_chat_completions_api": True,
}
_MEANINGFUL_IF_FALSE = frozenset({"ssl_verify", "supports_system_message"})


def find_remedy(name: str, value: object) -> str | None:
    """Return what to use instead of an argument, None if its value changes nothing."""
    if value == _DEFAULTS.get(name):
        return None
    return ABSENT[name] if value or name in _MEANINGFUL_IF_FALSE else None
