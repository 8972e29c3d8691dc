"""Private attributes of responses and streams that code for litellm and the OpenAI SDK reads."""

from __future__ import annotations

from typing import Any, Protocol

from .call_info import CallInfo, request_id


class _HasCall(Protocol):
    @property
    def call(self) -> CallInfo: ...


class LitellmNames:
    """A mixin for classes with `call`. Each class defines `_hidden_params`, which has its cost."""

    __slots__ = ()

    @property
    def _response_headers(self: _HasCall) -> dict[str, str]:
        return dict(self.call.headers)

    @property
    def _response_ms(self: _HasCall) -> float | None:
        return self.call.response_ms

    @property
    def _request_id(self: _HasCall) -> str | None:
        return request_id(self.call.headers)


def hidden_params(call: CallInfo, cost: float | None) -> dict[str, Any]:
    """Return the details of a call under litellm's names.

    `additional_headers` has each header of the provider as "llm_provider-NAME", the rate limits
    also under their own names, and the number of retries and fallbacks.

    Source: https://docs.litellm.ai/docs/completion/output
    """
    headers: dict[str, Any] = {}
    for name, value in call.headers.items():
        headers[f"llm_provider-{name}"] = value
        if name.startswith("x-ratelimit-"):
            headers[name] = value
    headers["x-litellm-attempted-retries"] = max(0, call.attempts - 1)
    headers["x-litellm-attempted-fallbacks"] = int(call.fallback is not None)
    return {
        "custom_llm_provider": call.provider,
        "litellm_model_name": call.model,
        "litellm_call_id": call.call_id,
        "model_id": call.deployment,
        "api_base": call.api_base,
        "response_cost": cost,
        "cache_hit": call.cache_hit,
        "_response_ms": call.response_ms,
        "additional_headers": headers,
    }
