"""Arguments that other libraries' completion() has, and this one has not or calls by another name.

Without this table they would go to the provider, as all names that nobody here knows do.
"""

from __future__ import annotations

from collections.abc import Mapping

#: Other names of arguments that are here; where both are given, the one that is here counts.
OTHER_NAMES: Mapping[str, str] = {
    "caching": "cache",
    "litellm_call_id": "call_id",
    "max_retries": "num_retries",
    "request_timeout": "timeout",
}

_CLIENT = "give an HTTP client of your own as client="
_LAYER = "write a middleware that changes the messages"
_METADATA = "give it in metadata="
_CALLBACKS = "leave it out; callbacks= says who hears of a call"

#: Arguments that are not here, and what does their work.
ABSENT: Mapping[str, str] = {
    "allowed_model_region": "name the deployments of that region in a Router",
    "assistant_continue_message": _LAYER,
    "bos_token": _LAYER,
    "cache_control_injection_points": "write cache_control into the messages that shall have it",
    "caching_groups": "calls of one model name share their answers; several names do not",
    "complete_response": "call without stream=True",
    "cooldown_time": "give it to Fallback(cooldown=) or Router(cooldown_time=)",
    "deployment_id": 'name it in the model: "azure/DEPLOYMENT"',
    "enable_json_schema_validation": "give a class as response_format; its answers are checked",
    "ensure_alternating_roles": _LAYER,
    "eos_token": _LAYER,
    "fastest_response": 'Router(routing_strategy="latency-based-routing") asks the fastest',
    "final_prompt_value": _LAYER,
    "force_timeout": "give it as timeout=",
    "hf_model_name": "name the model as its provider does",
    "initial_prompt_value": _LAYER,
    "litellm_metadata": "give it as metadata=",
    "litellm_session_id": _METADATA,
    "litellm_system_prompt": "write it as the first message",
    "litellm_trace_id": _METADATA,
    "logger_fn": "give it as callbacks=[function]",
    "merge_reasoning_content_in_choices": "read message.reasoning_content",
    "mock_delay": "use trunkline.testing.FakeProvider, whose Pause waits",
    "mock_timeout": "give mock_response=Timeout(...)",
    "mock_tool_calls": "give mock_response a response with tool_calls",
    "model_list": "give it to Router(model_list)",
    "no-log": _CALLBACKS,
    "organization": 'give extra_headers={"OpenAI-Organization": ...}',
    "original_function": "call that function itself",
    "prompt_id": "fetch the prompt and hand in its messages",
    "prompt_label": "fetch the prompt and hand in its messages",
    "prompt_variables": "fetch the prompt and hand in its messages",
    "prompt_version": "fetch the prompt and hand in its messages",
    "provider_specific_header": "give extra_headers to the candidate or deployment that needs them",
    "retry_policy": "give its numbers to a layer of your own: Retry(policy={RateLimitError: 5})",
    "retry_strategy": "waits grow by themselves; a chain of your own may have Retry(wait=)",
    "roles": _LAYER,
    "shared_session": _CLIENT,
    "ssl_verify": _CLIENT,
    "supports_system_message": _LAYER,
    "ttl": 'give cache={"ttl": seconds}',
    "turn_off_message_logging": "spans hold no content unless it is asked for; callbacks get it",
    "use_chat_completions_api": "leave it out; chat completions are all that is here",
    "use_litellm_proxy": 'call the proxy itself: "litellm_proxy/MODEL" with its base_url',
    "user_continue_message": _LAYER,
}

# Values that ask for what is done anyway.
_DONE_ANYWAY: Mapping[str, object] = {
    "retry_strategy": "exponential_backoff_retry",
    "ssl_verify": True,
    "supports_system_message": True,
    "use_chat_completions_api": True,
}
_ASKED_FOR_BY_FALSE = frozenset({"ssl_verify", "supports_system_message"})


def find_remedy(name: str, value: object) -> str | None:
    """Return what to do instead of giving this argument, None where it asks for nothing."""
    if value == _DONE_ANYWAY.get(name):
        return None
    return ABSENT[name] if value or name in _ASKED_FOR_BY_FALSE else None
