"""Finish reasons of all providers: OpenAI's, or the error of a response that failed."""

from __future__ import annotations

from collections.abc import Mapping

from ...pipeline.errors import (
    APIError,
    BadGatewayError,
    BadRequestError,
    InternalServerError,
    ServiceUnavailableError,
    Timeout,
)
from ...pipeline.schema.parts import Choice, StreamingChoice

OPENAI_REASONS = frozenset({"stop", "length", "tool_calls", "content_filter", "function_call"})

#: Names that several providers use; others are in the row or the wire of a provider.
COMMON_REASONS: Mapping[str, str] = {
    **{name: name for name in OPENAI_REASONS},
    "end_turn": "stop",
    "stop_sequence": "stop",
    "eos": "stop",
    "eos_token": "stop",
    "end": "stop",
    "completed": "stop",
    # Cohere's older names.
    "error_limit": "length",
    "error_toxic": "content_filter",
    "max_tokens": "length",
    "max_output_tokens": "length",
    "model_context_window_exceeded": "length",
    "model_length": "length",
    "tool_use": "tool_calls",
    "tool_call": "tool_calls",
    "refusal": "content_filter",
    "content_filtered": "content_filter",
    "guardrail_intervened": "content_filter",
    "sensitive": "content_filter",
    "safety": "content_filter",
}
#: Reasons of responses that failed.
FAILED_REASONS: Mapping[str, type[APIError]] = {
    "abort": InternalServerError,
    "aborted": InternalServerError,
    "canceled": InternalServerError,
    "cancelled": InternalServerError,
    "error": InternalServerError,
    "failed": InternalServerError,
    "insufficient_system_resource": ServiceUnavailableError,
    "internal_error": InternalServerError,
    "malformed_function_call": InternalServerError,
    "malformed_model_output": InternalServerError,
    "malformed_response": InternalServerError,
    "malformed_tool_use": InternalServerError,
    # The request lacks the signature, and will lack it again.
    "missing_thought_signature": BadRequestError,
    "network_error": BadGatewayError,
    "server_error": InternalServerError,
    "timeout": Timeout,
    "too_many_tool_calls": InternalServerError,
    "unexpected_tool_call": InternalServerError,
    "user_cancel": InternalServerError,
}
# What some servers send in each chunk until the end.
_NONE_YET = frozenset({"", "null", "none"})


def map_finish_reason(choice: Choice | StreamingChoice, reasons: Mapping[str, str]) -> None:
    """Set a choice's finish reason to OpenAI's, and keep the provider's if it differs.

    An unknown reason becomes "stop", unless it calls itself an error: the response is complete, and
    only OpenAI's reasons are declared.

    Args:
        choice: the choice to change.
        reasons: the provider's own reasons.

    Raises:
        APIError: the reason says that the response failed.
    """
    native = choice.finish_reason
    if native is None or (native in OPENAI_REASONS and native not in reasons):
        return
    name = native.lower()
    mapped = reasons.get(native) or COMMON_REASONS.get(name)
    if mapped is None:
        if name in _NONE_YET:
            choice.finish_reason = None
            return
        if name in FAILED_REASONS or "error" in name:
            raise failed_response(native)
        mapped = "stop"
    if mapped != native:
        choice.finish_reason = mapped
        fields = choice.provider_specific_fields or {}
        choice.provider_specific_fields = {**fields, "native_finish_reason": native}


def failed_response(reason: str) -> APIError:
    """Return the error of a response that failed with a provider's finish reason."""
    cls = FAILED_REASONS.get(reason.lower(), InternalServerError)
    return cls(f"the response failed with finish reason {reason!r}", code=reason.lower())
