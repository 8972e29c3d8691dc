"""Finish reasons of all providers, as OpenAI's."""

from __future__ import annotations

from collections.abc import Mapping

from ...pipeline.schema.parts import Choice, StreamingChoice

OPENAI_REASONS = frozenset({"stop", "length", "tool_calls", "content_filter", "function_call"})

#: Names that several providers use; others are in the row or the wire of a provider.
COMMON_REASONS: Mapping[str, str] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "eos": "stop",
    "eos_token": "stop",
    "end": "stop",
    "completed": "stop",
    "max_tokens": "length",
    "max_output_tokens": "length",
    "model_length": "length",
    "tool_use": "tool_calls",
    "tool_call": "tool_calls",
    "refusal": "content_filter",
    "content_filtered": "content_filter",
    "guardrail_intervened": "content_filter",
    "sensitive": "content_filter",
    "safety": "content_filter",
}


def map_finish_reason(choice: Choice | StreamingChoice, reasons: Mapping[str, str]) -> None:
    """Set a choice's finish reason to OpenAI's, and keep the provider's if it differs.

    An unknown reason stays as it is: an odd word is better than a wrong one.
    """
    native = choice.finish_reason
    if native is None or (native in OPENAI_REASONS and native not in reasons):
        return
    mapped = reasons.get(native) or COMMON_REASONS.get(native.lower(), native)
    if mapped != native:
        choice.finish_reason = mapped
        fields = choice.provider_specific_fields or {}
        choice.provider_specific_fields = {**fields, "native_finish_reason": native}
