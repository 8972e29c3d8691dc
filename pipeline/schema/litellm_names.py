"""Private names of responses and streams that users of litellm and of the OpenAI SDK read."""

from __future__ import annotations

from typing import Any, Protocol

from .call_info import CallInfo, request_id


class _Answered(Protocol):
    @property
    def call(self) -> CallInfo: ...


class LitellmNames:
    """A mixin over `call`; `_hidden_params` is each class's own, since its cost is."""

    __slots__ = ()

    @property
    def _response_headers(self: _Answered) -> dict[str, str]:
        return dict(self.call.headers)

    @property
    def _response_ms(self: _Answered) -> float | None:
        return self.call.response_ms

    @property
    def _request_id(self: _Answered) -> str | None:
        return request_id(self.call.headers)


def hidden_params(call: CallInfo, cost: float | None) -> dict[str, Any]:
    """Return how a call went under litellm's names.

    `additional_headers` has each header of the provider as "llm_provider-NAME", its rate limits
    under their own names too, and the attempts beyond the first.

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
