"""The type of what litellm's callbacks get in `kwargs["standard_logging_object"]`."""

from __future__ import annotations

from typing import Any, TypedDict

__all__ = ["StandardLoggingPayload"]


class StandardLoggingPayload(TypedDict, total=False):
    """A dictionary that describes a call; other keys of litellm's are absent."""

    id: str
    trace_id: str
    litellm_call_id: str
    call_type: str
    stream: bool
    status: str
    outcome: str
    custom_llm_provider: str
    model: str
    model_id: str
    model_group: str
    api_base: str
    hidden_params: dict[str, Any]
    response_cost: float | None
    saved_cache_cost: float
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    startTime: float
    endTime: float
    completionStartTime: float
    response_time: float
    metadata: dict[str, Any]
    request_tags: list[str]
    end_user: str
    cache_hit: bool
    messages: Any
    response: Any
    model_parameters: dict[str, Any]
    error_str: str | None
    error_information: dict[str, str] | None


StandardLoggingPayload.__module__ = "litellm.types.utils"
